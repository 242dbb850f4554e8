"""What is in the catalogue, in numbers: counts, what is known of each attribute and how surely, skips, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection, func, select

from kyara.catalogue.opening import Catalogue
from kyara.catalogue.schema import (
    ALL,
    DECIDED,
    GONE,
    PERSON,
    REVIEWED,
    SIGHTING,
    UNDECIDED,
    attribute,
    embedding,
    label,
    place,
    posting,
    run,
    sample,
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one attribute: sightings decided and not, mean confidence of what is decided (to a twentieth), labels."""

    name: str
    decided: int
    undecided: int
    confidence: float
    labels: Mapping[str, int]  # decided, most frequent first


@dataclass(frozen=True, slots=True)
class Run:
    """One run: folder, source, when, and what its ledger says of it."""

    folder: str
    source: str
    made_at: float
    samples: int
    per_second: float | None  # None: the ledger does not say
    cache: Mapping[str, tuple[int, int]]  # extractor → (answers from the cache, looks)


@dataclass(frozen=True, slots=True)
class Statistics:
    """All counts; those of sightings are of effective values."""

    samples: int
    places: int
    gone_places: int
    skips: Mapping[str, int]
    sightings: int
    gone: int
    reviewed: int
    embeddings: Mapping[str, int]
    coverage: tuple[Coverage, ...]
    runs: tuple[Run, ...]


def statistics(catalogue: Catalogue) -> Statistics:
    """The statistics of a catalogue, without a pass over its big tables. Raises CatalogueError."""
    with catalogue.reading() as connection:
        by_attribute = _bitmaps(connection)
        own = {name: len(bitmaps[DECIDED]) for name, bitmaps in by_attribute.pop(SIGHTING, {}).items()}
        skips = connection.execute(
            select(sample.c.skip_reason, func.count()).where(sample.c.skip_reason.is_not(None)).group_by("skip_reason")
        ).all()
        spaces = connection.execute(select(embedding.c.space, func.count()).group_by("space")).all()
        return Statistics(
            samples=_count(connection, select(func.count()).select_from(sample)),
            places=_count(connection, select(func.count()).select_from(place)),
            gone_places=_count(connection, select(func.count()).where(place.c.gone_at.is_not(None))),
            skips=dict(sorted(((row[0], row[1]) for row in skips), key=lambda pair: -pair[1])),
            sightings=own.get(ALL, 0),
            gone=own.get(GONE, 0),
            reviewed=own.get(REVIEWED, 0),
            embeddings={row[0]: row[1] for row in spaces},
            coverage=tuple(_coverage(name, labels) for name, labels in by_attribute.items()),
            runs=tuple(_run(row) for row in connection.execute(select(run).order_by(run.c.number))),
        )


def _count(connection: Connection, rows: Any) -> int:
    return int(connection.execute(rows).scalar_one())


_OfLabel = dict[int, BitMap]  # by bucket


def _bitmaps(connection: Connection) -> dict[str, dict[str, _OfLabel]]:
    """What every posting holds, by attribute and label."""
    rows = (
        select(attribute.c.name, label.c.name, posting.c.bucket, posting.c.bitmap)
        .join(attribute, attribute.c.number == posting.c.attribute)
        .join(label, label.c.number == posting.c.label)
        .order_by(attribute.c.number, label.c.number)
    )
    found: dict[str, dict[str, _OfLabel]] = {}
    for of, name, bucket, raw in connection.execute(rows):
        found.setdefault(of, {}).setdefault(name, {})[bucket] = BitMap.deserialize(raw)
    return found


def _coverage(name: str, labels: Mapping[str, _OfLabel]) -> Coverage:
    decided = BitMap.union(BitMap(), *(of[DECIDED] for of in labels.values() if DECIDED in of))
    undecided = BitMap.union(BitMap(), *(of[UNDECIDED] for of in labels.values() if UNDECIDED in of)) - decided
    counts = [(at, len(bitmap)) for of in labels.values() for at, bitmap in of.items() if at <= PERSON]
    weight = sum(count for _, count in counts)
    mean = sum(at / PERSON * count for at, count in counts) / weight if weight else 0.0
    most = sorted(((label, len(of[DECIDED])) for label, of in labels.items() if DECIDED in of), key=_commonest)
    return Coverage(name, len(decided), len(undecided), mean, dict(most))


def _commonest(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _run(row: Any) -> Run:
    facts = orjson.loads(row.facts)
    seconds = facts["seconds"]
    rate = facts["samples"] / seconds if seconds else None
    cache = {name: (hits, looks) for name, (hits, looks) in facts["cache"].items()}
    return Run(row.folder, row.source, row.made_at, facts["samples"], rate, cache)
