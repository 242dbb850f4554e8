"""Nearest vectors by comparing with all of them; and the rows of a space, in pieces. Knows no index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection, func, select

from kyara.catalogue.kinds import among
from kyara.catalogue.schema import embedding

EXACT = 100_000  # vectors that are compared one by one: 512 numbers each are 15 ms of reading memory
AT_ONCE = 10_000  # vectors: 10 MB of 512 numbers

Vector = NDArray[np.float32]
Rows = Iterator[tuple[NDArray[np.uint64], NDArray[np.float16]]]  # numbers (n,), vectors (n, d)


@dataclass(frozen=True, slots=True)
class Near:
    """A sighting and its cosine similarity, -1 … 1."""

    number: int
    similarity: float


class Nearest(Protocol):
    """Whoever finds the nearest among `allowed`, or all where that is None, the nearest first."""

    def nearest(self, vector: Vector, limit: int, allowed: BitMap | None) -> list[Near]: ...


@dataclass(frozen=True, slots=True)
class Exact:
    """All vectors in memory: ascending numbers (n,), float32 unit vectors (n, d)."""

    numbers: NDArray[np.uint64]
    units: NDArray[np.float32]

    @classmethod
    def of(cls, rows: Rows) -> Exact:
        pieces = list(rows)
        if not pieces:
            return cls(np.empty(0, np.uint64), np.empty((0, 0), np.float32))
        numbers = np.concatenate([numbers for numbers, _ in pieces])
        units = np.concatenate([unit(vectors) for _, vectors in pieces])
        order = np.argsort(numbers)
        return cls(numbers[order], units[order]) if (np.diff(order) != 1).any() else cls(numbers, units)

    def nearest(self, vector: Vector, limit: int, allowed: BitMap | None) -> list[Near]:
        distance = -(self.units @ unit(vector[None])[0])
        if allowed is not None:
            mine = np.isin(self.numbers, np.array(allowed.to_array(), np.uint64), assume_unique=True)
            distance[~mine] = np.inf
        first = np.argpartition(distance, limit)[:limit] if limit < len(distance) else np.arange(len(distance))
        return sorted_by_likeness(
            Near(int(self.numbers[i]), -float(distance[i])) for i in first if np.isfinite(distance[i])
        )


def sorted_by_likeness(near: Iterable[Near]) -> list[Near]:
    """The likest first, equal ones by number."""
    return sorted(near, key=lambda one: (-one.similarity, one.number))


def unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Rows of length 1; a row of zeros, like nothing, stays."""
    whole = vectors.astype(np.float32)
    lengths = np.linalg.norm(whole, axis=1, keepdims=True)
    return np.asarray(whole / np.maximum(lengths, 1e-12), np.float32)


def rows_of(connection: Connection, space: str, length: int, sightings: Iterable[int] | None = None) -> Rows:
    """The vectors of `space` that have `length` numbers, of `sightings` where they are given; AT_ONCE at a time."""
    rows = select(embedding.c.sighting, embedding.c.vector).where(embedding.c.space == space, _long(connection, length))
    if sightings is not None:
        rows = rows.where(among(connection, embedding.c.sighting, list(sightings)))
    found = connection.execution_options(yield_per=AT_ONCE).execute(rows.order_by(embedding.c.sighting))
    for some_rows in found.partitions():
        numbers, raw = zip(*some_rows, strict=True)
        yield np.array(numbers, np.uint64), np.frombuffer(b"".join(raw), "<f2").reshape(-1, length)


def some(connection: Connection, space: str, length: int, most: int) -> int:
    """How many vectors there are, counted no further than `most`."""
    rows = select(embedding.c.sighting).where(embedding.c.space == space, _long(connection, length)).limit(most)
    return int(connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one())


def _long(connection: Connection, length: int) -> Any:
    if connection.dialect.name == "sqlite":
        return func.length(embedding.c.vector) == 2 * length
    return func.vector_dims(embedding.c.vector) == length
