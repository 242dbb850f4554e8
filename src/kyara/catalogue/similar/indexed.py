"""Nearest vectors by a usearch index in a file beside the SQLite file, made anew when the vectors are others.

The file's name says of which state of the catalogue it is. An index finds nearly all of the nearest, not surely all;
a search within few sightings compares these one by one instead.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, select

from kyara.catalogue.opening import Catalogue
from kyara.catalogue.schema import counter, run
from kyara.catalogue.similar.exact import Exact, Near, Vector, rows_of, sorted_by_likeness
from kyara.errors import OutputError
from kyara.results.atomic import write_atomically

log = logging.getLogger(__name__)

FEW = 20_000  # sightings to search within that are compared one by one
MOST = 20_000  # neighbours asked of the index before it is given up as too coarse for `within`
# Links of a node, candidates looked at while it is added and while it is searched: benchmarks/catalogue_speed.py.
LINKS, ADDING, SEARCHING = 16, 128, 128
# Threads that add to a nearly empty graph leave nodes without a way to them (of 50, one in 7 % of 2,000 graphs).
ALONE = 1_000  # vectors that one thread adds before the others join


@dataclass(frozen=True, slots=True)
class Indexed:
    """An open index over one space of a catalogue."""

    catalogue: Catalogue
    space: str
    index: Any

    @classmethod
    def kept(cls, catalogue: Catalogue, space: str, length: int, now: str) -> Indexed | None:
        """The index of this state that lies beside the catalogue, None where there is none that can be read."""
        path = _path(catalogue, space, length, now)
        if not path.exists():
            return None
        index = _empty(length)
        try:
            index.view(path)
        except RuntimeError as error:
            log.warning("%s cannot be read (%s); it is made anew", path, error)
            return None
        return cls(catalogue, space, index)

    @classmethod
    def made(cls, catalogue: Catalogue, space: str, length: int, now: str, watch: Callable[[int], None]) -> Indexed:
        """A new index of this state, kept beside the catalogue in the place of older ones where that can be written."""
        index = _empty(length)
        with catalogue.reading() as connection:
            for numbers, vectors in rows_of(connection, space, length):
                alone = max(0, ALONE - len(index))
                index.add(numbers[:alone], vectors[:alone], threads=1)
                index.add(numbers[alone:], vectors[alone:])
                watch(len(index))
        path = _path(catalogue, space, length, now)
        older = list(path.parent.glob(f"{path.name.removesuffix(f'{now}.usearch')}*.usearch"))
        own = path.with_suffix(f".{os.getpid()}")  # another process may be making one too
        try:
            write_atomically(own, index.save)
            own.replace(path)
            for one in older:
                if one != path:
                    one.unlink(missing_ok=True)
        except (OutputError, OSError, RuntimeError) as error:
            log.warning("the index of space %s cannot be kept (%s); the next search makes it anew", space, error)
        return cls(catalogue, space, index)

    def nearest(self, vector: Vector, limit: int, allowed: BitMap | None) -> list[Near]:
        if allowed is None:
            return self._from_index(vector, limit)
        wanted = limit * (1 + len(self.index) // max(1, len(allowed)))
        while len(allowed) > FEW and wanted <= MOST:
            near = [one for one in self._from_index(vector, wanted) if one.number in allowed]
            if len(near) >= limit or wanted >= len(self.index):
                return near[:limit]
            wanted *= 4
        return self._one_by_one(vector, limit, allowed)

    def _from_index(self, vector: Vector, limit: int) -> list[Near]:
        matches = self.index.search(vector, limit)
        pairs = zip(matches.keys.tolist(), matches.distances.tolist(), strict=True)
        return sorted_by_likeness(Near(number, 1.0 - distance) for number, distance in pairs)

    def _one_by_one(self, vector: Vector, limit: int, allowed: BitMap) -> list[Near]:
        best: list[Near] = []
        with self.catalogue.reading() as connection:
            for rows in rows_of(connection, self.space, len(vector), allowed):
                best += Exact.of(iter([rows])).nearest(vector, limit, allowed)
        return sorted_by_likeness(best)[:limit]


def stamp(connection: Connection) -> str:
    """Another one for every change of vectors, and for another catalogue in the same file."""
    changes = connection.execute(select(counter.c.number).where(counter.c.name == "embeddings")).scalar()
    runs = connection.execute(select(run.c.folder, run.c.digest, run.c.made_at).order_by(run.c.number)).all()
    return hashlib.sha256(repr((changes, [tuple(one) for one in runs])).encode()).hexdigest()[:16]


def _empty(length: int) -> Any:
    from usearch.index import Index

    return Index(
        ndim=length, metric="cos", dtype="f16",
        connectivity=LINKS, expansion_add=ADDING, expansion_search=SEARCHING, enable_key_lookups=False,
    )  # fmt: skip


def _path(catalogue: Catalogue, space: str, length: int, now: str) -> Path:
    """Spaces may be called anything, files may not."""
    assert catalogue.path is not None
    named = space if space.replace("-", "").isalnum() else hashlib.sha256(space.encode()).hexdigest()[:16]
    return catalogue.path.with_name(f"{catalogue.path.name}.{named}-{length}.{now}.usearch")
