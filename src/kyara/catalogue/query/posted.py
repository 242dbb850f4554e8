"""Reads postings: whom some labels were posted for, at all or with a confidence.

Whole buckets of confidence come from bitmaps; only those between two twentieths where a bound lies are looked up.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, select

from kyara.catalogue.kinds import among
from kyara.catalogue.query.facts import COMPARED
from kyara.catalogue.query.tree import Confidence
from kyara.catalogue.schema import DECIDED, PERSON, SIGHTING, TWENTIETHS, attribute, label, posting
from kyara.catalogue.told import told

Labels = Collection[int] | None  # None: all there are


def read(
    connection: Connection, attributes: Collection[int], labels: Labels, buckets: Collection[int]
) -> Iterator[tuple[int, BitMap]]:
    """Label and sightings of each posting, in no order."""
    rows = select(posting.c.label, posting.c.bitmap).where(
        posting.c.attribute.in_(attributes), posting.c.bucket.in_(buckets)
    )
    if labels is not None:
        rows = rows.where(among(connection, posting.c.label, labels))
    for of, raw in connection.execute(rows).all():  # one by one costs SQLAlchemy a third more
        yield of, BitMap.deserialize(raw)


def united(connection: Connection, attributes: Collection[int], labels: Labels, buckets: Collection[int]) -> BitMap:
    """Everybody in any of the postings."""
    return union(bitmap for _, bitmap in read(connection, attributes, labels, buckets))


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """Everybody in any of them, nobody where there are none."""
    return BitMap.union(BitMap(), *bitmaps)


def status(connection: Connection, name: str) -> BitMap:
    """All sightings, those that are gone, or those that somebody reviewed: ALL, GONE or REVIEWED of the schema."""
    rows = select(posting.c.bitmap).join(label, label.c.number == posting.c.label)
    rows = rows.join(attribute, attribute.c.number == posting.c.attribute)
    rows = rows.where(attribute.c.name == SIGHTING, label.c.name == name, posting.c.bucket == DECIDED)
    return union(BitMap.deserialize(raw) for raw in connection.execute(rows).scalars())


def surer(
    connection: Connection, attributes: Collection[int], labels: Labels, sure: Confidence, within: BitMap
) -> BitMap:
    """Those of `within` for whom any of the labels was decided with such a confidence."""
    below = bisect_right(TWENTIETHS, sure.number) - 1
    edge = 2 * below + (sure.number > TWENTIETHS[below])
    holds = COMPARED[sure.compare]
    between = edge % 2 == 1
    whole = [bucket for bucket in range(PERSON + 1) if holds(bucket, edge) and not (between and bucket == edge)]
    passing = within & united(connection, attributes, labels, whole)
    if not between:
        return passing
    unclear = (within & united(connection, attributes, labels, (edge,))) - passing
    if not unclear:
        return passing
    whose, said = told(connection, unclear)
    holding = said["decided"] & holds(said["confidence"], sure.number) & np.isin(said["attribute"], list(attributes))
    if labels is not None:
        holding &= np.isin(said["label"], list(labels))
    return passing | BitMap(array("I", whose[holding].astype(np.uint32).tobytes()))
