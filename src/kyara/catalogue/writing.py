"""One batch of a result into the tables, in the transaction it is given.

A sample is its content: rows with the same picture become one sample in several places, described as its first row
in the newest run says. What it replaces goes, but a person's decisions stay and are attached anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from pyroaring import BitMap
from sqlalchemy import Connection, and_, delete, exists, select

from kyara.catalogue import numbers, postings
from kyara.catalogue.attaching import attach
from kyara.catalogue.bulk import insert
from kyara.catalogue.flattening import Numbers, Sightings, sightings_of, values_of, vectors_of
from kyara.catalogue.kinds import all_stored, among, stored
from kyara.catalogue.packing import ROWS, packed
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
from kyara.catalogue.told import ENTRY, Entries
from kyara.catalogue.told import packed as packed_entries


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


def write(connection: Connection, origin: Origin, rows: pa.Table) -> Written:
    """Bring the rows of finished parts in."""
    contents = _contents(rows)
    known = _known(connection, contents)
    chosen = _chosen(rows, contents, known, origin)
    described = [contents[i] for i in chosen]
    old = {content: known[content][0] for content in described if content in known}
    taken = forget(connection, old.values())
    fresh = [content for content in described if content not in old]
    given = dict(zip(fresh, numbers.take(connection, "sample", len(fresh)), strict=True)) | old
    mine = rows if len(chosen) == len(rows) else rows.take(np.array(chosen, np.int64))
    written = _describe(connection, origin, mine, [given[content] for content in described], taken)
    samples = given | {content: known[content][0] for content in known}
    moved = _settle(connection, origin, rows, [samples[content] for content in contents])
    postings.refresh_gone(connection, moved - set(given.values()))
    if decided := attach(connection, described):
        postings.refresh(connection, decided)
    return Written(len(rows), len(fresh), len(old), written)


def _contents(rows: pa.Table) -> list[str]:
    """What makes each row's sample: the digest of its picture; a text or a row of tags is one post among equal ones."""
    ids, keys = rows["id"].to_pylist(), rows["key"].to_pylist()
    pictured = rows["width"].is_valid().to_pylist()
    return [
        content if picture else f"{content}:{key}" for content, key, picture in zip(ids, keys, pictured, strict=True)
    ]


def _known(connection: Connection, contents: Sequence[str]) -> dict[str, tuple[int, float]]:
    """The samples that are there already: number, and when their run was made."""
    there = select(sample.c.content, sample.c.number, run.c.made_at).join(run, run.c.number == sample.c.run)
    rows = connection.execute(there.where(among(connection, sample.c.content, contents)))
    return {content: (number, made_at) for content, number, made_at in rows}


def _chosen(
    rows: pa.Table, contents: Sequence[str], known: Mapping[str, tuple[int, float]], origin: Origin
) -> list[int]:
    """The rows that describe a sample: the first of each, unless there is a newer description, or an earlier row's."""
    first = {content: i for i, content in reversed(list(enumerate(contents)))}
    keys = rows["key"].to_pylist()
    chosen = []
    for content, i in first.items():
        told = content in known and (known[content][1] > origin.made_at or keys[i] in origin.copies)
        if not told:
            chosen.append(i)
    return sorted(chosen)


def forget(connection: Connection, samples: Collection[int]) -> dict[tuple[int, int], int]:
    """Delete these samples and all of theirs but places and decisions; gives sighting numbers by (sample, position)."""
    if not samples:
        return {}
    rows = connection.execute(select(sighting.c.number, sighting.c.sample, sighting.c.position).where(
        among(connection, sighting.c.sample, samples)
    ))  # fmt: skip
    taken = {(of, position): number for number, of, position in rows}
    blocks = set(
        connection.execute(select(sample.c.block).where(among(connection, sample.c.number, samples))).scalars()
    )
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
    connection: Connection, origin: Origin, rows: pa.Table, samples: Sequence[int], taken: Mapping[tuple[int, int], int]
) -> int:
    """Write samples, their sightings and all that was said of them; gives how many sightings."""
    sightings = sightings_of(rows)
    owners = np.array(samples, np.int64)[sightings.row]
    own = list(zip(owners.tolist(), sightings.position.tolist(), strict=True))
    missing = [key for key in own if key not in taken]
    given = dict(zip(missing, numbers.take(connection, "sighting", len(missing)), strict=True)) | dict(taken)
    numbered = np.array([given[key] for key in own], np.int64)
    _write_samples(connection, origin, rows, samples)
    whose, entries = _entries(connection, sightings)
    insert(
        connection, sighting, number=numbered.tolist(), sample=owners.tolist(),
        position=sightings.position.tolist(), **sightings.columns(),
        told=packed_entries(entries, np.bincount(whose, minlength=len(sightings))),
    )  # fmt: skip
    _write_vectors(connection, sightings, numbered)
    bitmaps = postings.by_value(numbered[whose], entries)
    named = {IDENTITY: sightings.named(), CHARACTER: sightings.hinted()}
    for attribute, (who, names) in named.items():
        bitmaps |= postings.named(connection, attribute, postings.by_name(numbered[who].tolist(), names))
    bitmaps |= postings.named(connection, SIGHTING, {ALL: BitMap(numbered.astype(np.uint32))})
    postings.add(connection, bitmaps)
    return len(sightings)


def _write_samples(connection: Connection, origin: Origin, rows: pa.Table, samples: Sequence[int]) -> None:
    blocks = list(packed(rows))
    there = numbers.take(connection, "evidence", len(blocks))
    insert(connection, evidence, number=there, packed=blocks)
    moments, skips = rows["moment"].to_pylist(), rows["skip"].to_pylist()
    insert(
        connection, sample, number=samples, content=all_stored(_contents(rows)),
        width=rows["width"].to_pylist(), height=rows["height"].to_pylist(),
        tags=all_stored(rows["tags"].to_pylist()), text=all_stored(rows["text"].to_pylist()),
        film=[moment and stored(moment["film"]) for moment in moments],
        shot=[moment and moment["shot"] for moment in moments],
        seconds=[moment and moment["seconds"] for moment in moments],
        skip_reason=[skip and skip["reason"] for skip in skips],
        run=[origin.run] * len(samples),
        block=[there[i // ROWS] for i in range(len(samples))], slot=[i % ROWS for i in range(len(samples))],
    )  # fmt: skip


def _write_vectors(connection: Connection, sightings: Sightings, numbered: Numbers) -> None:
    vectors = list(vectors_of(sightings))
    if not vectors:
        return
    owners, spaces, halves = zip(*vectors, strict=True)
    insert(connection, embedding, space=spaces, sighting=numbered[list(owners)].tolist(), vector=halves)
    numbers.take(connection, "embeddings", 1)


def _entries(connection: Connection, sightings: Sightings) -> tuple[Numbers, Entries]:
    """What was said, in the order in which it is told, and of which sighting each is."""
    values = values_of(sightings)
    attributes = numbers.attributes(connection, [attribute for attribute, _ in values.pairs])
    labels = {
        attribute: numbers.labels(connection, number, [label for of, label in values.pairs if of == attribute])
        for attribute, number in attributes.items()
    }
    pairs = [(attributes[attribute], labels[attribute][label]) for attribute, label in values.pairs]
    numbered = np.array(pairs, np.int64).reshape(-1, 2)[values.pair]
    order = np.lexsort((numbered[:, 1], numbered[:, 0], values.sighting))
    entries = np.empty(len(order), ENTRY)
    entries["attribute"], entries["label"] = numbered[order].T
    entries["confidence"], entries["decided"] = values.confidence[order], values.decided[order]
    return values.sighting[order], entries


def _settle(connection: Connection, origin: Origin, rows: pa.Table, samples: Sequence[int]) -> set[int]:
    """Say where the samples lie; gives all whose places changed. One whose last place holds another is forgotten."""
    keys, uris = rows["key"].to_pylist(), rows["uri"].to_pylist()
    roots = [root(origin.source, key, uri) for key, uri in zip(keys, uris, strict=True)]
    known = numbers.sources(connection, set(roots))
    at: dict[str, list[str]] = {}
    for name, key in zip(roots, keys, strict=True):
        at.setdefault(name, []).append(key)
    left: set[int] = set()
    for name, some in at.items():
        there = and_(place.c.source == known[name], among(connection, place.c.key, some))
        left |= set(connection.execute(delete(place).where(there).returning(place.c.sample)).scalars())
    insert(
        connection, place, source=[known[name] for name in roots], key=all_stored(keys), sample=samples,
        uri=all_stored(uris),
    )  # fmt: skip
    left -= set(samples)
    held = set(connection.execute(select(place.c.sample).where(among(connection, place.c.sample, left))).scalars())
    forget(connection, left - held)
    return held | set(samples)


def root(source: str, key: str, uri: str) -> str:
    """The address of the folder or table that `key` is counted from; `source` where the address does not tell."""
    if key and uri.endswith(key):
        return uri[: -len(key)] or source
    end = quote(key)
    if key and uri.endswith(end):
        return uri[: -len(end)] or source
    return uri.rpartition("#")[0] or source
