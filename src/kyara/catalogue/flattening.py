"""The nested rows of a result as flat columns, by Arrow and numpy alone: a loop over rows would cost ten times more.

Pure. A sighting is known by its place in the order of the rows; whoever writes gives it its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kyara.catalogue.kinds import all_stored
from kyara.catalogue.schema import TWENTIETHS

Numbers = NDArray[np.int64]
EDGES = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, slots=True)
class Sightings:
    """The sightings of some rows, in order: of which row, at which position in it, and their plain columns."""

    row: Numbers
    position: Numbers
    structs: pa.StructArray

    def __len__(self) -> int:
        return len(self.row)

    def columns(self) -> dict[str, Sequence[Any]]:
        """The columns of the table `sighting` but its numbers."""
        boxes = {
            f"{box}_{edge}": pc.list_element(self.structs.field(box), i).to_pylist()
            for box in ("head", "body")
            for i, edge in enumerate(EDGES)
        }
        hints = [orjson.dumps(names).decode() if names else None for names in self.structs.field("hints").to_pylist()]
        return {**boxes, **{name: self._words(name) for name in ("track", "identity", "caption")}, "hints": hints}

    def _words(self, name: str) -> Sequence[str | None]:
        return all_stored(self.structs.field(name).to_pylist())

    def named(self) -> tuple[Numbers, list[str]]:
        """(sighting, name) of those that have an identity."""
        column = self.structs.field("identity")
        return np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)), column.drop_null().to_pylist()

    def hinted(self) -> tuple[Numbers, list[str]]:
        """(sighting, name) for every name that tags give."""
        hints = self.structs.field("hints")
        return _whole(pc.list_parent_indices(hints)), hints.flatten().to_pylist()


def sightings_of(rows: pa.Table) -> Sightings:
    """The sightings of rows of a result's schema."""
    lists = single(rows["sightings"])
    parent = _whole(pc.list_parent_indices(lists))
    starts = np.cumsum(lengths(lists)) - lengths(lists)
    return Sightings(parent, np.arange(len(parent)) - starts[parent], lists.flatten())


@dataclass(frozen=True, slots=True)
class Values:
    """One row for each label of each value; `pairs` are the (attribute, label) that occur, `pair` says which."""

    sighting: Numbers
    pair: Numbers
    pairs: tuple[tuple[str, str], ...]
    confidence: NDArray[np.float64]
    decided: NDArray[np.bool_]


def buckets(confidence: NDArray[np.float64]) -> Numbers:
    """Buckets of confidence, 0 … PERSON."""
    k = np.clip(np.searchsorted(TWENTIETHS, confidence, side="right") - 1, 0, 20)
    return 2 * k + (confidence > np.array(TWENTIETHS)[k]) * (k < 20)


def values_of(sightings: Sightings) -> Values:
    """What was said of all attributes."""
    lists = sightings.structs.field("values")
    values = lists.flatten()
    labels = values.field("labels")
    value = _whole(pc.list_parent_indices(labels))
    attribute, label = values.field("attribute").dictionary_encode(), labels.flatten().dictionary_encode()
    codes = _whole(attribute.indices)[value] * max(1, len(label.dictionary)) + _whole(label.indices)
    unique, pair = np.unique(codes, return_inverse=True)
    ways, names = attribute.dictionary.to_pylist(), label.dictionary.to_pylist()
    return Values(
        _whole(pc.list_parent_indices(lists))[value],
        pair,
        tuple((ways[code // len(names)], names[code % len(names)]) for code in unique.tolist()),
        values.field("confidence").to_numpy(zero_copy_only=False)[value],
        values.field("decided").to_numpy(zero_copy_only=False)[value].astype(bool),
    )


def vectors_of(sightings: Sightings) -> Iterator[tuple[int, str, bytes]]:
    """(sighting, space, float16 bytes) of every embedding."""
    lists = sightings.structs.field("embeddings")
    embeddings = lists.flatten()
    vectors = embeddings.field("vector")
    halves = vectors.flatten().to_numpy(zero_copy_only=False).astype("<f2")
    ends = np.cumsum(lengths(vectors)).tolist()
    spaces = embeddings.field("space").to_pylist()
    owners = _whole(pc.list_parent_indices(lists)).tolist()
    for owner, space, start, end in zip(owners, spaces, [0, *ends], ends, strict=False):
        yield owner, space, halves[start:end].tobytes()


def single(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def lengths(lists: pa.ListArray) -> Numbers:
    """How long each list is, 0 for null."""
    return _whole(pc.fill_null(pc.list_value_length(lists), 0))


def _whole(numbers: pa.Array) -> Numbers:
    whole: Numbers = numbers.to_numpy(zero_copy_only=False).astype(np.int64)
    return whole
