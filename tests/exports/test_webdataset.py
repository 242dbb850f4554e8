"""Tars as the webdataset library reads them, and the same bytes every time."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from kyara.exports.captions import Captions
from kyara.exports.pieces import Pieces
from kyara.exports.webdataset import write_webdataset
from kyara.records import Sample
from kyara.vocabulary import load_vocabulary


def pieces(samples: list[Sample]) -> Pieces:
    return Pieces(samples, Captions(load_vocabulary(), lambda text: text.split(", ")), part="head")


@pytest.mark.filterwarnings("ignore")  # the library's own
def test_the_library_finds_picture_caption_and_description(samples: list[Sample], tmp_path: Path) -> None:
    import webdataset as wds

    write_webdataset(pieces(samples), tmp_path, shard=2)
    assert sorted(path.name for path in tmp_path.glob("*.tar")) == ["000000.tar", "000001.tar"]
    urls = [str(path) for path in sorted(tmp_path.glob("*.tar"))]
    found = list(wds.WebDataset(urls, shardshuffle=False))
    assert [one["__key__"] for one in found] == ["00000000", "00000001", "00000002"]
    assert Image.open(io.BytesIO(found[0]["png"])).size == (160, 160)
    assert found[0]["txt"].decode().startswith("hana (drawn cast), ")
    told = json.loads(found[1]["json"])
    assert (told["key"], told["part"], told["number"], told["width"]) == ("both.png", "head", 2, 140)
    assert told["sightings"][0]["head"] == [0, 0, 140, 150]


def test_the_same_pieces_give_the_same_bytes(samples: list[Sample], tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_webdataset(pieces(samples), tmp_path / name)
    assert (tmp_path / "a" / "000000.tar").read_bytes() == (tmp_path / "b" / "000000.tar").read_bytes()


def test_nothing_to_write_writes_no_tar(tmp_path: Path) -> None:
    write_webdataset(pieces([]), tmp_path)
    assert list(tmp_path.iterdir()) == []
