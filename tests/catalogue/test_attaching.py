"""A person's word holds: in postings, when read, and after a run that brought other sightings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
from pyroaring import BitMap
from sqlalchemy import insert, select, update

from kyara.catalogue import Catalogue, opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.postings import refresh
from kyara.catalogue.reading import PERSON, samples
from kyara.catalogue.reindexing import reindex
from kyara.catalogue.schema import attribute, decision, label, posting, sample, sighting
from kyara.records import Sample

Make = Callable[..., Sample]
Result = Callable[..., Path]


def decide(catalogue: Catalogue, number: int, about: str | None, answer: object) -> None:
    with catalogue.writing() as connection:
        rows = select(sighting, sample.c.content).join(sample, sample.c.number == sighting.c.sample)
        row = connection.execute(rows.where(sighting.c.number == number)).one()
        head = {name: getattr(row, name) for name in ("head_x0", "head_y0", "head_x1", "head_y1")}
        told = {"answer": orjson.dumps(answer).decode(), "before": "[]", "who": "me", "at": 1.0}
        place = {"sighting": number, "content": row.content, "position": row.position}
        connection.execute(insert(decision).values(attribute=about, **place, **head, **told))
        refresh(connection, BitMap([number]), about or "identity")


def posted(catalogue: Catalogue, of: str, name: str) -> dict[int, list[int]]:
    """Sightings by bucket."""
    rows = (
        select(posting.c.bucket, posting.c.bitmap)
        .join(label, label.c.number == posting.c.label)
        .join(attribute, attribute.c.number == posting.c.attribute)
        .where(attribute.c.name == of, label.c.name == name)
    )
    with catalogue.reading() as connection:
        return {bucket: list(BitMap.deserialize(raw)) for bucket, raw in connection.execute(rows)}


def hair(catalogue: Catalogue, numbers: Sequence[int]) -> list[tuple[str, ...] | None]:
    told = [s.value("hair_color") for one in samples(catalogue, numbers) for s in one.sightings]
    return [None if value is None else value.labels for value in told]


@pytest.fixture
def two(where: str, result: Result, seen: Make) -> str:
    """A catalogue of one picture with a blue and a red head of hair, numbered 1 and 2."""
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue", "red")]))
    return where


def test_a_decision_is_what_counts_and_undoing_it_brings_the_machine_back(two: str) -> None:
    with opened(two, write=True) as catalogue:
        decide(catalogue, 1, "hair_color", ["green"])
        assert posted(catalogue, "hair_color", "green") == {40: [1], 42: [1]}
        assert posted(catalogue, "hair_color", "blue") == {}
        assert posted(catalogue, "@sighting", "reviewed") == {40: [1], 42: [1]}
        (one,) = samples(catalogue, [1])
        value = one.sightings[0].value("hair_color")
        assert value is not None
        assert (value.labels, value.confidence, value.carried_by) == (("green",), 1.0, (PERSON,))
        assert one.sightings[0].evidence, "what the machine saw is still there"
        with catalogue.writing() as connection:
            connection.execute(update(decision).values(undone_at=2.0))
            refresh(connection, BitMap([1]), "hair_color")
        assert posted(catalogue, "hair_color", "blue") == {36: [1], 42: [1]}
        assert posted(catalogue, "@sighting", "reviewed") == {}
        assert hair(catalogue, [1, 2]) == [("blue",), ("red",)]


def test_the_last_decision_counts_and_nothing_may_apply(two: str) -> None:
    with opened(two, write=True) as catalogue:
        decide(catalogue, 1, "hair_color", ["green"])
        decide(catalogue, 1, "hair_color", [])
        decide(catalogue, 2, None, "asuka")
        assert posted(catalogue, "hair_color", "green") == posted(catalogue, "hair_color", "blue") == {}
        assert posted(catalogue, "identity", "asuka") == {40: [2], 42: [2]}
        assert hair(catalogue, [1, 2]) == [None, ("red",)]
        assert [s.identity for one in samples(catalogue, [2]) for s in one.sightings] == ["asuka"]


def test_after_a_new_run_it_stands_for_the_same_head(two: str, result: Result, seen: Make) -> None:
    with opened(two, write=True) as catalogue:
        decide(catalogue, 2, "hair_color", ["green"])  # the second from the left
        newer = seen("a.png", "white", "black", "red", run="2")
        moved = newer.sightings[1:] + newer.sightings[:1]  # another order: that head is first now
        changed = Sample(newer.key, newer.id, newer.uri, 640, 480, sightings=moved)
        ingest(catalogue, result([changed], "clip", 2000.0, "newer"))
        assert hair(catalogue, range(9)) == [("green",), ("red",), ("white",)]
        assert posted(catalogue, "hair_color", "green") == {40: [1], 42: [1]}
        assert posted(catalogue, "hair_color", "black") == {}


def test_reindex_makes_the_same_postings_again(two: str) -> None:
    def everything(catalogue: Catalogue) -> list[tuple[object, ...]]:
        with catalogue.reading() as connection:
            rows = connection.execute(select(posting).order_by(posting.c.label, posting.c.bucket)).all()
        return [(*row[:3], list(BitMap.deserialize(row[3]))) for row in rows]

    with opened(two, write=True) as catalogue:
        decide(catalogue, 2, "hair_color", ["green"])
        decide(catalogue, 2, None, "asuka")
        before = everything(catalogue)
        with catalogue.writing() as connection:
            connection.execute(update(posting).values(bitmap=BitMap([7]).serialize()))
        assert reindex(catalogue) == len(before)
        assert everything(catalogue) == before
