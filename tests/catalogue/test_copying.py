"""A catalogue goes to PostgreSQL and back as it was, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from kyara.catalogue import opened
from kyara.catalogue.copying import copy
from kyara.catalogue.ingest import ingest
from kyara.catalogue.kinds import from_text, stored, to_text
from kyara.catalogue.schema import metadata
from kyara.catalogue.statistics import statistics
from kyara.errors import CatalogueError
from kyara.records import Reason, Sample, Skip


def rows(where: str) -> dict[str, list[tuple[object, ...]]]:
    with opened(where) as catalogue, catalogue.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


def test_there_and_back_again(
    postgres: str, tmp_path: Path, result: Callable[..., Path], seen: Callable[..., Sample]
) -> None:
    here, back = str(tmp_path / "here.db"), str(tmp_path / "back.db")
    odd = "a\0b \uf8f0 \uf8f00 \\N \t\r\n \u202e \U0001f600 '\"; --"
    given = [
        replace(seen("a.png", "blue", "red"), tags=odd, text=odd),
        replace(seen("b.png"), skip=Skip("open", Reason.TRUNCATED, "half")),
    ]
    with opened(here, write=True) as catalogue:
        ingest(catalogue, result(given))
        told = statistics(catalogue)
    assert copy(here, postgres)["sighting"] == 2
    with opened(postgres) as catalogue:
        assert statistics(catalogue) == told
    copy(postgres, back)
    assert rows(back) == rows(here)
    assert rows(here)["sample"][0][4] == odd
    with pytest.raises(CatalogueError, match="holds 1 runs already; copy needs an empty"):
        copy(here, postgres)
    with pytest.raises(CatalogueError, match="both origin and target"):
        copy(here, here)


def test_statistics_count_what_is_effective(
    where: str, result: Callable[..., Path], seen: Callable[..., Sample]
) -> None:
    given = [
        seen("a.png", "blue", "red"),
        seen("b.png", "blue", sure=0.3),
        replace(seen("c.png"), skip=Skip("open", Reason.TRUNCATED, "half")),
    ]
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(given))
        told = statistics(catalogue)
    assert (told.samples, told.places, told.sightings, told.reviewed) == (3, 3, 3, 0)
    assert told.skips == {"truncated": 1}
    assert told.embeddings == {"builtin": 3}
    hair = next(one for one in told.coverage if one.name == "hair_color")
    assert (hair.decided, hair.undecided, hair.labels) == (2, 1, {"blue": 1, "red": 1})
    assert hair.confidence == pytest.approx(0.9), "which has a posting of its own"
    (run,) = told.runs
    assert (run.samples, run.per_second, run.cache) == (3, 1.5, {"clip": (3, 4)})


def test_vectors_and_text_are_stored_reversibly() -> None:
    vector = np.array([0.1, -65504, 6e-8, 0], "<f2").tobytes()
    assert from_text(to_text(vector)) == vector
    assert stored("plain") == "plain"
    assert "\0" not in stored("\0")
