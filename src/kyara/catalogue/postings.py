"""Postings: for every attribute, label and twentieth of confidence a roaring bitmap of the sightings that have it.

They hold the effective value: a person's decision with confidence 1, else the machine's. They follow from the other
tables and are rewritten in the transaction that changes those. How a query reads them is not known here.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import orjson
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, bindparam, delete, or_, select, text

from kyara.catalogue import numbers
from kyara.catalogue.flattening import Numbers, buckets
from kyara.catalogue.kinds import among
from kyara.catalogue.schema import (
    ALL,
    CHARACTER,
    DECIDED,
    GONE,
    IDENTITY,
    PERSON,
    REVIEWED,
    SIGHTING,
    UNDECIDED,
    decision,
    place,
    posting,
    sighting,
)
from kyara.catalogue.told import Entries, told

_UPSERT = text(
    "INSERT INTO posting (attribute, label, bucket, bitmap) VALUES (:attribute, :label, :bucket, :bitmap) "
    "ON CONFLICT (attribute, label, bucket) DO UPDATE SET bitmap = excluded.bitmap"
)
Key = tuple[int, int, int]  # attribute, label, bucket


def by_value(sightings: Numbers, entries: Entries) -> dict[Key, BitMap]:
    """What was said, of which sighting each, as one bitmap for each posting."""
    bucket = np.where(entries["decided"], buckets(entries["confidence"]), UNDECIDED)
    codes = entries["label"].astype(np.int64) * (DECIDED + 1) + bucket
    order = np.argsort(codes.astype(np.min_scalar_type(codes.max(initial=0))), kind="stable")  # 16 bits: radix sort
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    first = order[starts]
    keys = zip(*(column[first].tolist() for column in (entries["attribute"], entries["label"], bucket)), strict=True)
    members = np.split(sightings[order].astype(np.uint32), starts[1:])
    posted = {key: BitMap(array("I", some.tobytes())) for key, some in zip(keys, members, strict=False)}
    decided: dict[Key, list[BitMap]] = {}
    for (of, label, at), bitmap in posted.items():
        if at != UNDECIDED:
            decided.setdefault((of, label, DECIDED), []).append(bitmap)
    return posted | {key: BitMap.union(*some) for key, some in decided.items()}


def add(connection: Connection, bitmaps: Mapping[Key, BitMap]) -> None:
    """Add sightings to postings."""
    there = {
        key: BitMap.deserialize(raw)
        for key, raw in _stored(connection, among(connection, posting.c.label, {key[1] for key in bitmaps}))
    }
    _write(connection, {key: there[key] | fresh if key in there else fresh for key, fresh in bitmaps.items()})


def drop(connection: Connection, sightings: BitMap, *where: ColumnElement[bool]) -> None:
    """Take sightings out of all postings, or of those that fulfil `where`."""
    changed = {}
    for key, raw in _stored(connection, *where):
        bitmap = BitMap.deserialize(raw)
        if bitmap.intersect(sightings):
            changed[key] = bitmap - sightings
    _write(connection, changed)


def named(connection: Connection, attribute: str, names: Mapping[str, BitMap]) -> dict[Key, BitMap]:
    """Bitmaps by label of an attribute whose answers are sure, as `add` takes them."""
    at = numbers.attributes(connection, [attribute])[attribute]
    known = numbers.labels(connection, at, names)
    return {(at, known[name], bucket): names[name] for name in names if names[name] for bucket in (PERSON, DECIDED)}


def by_name(sightings: Iterable[int], names: Iterable[str]) -> dict[str, BitMap]:
    """The sightings of each name."""
    found: dict[str, list[int]] = {}
    for number, name in zip(sightings, names, strict=True):
        found.setdefault(name, []).append(number)
    return {name: BitMap(some) for name, some in found.items()}


def refresh(connection: Connection, sightings: BitMap, attribute: str | None = None) -> None:
    """Post `sightings` anew from values and live decisions: in everything, or in one `attribute` ("identity" is one).

    To be called in the transaction that changed a decision.
    """
    if attribute is None:
        drop(connection, sightings)
    else:
        numbered = numbers.attributes(connection, [attribute, SIGHTING])
        reviewed = numbers.labels(connection, numbered[SIGHTING], [REVIEWED])[REVIEWED]
        drop(connection, sightings, or_(posting.c.attribute == numbered[attribute], posting.c.label == reviewed))
    add(connection, effective(connection, sightings, attribute))


def refresh_gone(connection: Connection, samples: Collection[int]) -> None:
    """Post anew whether these samples have a place left."""
    if not samples:
        return
    rows = select(sighting.c.number).where(among(connection, sighting.c.sample, samples))
    sightings = BitMap(connection.execute(rows).scalars())
    fresh = named(connection, SIGHTING, {GONE: gone(connection, sightings)})
    numbered = numbers.attributes(connection, [SIGHTING])[SIGHTING]
    drop(connection, sightings, posting.c.label == numbers.labels(connection, numbered, [GONE])[GONE])
    add(connection, fresh)


def effective(connection: Connection, sightings: BitMap, attribute: str | None = None) -> dict[Key, BitMap]:
    """The postings that `sightings` belong in, of everything or of one attribute and REVIEWED."""
    answers = decisions(connection, sightings)
    sure: dict[str, dict[str, BitMap]] = {SIGHTING: {REVIEWED: BitMap(number for number, _ in answers)}}
    bitmaps: dict[Key, BitMap] = {}
    if attribute != IDENTITY:
        bitmaps = _of_values(connection, sightings, attribute, answers)
        for (number, of), labels_given in answers.items():
            for name in labels_given if of and attribute in (None, of) else ():
                sure.setdefault(of or "", {}).setdefault(name, BitMap()).add(number)
    if attribute in (None, IDENTITY):
        sure[IDENTITY] = _identities(connection, sightings, answers)
    if attribute is None:
        sure[CHARACTER] = _hints(connection, sightings)
        sure[SIGHTING] |= {ALL: sightings, GONE: gone(connection, sightings)}
    for of, names in sure.items():
        for key, bitmap in named(connection, of, names).items():
            bitmaps[key] = bitmaps.get(key, BitMap()) | bitmap
    return bitmaps


def decisions(connection: Connection, sightings: BitMap) -> dict[tuple[int, str | None], Any]:
    """The last live decision on each (sighting, attribute), None being the identity: labels, or a name or None."""
    rows = (
        select(decision.c.sighting, decision.c.attribute, decision.c.answer)
        .where(decision.c.undone_at.is_(None), among(connection, decision.c.sighting, sightings))
        .order_by(decision.c.number)
    )
    return {(number, of): orjson.loads(answer) for number, of, answer in connection.execute(rows)}


def gone(connection: Connection, sightings: BitMap) -> BitMap:
    """Those whose sample has no place left."""
    living = select(place.c.sample).where(place.c.sample == sighting.c.sample, place.c.gone_at.is_(None))
    rows = select(sighting.c.number).where(among(connection, sighting.c.number, sightings), ~living.exists())
    return BitMap(connection.execute(rows).scalars())


def _of_values(
    connection: Connection, sightings: BitMap, attribute: str | None, answers: Mapping[tuple[int, str | None], Any]
) -> dict[Key, BitMap]:
    """The machine's values where no person has spoken."""
    who, said = told(connection, sightings)
    kept = np.ones(len(who), bool)
    if attribute is not None:
        kept = said["attribute"] == numbers.attributes(connection, [attribute])[attribute]
    spoken: dict[str, list[int]] = {}
    for number, of in answers:
        if of is not None:
            spoken.setdefault(of, []).append(number)
    for of, at in numbers.attributes(connection, spoken).items():
        kept &= ~((said["attribute"] == at) & np.isin(who, spoken[of]))
    return by_value(who[kept], said[kept])


def _identities(
    connection: Connection, sightings: BitMap, answers: Mapping[tuple[int, str | None], Any]
) -> dict[str, BitMap]:
    rows = select(sighting.c.number, sighting.c.identity).where(
        sighting.c.identity.is_not(None), among(connection, sighting.c.number, sightings)
    )
    names = {row.number: row.identity for row in connection.execute(rows)}
    names |= {number: name for (number, of), name in answers.items() if of is None}
    told = {number: name for number, name in names.items() if name is not None}
    return by_name(told, told.values())


def _hints(connection: Connection, sightings: BitMap) -> dict[str, BitMap]:
    rows = select(sighting.c.number, sighting.c.hints).where(
        sighting.c.hints.is_not(None), among(connection, sighting.c.number, sightings)
    )
    pairs = [(number, name) for number, names in connection.execute(rows) for name in orjson.loads(names)]
    return by_name([number for number, _ in pairs], [name for _, name in pairs])


def _stored(connection: Connection, *where: ColumnElement[bool]) -> Iterator[tuple[Key, bytes]]:
    for at, label, bucket, raw in connection.execute(select(posting).where(*where)):
        yield (at, label, bucket), raw


def _write(connection: Connection, bitmaps: Mapping[Key, BitMap]) -> None:
    """Put these bitmaps in their places; empty ones go."""
    empty = [key for key, bitmap in bitmaps.items() if not bitmap]
    rows = []
    for key, bitmap in bitmaps.items():
        bitmap.run_optimize()
        rows.append(dict(zip(("attribute", "label", "bucket", "bitmap"), (*key, bitmap.serialize()), strict=True)))
    if rows:
        connection.execute(_UPSERT, rows)
    if empty:
        keys = ("attribute", "label", "bucket")
        ours = [posting.c[name] == bindparam(f"of_{name}") for name in keys]
        named_keys = [{f"of_{name}": number for name, number in zip(keys, key, strict=True)} for key in empty]
        connection.execute(delete(posting).where(*ours), named_keys)
