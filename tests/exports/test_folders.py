"""Picture folders, read back by the loader that the diffusers trainers use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kyara.exports.captions import Captions
from kyara.exports.folders import write_diffusers, write_imagefolder
from kyara.exports.pieces import Pieces
from kyara.records import Sample
from kyara.vocabulary import load_vocabulary


def pieces(samples: list[Sample], **how: Any) -> Pieces:
    return Pieces(samples, Captions(load_vocabulary(), lambda text: text.split(", ")), **how)


def loaded(folder: Path, cache: Path) -> Any:
    import datasets

    return datasets.load_dataset("imagefolder", data_files={"train": f"{folder}/**"}, cache_dir=str(cache))["train"]


@pytest.mark.filterwarnings("ignore")  # the loader's own
def test_diffusers_finds_image_and_text_first(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_diffusers(pieces(samples), folder)
    data = loaded(folder, tmp_path / "cache")
    assert data.column_names[:2] == ["image", "text"]  # the trainer takes the second for the caption
    assert len(data) == 2
    assert data[0]["image"].size == (640, 600)
    assert data[0]["text"].startswith("hana (drawn cast), ")


@pytest.mark.filterwarnings("ignore")
def test_an_imagefolder_has_a_column_an_attribute(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_imagefolder(pieces(samples, part="head"), folder, load_vocabulary())
    data = loaded(folder, tmp_path / "cache")
    assert len(data) == 3
    assert data["hair_color"][:] == [["pink"], [], ["pink"]]
    assert data["heads"][0] == [[0, 0, 160, 160]]
    assert data[1]["image"].size == (140, 150)


def test_every_row_has_the_same_columns(samples: list[Sample], tmp_path: Path) -> None:
    write_imagefolder(pieces(samples), tmp_path, load_vocabulary())
    rows = [json.loads(line) for line in (tmp_path / "metadata.jsonl").read_bytes().splitlines()]
    assert len({tuple(row) for row in rows}) == 1
    assert rows[0]["heads"] == [[120, 60, 280, 220], [420, 80, 560, 230]]
    assert list(rows[0])[:2] == ["file_name", "text"]
    assert all((tmp_path / row["file_name"]).is_file() for row in rows)
