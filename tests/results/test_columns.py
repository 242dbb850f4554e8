"""Any samples survive the way into Parquet and back, and the same samples are always the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kyara.records import Embedding, Evidence, Moment, Note, NoteKind, Quality, Reason, Sample, Sighting, Skip, Value
from kyara.results.columns import from_table, to_table
from kyara.results.schema import SCHEMA

WORDS = st.text(st.characters(codec="utf-8"), max_size=6)  # surrogates are kept out at the door (recipes/opening.py)
MANY_WORDS = st.lists(WORDS, max_size=3).map(tuple)
MAYBE_WORDS = st.none() | WORDS
NUMBERS = st.floats(allow_nan=False)
COUNTS = st.none() | st.integers(0, 2**40)
SCORES = st.lists(st.tuples(WORDS, NUMBERS), max_size=3).map(tuple)
BOXES = st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
VECTORS = arrays.arrays(np.float32, st.integers(0, 4), elements=st.floats(width=32, allow_nan=False))
EVIDENCE = st.builds(Evidence, WORDS, WORDS, WORDS, SCORES, MANY_WORDS)
VALUES = st.builds(Value, WORDS, MANY_WORDS, NUMBERS, st.booleans(), SCORES, MANY_WORDS, MANY_WORDS)


def some(items: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(items, max_size=2).map(tuple)


SIGHTINGS = st.builds(
    Sighting,
    head=BOXES,
    body=BOXES,
    track=MAYBE_WORDS,
    evidence=some(EVIDENCE),
    values=some(VALUES),
    embeddings=some(st.builds(Embedding, WORDS, VECTORS)),
    hints=MANY_WORDS,
    identity=MAYBE_WORDS,
    caption=MAYBE_WORDS,
)
QUALITIES = st.builds(Quality, *[NUMBERS] * 6, st.integers(0, 9), NUMBERS, NUMBERS, st.binary(max_size=4))
SAMPLES = st.builds(
    Sample,
    key=WORDS,
    id=WORDS,
    uri=WORDS,
    width=COUNTS,
    height=COUNTS,
    tags=MAYBE_WORDS,
    text=MAYBE_WORDS,
    moment=st.none() | st.builds(Moment, WORDS, st.integers(0, 99), NUMBERS),
    notes=some(st.builds(Note, st.sampled_from(NoteKind), WORDS)),
    expected=COUNTS,
    sightings=some(SIGHTINGS),
    quality=st.none() | QUALITIES,
    skip=st.none() | st.builds(Skip, WORDS, st.sampled_from(Reason), WORDS),
)


def plain(noun: object) -> object:
    """A record as nested tuples, so that those with vectors can be compared."""
    if is_dataclass(noun):
        return (type(noun).__name__, *(plain(getattr(noun, field.name)) for field in fields(noun)))
    if isinstance(noun, np.ndarray):
        return (noun.dtype.str, noun.tobytes())
    return tuple(map(plain, noun)) if isinstance(noun, tuple) else noun


def written(samples: Sequence[Sample], path: Path) -> bytes:
    pq.write_table(to_table(samples), path, compression="zstd")
    return path.read_bytes()


@settings(max_examples=60, deadline=None)
@given(st.lists(SAMPLES, max_size=4))
def test_samples_survive_parquet(samples: list[Sample]) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(to_table(samples), sink)
    table = pq.read_table(pa.BufferReader(sink.getvalue()))
    assert table.schema == SCHEMA
    assert [plain(sample) for sample in from_table(table)] == [plain(sample) for sample in samples]


EVERYTHING = Sample(
    "k", "i", "u", 1, 2, "t", "x", Moment("f", 1, 2.5), (Note(NoteKind.NO_CHARACTER),), 3,
    (
        Sighting(
            (1, 2, 3, 4), (0, 0, 9, 9), "track", (Evidence("e", "1", "a", (("l", 0.5),), ("s",)),),
            (Value("a", ("l",), 0.5, True, (("l", 0.5),), ("e",), ("o",)),),
            (Embedding("s", np.array([1, 2], np.float32)),), ("h",), "who", "what",
        ),
        Sighting(),
    ),
    Skip("s", Reason.EMPTY_FILE, "d"), Quality(0.5, 0.5, 0.2, 1.0, 1.1, 0.0, 9, 1.5, 0.6, b"\x80\x7f"),
)  # fmt: skip
NOTHING = Sample("n", "i", "u")


def test_every_field_of_every_noun_has_a_column() -> None:
    assert {field.name for field in fields(Sample)} == set(SCHEMA.names)
    for noun, kind in ((Sighting, SCHEMA.field("sightings").type.value_type), (Skip, SCHEMA.field("skip").type)):
        assert {field.name for field in fields(noun)} == {field.name for field in kind}
    back = list(from_table(to_table([NOTHING, EVERYTHING, NOTHING])))
    assert list(map(plain, back)) == list(map(plain, [NOTHING, EVERYTHING, NOTHING]))


@pytest.mark.parametrize("samples", [[], [NOTHING], [NOTHING] * 3], ids=len)
def test_little_or_nothing_is_written_too(samples: list[Sample]) -> None:
    assert list(from_table(to_table(samples))) == samples


@pytest.mark.parametrize("times", [1, 2, 50])
def test_shared_objects_are_the_same_bytes_as_copies(times: int, tmp_path: Path) -> None:
    shared = [NOTHING, EVERYTHING] * times
    copies = [deepcopy(sample) for sample in shared]
    mixed = [*shared[:-1], copies[-1]]
    one = written(shared, tmp_path / "a")
    assert one == written(copies, tmp_path / "b") == written(mixed, tmp_path / "c")
    assert list(map(plain, from_table(to_table(shared)))) == list(map(plain, shared))


def test_an_object_shared_in_another_order_stays_in_its_place() -> None:
    values = [Value("a", (label,), 0.5, True, (), ()) for label in "xyz"]
    order = [values[i] for i in (2, 0, 2, 1, 1, 0, 2, 2)]
    samples = [replace(NOTHING, sightings=(Sighting(values=(one,)), Sighting(values=(one, one)))) for one in order]
    assert list(from_table(to_table(samples))) == samples


def test_columns_left_out_come_back_empty() -> None:
    (sample,) = from_table(to_table([EVERYTHING]).select(["key", "id", "uri"]))
    assert (sample.key, sample.sightings, sample.notes, sample.skip) == ("k", (), (), None)


def test_a_sample_stays_under_a_kilobyte(tmp_path: Path) -> None:
    labels = ("red", "long", "ponytail", "smiling", "teen", "female", "glasses", "casual", "blue", "slim")
    evidence = [Evidence("tags", "0123456789abcdef", f"a_{x}", ((x, 0.95),), (f"{x}_hair",)) for x in labels]
    values = [Value(f"a_{x}", (x,), 0.95, True, ((x, 0.95),), ("tags",)) for x in labels]
    sighting = Sighting(evidence=tuple(evidence), values=tuple(values))
    ids = np.random.default_rng(1).bytes(32 * 1000).hex()
    samples = [
        Sample(f"{n}.png", ids[64 * n : 64 * n + 64], f"file:///{n}.png", 1, 1, "solo", sightings=(deepcopy(sighting),))
        for n in range(1000)
    ]
    assert len(written(samples, tmp_path / "part")) / len(samples) < 1000
