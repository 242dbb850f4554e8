"""Sightings that look alike: the nearest vectors of a space by cosine, on SQLite and PostgreSQL.

Exact up to EXACT vectors; beyond, a usearch index file beside the SQLite file, or pgvector's HNSW.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import select

from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.query import posted
from kyara.catalogue.query.fields import Fields
from kyara.catalogue.schema import ALL, GONE, embedding
from kyara.catalogue.similar.exact import EXACT, Exact, Near, Nearest, rows_of, some
from kyara.catalogue.similar.hnsw import Hnsw
from kyara.catalogue.similar.indexed import Indexed, stamp
from kyara.errors import CatalogueError

__all__ = ["EXACT", "Near", "Neighbours", "spaces", "vectors"]

Watch = Callable[[int], None]  # called with how many vectors are indexed


class Neighbours:
    """The vectors of `space`, ready to be searched again and again; what changed in the catalogue is seen."""

    def __init__(
        self, catalogue: Catalogue, space: str, exact: int = EXACT, watch: Watch = lambda vectors: None
    ) -> None:
        self._catalogue, self._space, self._exact, self._watch = catalogue, space, exact, watch
        self._held: tuple[str, int, Nearest] | None = None

    def of(self, vector: NDArray[Any], limit: int = 20, within: BitMap | None = None) -> list[Near]:
        """The `limit` sightings nearest to `vector` (d,), the nearest first; only those of `within` where it is given.

        Else those that are not gone. Raises CatalogueError where the space has no vector of that length.
        """
        vector = np.asarray(vector, np.float32)
        with self._catalogue.reading() as connection:
            gone = posted.status(connection, GONE) if within is None else None
            allowed = posted.status(connection, ALL) - gone if gone else within
            now = stamp(connection)
        if self._held is None or self._held[:2] != (now, len(vector)):
            self._held = (now, len(vector), self._opened(len(vector), now))
        return self._held[2].nearest(vector, limit, allowed)

    def _opened(self, length: int, now: str) -> Nearest:
        catalogue, space = self._catalogue, self._space
        if catalogue.path and (index := Indexed.kept(catalogue, space, length, now)) is not None:
            return index
        with catalogue.reading() as connection:
            count = some(connection, space, length, self._exact + 1)
            if not count:
                said = f"the catalogue has no vectors of {length} numbers in space {space!r}"
                raise CatalogueError(f"{said}; kyara extract with the extractor that makes them, and ingest")
            if catalogue.path and count <= self._exact:
                return Exact.of(rows_of(connection, space, length))
        if catalogue.path:
            return Indexed.made(catalogue, space, length, now, self._watch)
        return Hnsw.opened(catalogue, space, length, count > self._exact)


def spaces(catalogue: Catalogue) -> list[str]:
    """The embedding spaces there are vectors of."""
    with catalogue.reading() as connection:
        return Fields(connection).spaces()


def vectors(catalogue: Catalogue, space: str, sightings: BitMap) -> dict[int, NDArray[np.float32]]:
    """The vectors of those of `sightings` that have one in `space`, by number."""
    with catalogue.reading() as connection:
        rows = select(embedding.c.sighting, embedding.c.vector).where(
            embedding.c.space == space, among(connection, embedding.c.sighting, sightings)
        )
        found = sorted((int(number), raw) for number, raw in connection.execute(rows))
    return {number: np.frombuffer(raw, "<f2").astype(np.float32) for number, raw in found}
