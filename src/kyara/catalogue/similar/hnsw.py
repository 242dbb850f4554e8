"""Nearest vectors in PostgreSQL: pgvector's cosine over all of them, from EXACT on by an HNSW index that it keeps.

The index is made at the first search that needs it; PostgreSQL maintains it from then on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyroaring import BitMap
from sqlalchemy import text

from kyara.catalogue.kinds import to_text
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.similar.exact import Near, Vector, sorted_by_likeness

FEW = 20_000  # sightings to search within that are compared one by one
SEARCHING = 200  # candidates looked at, where not more are asked for; pgvector allows 1,000


@dataclass(frozen=True, slots=True)
class Hnsw:
    """One space of a catalogue in PostgreSQL; `indexed` where there is an HNSW index over it."""

    catalogue: Catalogue
    space: str
    indexed: bool

    @classmethod
    def opened(cls, catalogue: Catalogue, space: str, length: int, many: bool) -> Hnsw:
        """With `many` vectors by an index, which is made where there is none: minutes for a million."""
        name = f"embedding_{hashlib.sha256(space.encode()).hexdigest()[:12]}_{length}"
        with catalogue.reading() as connection:
            there = connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None
        if many and not there:
            make = (
                f"CREATE INDEX IF NOT EXISTS {name} ON embedding USING hnsw ({_cast(length)} halfvec_cosine_ops) "
                f"WHERE {_mine(space, length)}"
            )
            catalogue.transact(lambda connection: connection.execute(text(make)))
        return cls(catalogue, space, many)

    def nearest(self, vector: Vector, limit: int, allowed: BitMap | None) -> list[Near]:
        by_index = self.indexed and (allowed is None or len(allowed) > FEW)
        # the index is used for its very expression alone
        distance = f"{_cast(len(vector)) if by_index else 'vector'} <=> CAST(:vector AS halfvec({len(vector)}))"
        among = "" if allowed is None else "AND sighting = ANY(:allowed)"
        query = (
            f"SELECT sighting, {distance} FROM embedding WHERE {_mine(self.space, len(vector))} {among} "
            f"ORDER BY {distance} LIMIT :limit"
        )
        given: dict[str, Any] = {"vector": to_text(vector.astype("<f2").tobytes()), "limit": limit}
        if allowed is not None:
            given["allowed"] = list(allowed)
        with self.catalogue.reading() as connection:
            connection.exec_driver_sql(f"SET LOCAL hnsw.ef_search = {min(1000, max(SEARCHING, 2 * limit))}")
            connection.exec_driver_sql("SET LOCAL hnsw.iterative_scan = relaxed_order")
            rows = connection.execute(text(query), given).all()
        return sorted_by_likeness(Near(number, 1.0 - float(np.nan_to_num(far, nan=1.0))) for number, far in rows)


def _cast(length: int) -> str:
    return f"(CAST(vector AS halfvec({length})))"


def _mine(space: str, length: int) -> str:
    """The condition of the partial index, written out: a parameter would hide from the planner that it is the same."""
    quoted = space.replace("'", "''").replace(":", "\\:")  # a colon would begin a parameter
    return f"space = '{quoted}' AND vector_dims(vector) = {length}"
