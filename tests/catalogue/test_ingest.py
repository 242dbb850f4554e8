"""Results go in once, newest first, and come out as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyroaring import BitMap
from sqlalchemy import func, select

from kyara.catalogue import Catalogue, opened
from kyara.catalogue import ingest as catalogue_ingest
from kyara.catalogue.ingest import ingest
from kyara.catalogue.reading import numbered, samples
from kyara.catalogue.schema import attribute, counter, embedding, evidence, label, place, posting, sample, sighting
from kyara.errors import OutputError
from kyara.records import Moment, Note, NoteKind, Reason, Sample, Skip
from kyara.results.folder import ResultFolder

Make = Callable[..., Sample]
Result = Callable[..., Path]


def everything(catalogue: Catalogue) -> list[Sample]:
    with catalogue.reading() as connection:
        numbers = list(connection.execute(select(sample.c.number)).scalars())
    return list(numbered(catalogue, numbers))


def postings(catalogue: Catalogue) -> dict[tuple[str, str, int], list[int]]:
    rows = (
        select(attribute.c.name, label.c.name, posting.c.bucket, posting.c.bitmap)
        .join(attribute, attribute.c.number == posting.c.attribute)
        .join(label, label.c.number == posting.c.label)
    )
    with catalogue.reading() as connection:
        return {(a, n, bucket): list(BitMap.deserialize(raw)) for a, n, bucket, raw in connection.execute(rows)}


def count(catalogue: Catalogue, table: object) -> int:
    with catalogue.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def same(one: Sample, other: Sample) -> None:
    """Equal in everything; vectors as float16 has them."""
    bare = [replace(s, sightings=tuple(replace(x, embeddings=()) for x in s.sightings)) for s in (one, other)]
    assert bare[0] == bare[1]
    for mine, theirs in zip(one.sightings, other.sightings, strict=True):
        for a, b in zip(mine.embeddings, theirs.embeddings, strict=True):
            assert a.space == b.space
            np.testing.assert_array_equal(a.vector.astype(np.float16), b.vector.astype(np.float16))


def test_samples_come_out_as_they_went_in(where: str, result: Result, seen: Make) -> None:
    given = [
        replace(seen("a.png", "blue", "red"), notes=(Note(NoteKind.CROWD, "64"),), expected=2),
        replace(seen("b.png"), skip=Skip("open", Reason.TRUNCATED, "half of it"), width=None, height=None),
        replace(seen("c.png", "grey"), moment=Moment("film", 3, 12.5), text="a\0b \uf8f0 e\u0301 \U0001f600"),
    ]
    with opened(where, write=True) as catalogue:
        done = ingest(catalogue, result(given))
        assert (done.written.rows, done.written.new, done.written.sightings) == (3, 3, 3)
        for one, other in zip(everything(catalogue), given, strict=True):
            same(one, other)


def test_a_second_time_nothing_is_written(where: str, result: Result, seen: Make) -> None:
    folder = result([seen(f"{i}.png", "blue") for i in range(5)])
    with opened(where, write=True) as catalogue:
        assert ingest(catalogue, folder).passed == 0
        before = postings(catalogue)
        again = ingest(catalogue, folder)
        assert (again.parts, again.passed, again.written.rows) == (3, 3, 0)
        forced = ingest(catalogue, folder, again=True)
        assert (forced.passed, forced.written.new, forced.written.replaced) == (0, 0, 5)
        assert postings(catalogue) == before
        assert count(catalogue, evidence) == 1, "blocks that nothing leads to are deleted"


def test_postings_hold_values_by_confidence_hints_and_all(where: str, result: Result, seen: Make) -> None:
    given = [seen("a.png", "blue", "red"), seen("b.png", "blue", sure=0.45), seen("c.png", "blue", sure=1.0)]
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(given))
        found = postings(catalogue)
    assert found["hair_color", "blue", 36] == [1]
    assert found["hair_color", "red", 36] == [2]
    assert found["hair_color", "blue", 41] == [3], "not decided"
    assert found["hair_color", "blue", 40] == [4]
    assert found["accessories", "hat", 30] == [1, 2, 3, 4]
    assert found["character", "rei", 40] == [1, 3, 4]
    assert found["@sighting", "all", 42] == [1, 2, 3, 4]


def test_a_newer_run_replaces_and_an_older_one_does_not(where: str, result: Result, seen: Make) -> None:
    old = result([seen("a.png", "blue", "red")], "tags", 1000.0, "old")
    new = result([seen("a.png", "green")], "clip", 2000.0, "new")
    with opened(where, write=True) as catalogue:
        ingest(catalogue, old)
        ingest(catalogue, new)
        assert postings(catalogue)["hair_color", "green", 36] == [1], "a sighting keeps its number"
        assert ("hair_color", "blue", 36) not in postings(catalogue)
        assert ingest(catalogue, old, again=True).written.replaced == 0
        assert [s.values[0].labels for s in everything(catalogue)[0].sightings] == [("green",)]
        assert count(catalogue, sighting) == count(catalogue, embedding) == 1


def test_copies_are_one_sample_in_two_places(where: str, result: Result, seen: Make) -> None:
    first, between = seen("a.png", "blue", content="same"), seen("b.png", "red")
    copy = seen("z.png", "green", content="same")
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([first, between, copy]))  # the copy is in another shard
        assert (count(catalogue, sample), count(catalogue, place)) == (2, 3)
        same(everything(catalogue)[0], first)


def test_rows_without_a_picture_are_samples_of_their_own(where: str, result: Result, seen: Make) -> None:
    rows = [replace(seen(f"#{i}", "blue", content="1girl"), width=None, height=None) for i in (1, 2)]
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(rows))
        assert [s.key for s in everything(catalogue)] == ["#1", "#2"]


def test_a_place_that_holds_another_picture_forgets_the_first(where: str, result: Result, seen: Make) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue", content="1")], "tags", 1000.0, "old"))
        ingest(catalogue, result([seen("a.png", "red", content="2")], "tags", 2000.0, "new"))
        assert [s.sightings[0].values[0].labels for s in everything(catalogue)] == [("red",)]
        assert postings(catalogue)["@sighting", "all", 42] == [2], "a number is never given twice"


def test_sightings_are_read_alone_or_with_the_whole_sample(where: str, result: Result, seen: Make) -> None:
    given = [seen("a.png", "blue", "red", "green"), seen("b.png", "red")]
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(given))
        (one,) = samples(catalogue, [2])
        assert [s.values[0].labels for s in one.sightings] == [("red",)]
        (whole,) = samples(catalogue, [2], whole=True)
        same(whole, given[0])
        assert [s.key for s in samples(catalogue, BitMap([1, 3, 4]))] == ["a.png", "b.png"]


def test_vectors_that_change_are_counted(where: str, result: Result, seen: Make) -> None:
    folder = result([seen("a.png", "blue")])
    with opened(where, write=True) as catalogue:
        counts = []
        for _ in range(2):
            ingest(catalogue, folder, again=True)
            with catalogue.reading() as connection:
                rows = select(counter.c.number).where(counter.c.name == "embeddings")
                counts.append(connection.execute(rows).scalar_one())
        assert counts[1] > counts[0]


def test_what_is_no_result_is_refused(where: str, tmp_path: Path) -> None:

    with opened(where, write=True) as catalogue, pytest.raises(OutputError, match="not a result"):
        ingest(catalogue, tmp_path)


@pytest.mark.parametrize(("networks", "batches"), [(None, [6]), ({"precision": "int8"}, [2, 2, 2])])
def test_what_networks_said_goes_in_by_smaller_batches(
    networks: object, batches: list[int], result: Result, seen: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = result([seen(f"{i}.png", "blue") for i in range(6)])
    ResultFolder(folder).ledger.add("run", networks=networks)
    monkeypatch.setattr(catalogue_ingest, "BATCH_WITH_NETWORKS", 2)
    written: list[int] = []
    with opened(str(tmp_path / "catalogue.db"), write=True) as catalogue:
        ingest(catalogue, folder, written.append)
        assert count(catalogue, sample) == 6
    assert written == batches
