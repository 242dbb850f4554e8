"""The quick way to a flat table gives what the way by way of whole samples gives."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyroaring import BitMap
from sqlalchemy import update

from kyara.catalogue import opened, plain
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.plain import plain_tables
from kyara.catalogue.reading import tables
from kyara.catalogue.review import decide, verdict
from kyara.catalogue.schema import place
from kyara.exports.flat import flattened
from kyara.exports.tables import write_parquet
from kyara.records import Sample, Sighting, Value
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
ODD = "a\0b \uf8f00 \uf8f0 'c' \"d\" \U0001f600 é\r\n"
Read = Callable[[Catalogue, BitMap], Iterator[pa.Table]]


@pytest.fixture
def samples(seen: Callable[..., Sample]) -> list[Sample]:
    """Nine: pictures with up to three sightings, one in two places, odd words, a text, one with none, a skip's like."""
    values = (
        Value("accessories", (), 0.9, True, (("hat", 0.03),), ("tags",)),  # decided: nothing applies
        Value("age", ("teen",), 1 / 3, False, (("teen", 1 / 3),), ("text",)),
    )
    odd = Sighting(body=(0.1, 1 / 3, 2e-9, 1e9), track=ODD, values=values, identity=ODD, caption=ODD, hints=(ODD, "b"))
    digest = hashlib.sha256(b"words").hexdigest()
    return [
        seen("b.png", "blue", "red", "pink"),
        seen("copy/b.png", "blue", "red", "pink", content="b.png"),
        seen("c.png", "blue", sure=0.3),
        seen("none.png"),
        seen("d.png", "red", "blue"),
        replace(seen("e.png", "red"), sightings=(odd, *seen("e.png", "red").sightings), tags=ODD),
        Sample(ODD, digest, ODD, None, None, ODD, ODD, sightings=(odd,)),
        Sample("other", digest, "file:///other", None, None, ODD, None, sightings=(Sighting(),)),
        seen("f.png", "green", "blue", "red"),
    ]


def written(catalogue: Catalogue, read: Read, chosen: BitMap, folder: Path) -> pa.Table:
    write_parquet((flattened(table, VOCABULARY) for table in read(catalogue, chosen)), folder, VOCABULARY)
    return pq.read_table(folder / "part-0.parquet")


@pytest.mark.parametrize("left_out", [(), (2, 6, 7)])
def test_both_ways_write_the_same_parquet(
    left_out: tuple[int, ...],
    samples: list[Sample],
    fill: Callable[[list[Sample]], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plain, "AT_ONCE", 3)
    with opened(fill(samples), write=True) as catalogue:
        everything = BitMap(range(1, 14))
        decide(catalogue, BitMap([1, 9, 13]), verdict(catalogue, "hair_color", ["green"]), "mei")
        decide(catalogue, BitMap([3, 4]), verdict(catalogue, "accessories", []), "mei")
        decide(catalogue, BitMap([10]), verdict(catalogue, "identity", [ODD]), "mei")
        catalogue.transact(lambda c: c.execute(update(place).where(place.c.key == "b.png").values(gone_at=time.time())))
        chosen = everything - BitMap(left_out)
        quick = written(catalogue, plain_tables, chosen, tmp_path / "quick")
        whole = written(catalogue, tables, chosen, tmp_path / "whole")
    assert quick.equals(whole, check_metadata=True)
    assert len(quick) == 13 - len(left_out)
    assert {"copy/b.png", ODD} < set(quick["key"].to_pylist())
    assert "green" in quick["hair_color"].to_pylist()


def test_what_is_no_sighting_gives_no_table(samples: list[Sample], fill: Callable[[list[Sample]], str]) -> None:
    with opened(fill(samples)) as catalogue:
        assert list(plain_tables(catalogue, [])) == []
        assert list(plain_tables(catalogue, [999])) == []
