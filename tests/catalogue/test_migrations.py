"""A catalogue of an older schema holds the same after it was brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap
from sqlalchemy import inspect, select, text

from kyara.catalogue import contents, opened, opening
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import found
from kyara.catalogue.query.pages import hits
from kyara.catalogue.schema import attribute, counter, evidence, label, place, run, sample, sighting, source
from kyara.catalogue.told import told
from kyara.records import Sample, Sighting

APART = 19_998  # so that the migration takes its pieces, of 20,000 sightings, at the second of them
KEPT = (run, source, evidence, sample, place, attribute, label, counter)  # as they are now
ODD = "c\0 \uf8f0.png"


def _rows(new: Path) -> dict[str, list[dict[str, Any]]]:
    """The tables of a catalogue, with sightings and values as schema 0001 had them."""
    with opened(new) as catalogue, catalogue.reading() as connection:
        rows = {table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in KEPT}
        sightings = [dict(row) for row in connection.execute(select(sighting)).mappings()]
        whose, entries = told(connection, [row["number"] for row in sightings])
    rows["value"] = [
        {"sighting": number + APART, **dict(zip(entries.dtype.names, entry, strict=True))}
        for number, entry in zip(whose.tolist(), entries.tolist(), strict=True)
    ][::-1]
    rows["sighting"] = [{**row, "number": row["number"] + APART} for row in sightings]
    return rows


def test_values_and_contents_of_the_first_schema(
    where: str,
    result: Callable[[list[Sample]], Path],
    seen: Callable[..., Sample],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silent = replace(seen(ODD), sightings=(Sighting(),), width=None, height=None)
    with opened(tmp_path / "new.db", write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue", "red"), seen("b.png", "pink", sure=1 / 3), silent]))
        with catalogue.reading() as connection:
            before = hits(connection, range(1, 5))
    rows = _rows(tmp_path / "new.db")
    monkeypatch.setattr(opening, "HEAD", "0001")
    with opened(where, write=True) as catalogue, catalogue.writing() as connection:
        for table in (*KEPT, sighting):
            connection.execute(table.insert(), [{k: v for k, v in r.items() if k != "told"} for r in rows[table.name]])
        names = rows["value"][0]
        marks = ", ".join(f":{name}" for name in names)
        connection.execute(text(f"INSERT INTO value ({', '.join(names)}) VALUES ({marks})"), rows["value"])
    monkeypatch.undo()
    with opened(where) as catalogue, catalogue.reading() as connection:
        assert found(catalogue, "hair_color=blue>=0.9 or hair_color=undecided") == BitMap([1 + APART, 3 + APART])
        after = hits(connection, BitMap(range(1 + APART, 5 + APART)))
        assert [hit.sample for hit in after] == [hit.sample for hit in before]
        assert [len(hit.sighting.values) for hit in after] == [2, 2, 2, 0]
        packs = connection.execute(select(sighting.c.told).order_by(sighting.c.number)).scalars().all()
        assert [pack and len(pack) for pack in packs] == [45, 45, 45, None], "three entries of 15 bytes"
        known = {row["content"]: row["number"] for row in rows["sample"]}
        assert contents.numbered(connection, [*known, "unknown"]) == known
        assert not inspect(connection).has_table("value")
        assert not inspect(connection).get_unique_constraints("sample")
