"""One batch of a result into the tables, in the transaction it is given.

A sample is its content: rows with the same picture become one sample in several places, described as its first row
in the newest run says. What it replaces goes, but a person's decisions stay and are attached anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, and_, delete, exists, select

from kyara.catalogue import contents, numbers, postings
from kyara.catalogue.attaching import attach
from kyara.catalogue.bulk import insert
from kyara.catalogue.flattening import Numbers, Values
from kyara.catalogue.kinds import all_stored, among
from kyara.catalogue.packing import ROWS
from kyara.catalogue.preparing import Described, Prepared, described
from kyara.catalogue.schema import (
    ALL,
    CHARACTER,
    IDENTITY,
    SIGHTING,
    embedding,
    evidence,
    place,
    run,
    sample,
    sighting,
)
from kyara.catalogue.told import ENTRY, Entries, packed


@dataclass(frozen=True, slots=True)
class Origin:
    """Which run a batch is of: its number, when it was made, its source's name, the keys of copies of earlier rows."""

    run: int
    made_at: float
    source: str
    copies: Collection[str]


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch did: rows read, samples new, replaced and left as they were, sightings written."""

    rows: int = 0
    new: int = 0
    replaced: int = 0
    sightings: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            self.rows + other.rows,
            self.new + other.new,
            self.replaced + other.replaced,
            self.sightings + other.sightings,
        )


def write(connection: Connection, origin: Origin, batch: Prepared) -> Written:
    """Bring the rows of finished parts in."""
    known = contents.numbered(connection, batch.contents)
    chosen = _chosen(batch, _made_at(connection, known), origin)
    meant = [batch.contents[i] for i in chosen]
    old = {content: known[content] for content in meant if content in known}
    taken = forget(connection, old.values())
    fresh = [content for content in meant if content not in old]
    given = dict(zip(fresh, numbers.take(connection, "sample", len(fresh)), strict=True)) | old
    mine = batch.described
    if len(chosen) < len(batch.rows):
        mine = described(batch.rows.take(np.array(chosen, np.int64)), meant)
    contents.add(connection, given)
    written = _describe(connection, origin, mine, [given[content] for content in meant], taken)
    samples = known | given
    moved = _settle(connection, batch, [samples[content] for content in batch.contents])
    postings.refresh_gone(connection, moved - set(given.values()))
    if decided := attach(connection, meant):
        postings.refresh(connection, decided)
    return Written(len(batch.rows), len(fresh), len(old), written)


def _made_at(connection: Connection, known: Mapping[str, int]) -> dict[str, float]:
    """When the runs were made that these samples are described by."""
    rows = select(sample.c.number, run.c.made_at).join(run, run.c.number == sample.c.run)
    made = connection.execute(rows.where(among(connection, sample.c.number, known.values())))
    at = {row.number: row.made_at for row in made}
    return {content: at[number] for content, number in known.items()}


def _chosen(batch: Prepared, made_at: Mapping[str, float], origin: Origin) -> list[int]:
    """The rows that describe a sample: the first of each, unless there is a newer description, or an earlier row's."""
    count = len(batch.contents)
    first = dict(zip(reversed(batch.contents), range(count - 1, -1, -1), strict=True))
    return sorted(
        i
        for content, i in first.items()
        if content not in made_at or not (made_at[content] > origin.made_at or batch.keys[i] in origin.copies)
    )


def forget(connection: Connection, samples: Collection[int]) -> dict[tuple[int, int], int]:
    """Delete these samples and all of theirs but places and decisions; gives sighting numbers by (sample, position)."""
    if not samples:
        return {}
    own = select(sighting.c.number, sighting.c.sample, sighting.c.position)
    mine = connection.execute(own.where(among(connection, sighting.c.sample, samples)))
    taken = {(of, position): number for number, of, position in mine}
    held = select(sample.c.content, sample.c.number, sample.c.block).where(among(connection, sample.c.number, samples))
    rows = connection.execute(held).all()
    blocks = {row.block for row in rows}
    contents.forget(connection, {row.content: row.number for row in rows})
    for table, column, items in (
        (embedding, embedding.c.sighting, taken.values()),
        (sighting, sighting.c.sample, samples),
        (sample, sample.c.number, samples),
    ):
        gone = connection.execute(delete(table).where(among(connection, column, items)))
        if table is embedding and gone.rowcount:
            numbers.take(connection, "embeddings", 1)
    unused = and_(among(connection, evidence.c.number, blocks), ~exists().where(sample.c.block == evidence.c.number))
    connection.execute(delete(evidence).where(unused))
    postings.drop(connection, BitMap(taken.values()))
    return taken


def _describe(
    connection: Connection,
    origin: Origin,
    mine: Described,
    samples: Sequence[int],
    taken: Mapping[tuple[int, int], int],
) -> int:
    """Write samples, their sightings and all that was said of them; gives how many sightings."""
    sightings = mine.sightings
    owners = np.array(samples, np.int64)[sightings.row]
    numbered = _numbered(connection, owners, sightings.position, taken)
    entries = _entries(connection, mine.values)
    _write_samples(connection, origin, mine, samples)
    insert(
        connection, sighting, number=numbered.tolist(), sample=owners.tolist(),
        position=sightings.position.tolist(), **mine.columns,
        told=packed(entries, np.bincount(mine.values.sighting, minlength=len(sightings))),
    )  # fmt: skip
    _write_vectors(connection, mine.vectors, numbered)
    bitmaps = postings.by_value(numbered[mine.values.sighting], entries)
    named = {IDENTITY: sightings.named(), CHARACTER: sightings.hinted()}
    for attribute, (who, names) in named.items():
        bitmaps |= postings.named(connection, attribute, postings.by_name(numbered[who].tolist(), names))
    bitmaps |= postings.named(connection, SIGHTING, {ALL: BitMap(numbered.astype(np.uint32))})
    postings.add(connection, bitmaps)
    return len(sightings)


def _numbered(
    connection: Connection, owners: Numbers, positions: Numbers, taken: Mapping[tuple[int, int], int]
) -> Numbers:
    """The numbers of sightings: those of `taken` again for the same sample and position, new ones else."""
    own = zip(owners.tolist(), positions.tolist(), strict=True) if taken else ()
    given = np.array([taken.get(key, 0) for key in own] or np.zeros(len(owners)), np.int64)
    missing = np.flatnonzero(given == 0)
    given[missing] = numbers.take(connection, "sighting", len(missing))
    return given


def _write_samples(connection: Connection, origin: Origin, mine: Described, samples: Sequence[int]) -> None:
    there = numbers.take(connection, "evidence", len(mine.blocks))
    insert(connection, evidence, number=there, packed=mine.blocks)
    count = len(samples)
    insert(
        connection, sample, number=samples, **mine.samples, run=[origin.run] * count,
        block=[there[i // ROWS] for i in range(count)], slot=[i % ROWS for i in range(count)],
    )  # fmt: skip


def _write_vectors(connection: Connection, vectors: Sequence[tuple[int, str, bytes]], numbered: Numbers) -> None:
    if not vectors:
        return
    owners, spaces, halves = zip(*vectors, strict=True)
    insert(connection, embedding, space=spaces, sighting=numbered[list(owners)].tolist(), vector=halves)
    numbers.take(connection, "embeddings", 1)


def _entries(connection: Connection, values: Values) -> Entries:
    """What was said, in its order."""
    attributes = numbers.attributes(connection, [attribute for attribute, _ in values.pairs])
    labels = {
        attribute: numbers.labels(connection, number, [label for of, label in values.pairs if of == attribute])
        for attribute, number in attributes.items()
    }
    entries = np.empty(len(values.pair), ENTRY)
    for name, of in (("attribute", [attributes[of] for of, _ in values.pairs]),
                     ("label", [labels[of][label] for of, label in values.pairs])):  # fmt: skip
        entries[name] = np.array(of, np.int64)[values.pair]
    entries["confidence"], entries["decided"] = values.confidence, values.decided
    return entries


def _settle(connection: Connection, batch: Prepared, samples: Sequence[int]) -> set[int]:
    """Say where the samples lie; gives all whose places changed. One whose last place holds another is forgotten."""
    known = numbers.sources(connection, set(batch.roots))
    at: dict[str, list[str]] = {}
    for name, key in zip(batch.roots, batch.keys, strict=True):
        at.setdefault(name, []).append(key)
    left: set[int] = set()
    for name, some in at.items():
        there = and_(place.c.source == known[name], among(connection, place.c.key, some))
        left |= set(connection.execute(delete(place).where(there).returning(place.c.sample)).scalars())
    insert(
        connection, place, source=[known[name] for name in batch.roots], key=all_stored(batch.keys), sample=samples,
        uri=all_stored(batch.uris),
    )  # fmt: skip
    left -= set(samples)
    held = set(connection.execute(select(place.c.sample).where(among(connection, place.c.sample, left))).scalars())
    forget(connection, left - held)
    return held | set(samples)
