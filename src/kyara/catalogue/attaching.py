"""Which sighting a person's decision stands for after a run has brought other sightings of the same picture.

A decision holds by content, head box and position: the sighting whose head overlaps most, else the one at its position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, bindparam, select, update

from kyara.catalogue.contents import numbered
from kyara.catalogue.flattening import EDGES
from kyara.catalogue.kinds import among
from kyara.catalogue.schema import decision, sample, sighting

SAME_HEAD = 0.5  # intersection over union, the field's usual bar for the same object

Box = tuple[float, float, float, float]


def attach(connection: Connection, contents: Collection[str]) -> BitMap:
    """Point the decisions on these samples at their sightings of now; gives the sightings that decisions stand for."""
    if connection.execute(select(decision.c.number).limit(1)).first() is None:
        return BitMap()
    decided = connection.execute(select(decision).where(among(connection, decision.c.content, contents))).all()
    if not decided:
        return BitMap()
    there: defaultdict[str, list[Any]] = defaultdict(list)
    samples = numbered(connection, {one.content for one in decided}).values()
    rows = select(sample.c.content, sighting).join(sighting, sighting.c.sample == sample.c.number)
    for row in connection.execute(rows.where(among(connection, sample.c.number, samples))):
        there[row.content].append(row)
    found = [{"of": one.number, "now": _meant(one, there[one.content])} for one in decided]
    connection.execute(
        update(decision).where(decision.c.number == bindparam("of")).values(sighting=bindparam("now")), found
    )
    return BitMap(one["now"] for one in found if one["now"] is not None)


def _meant(one: Any, sightings: Sequence[Any]) -> int | None:
    head = _head(one)
    if head is not None:
        overlaps = [(_overlap(head, box), row.number) for row in sightings if (box := _head(row)) is not None]
        best = max(overlaps, default=(0.0, 0))
        if best[0] >= SAME_HEAD:
            return int(best[1])
    return next((int(row.number) for row in sightings if row.position == one.position), None)


def _head(row: Any) -> Box | None:
    box = tuple(getattr(row, f"head_{edge}") for edge in EDGES)
    return None if None in box else (box[0], box[1], box[2], box[3])


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / total if total > 0 else 0.0
