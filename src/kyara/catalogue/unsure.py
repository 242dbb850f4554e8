"""The machine's answers of which it is not sure: some of all of them, drawn by the postings, then read with evidence.

Every label and step of confidence is one stratum, so that a million sightings cost no more than their bitmaps. What a
person decided has confidence 1 there and is not drawn, nor is what the machine is as sure of. What is worth asking
about is not known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection, select

from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.query import posted
from kyara.catalogue.query.fields import Fields, nearest
from kyara.catalogue.reading import table_of
from kyara.catalogue.schema import ALL, DECIDED, GONE, PERSON, UNDECIDED, decision, posting, sighting
from kyara.errors import CatalogueError
from kyara.records import Sample
from kyara.results.columns import from_table
from kyara.vocabulary import plain_name

Shares = NDArray[np.float64]

AT_ONCE = 256  # samples
GUESSED = 0.6  # how unsure what was not decided is taken to be until it is read


@dataclass(frozen=True, slots=True)
class Unsure:
    """One answer that was drawn: of which attribute of which sighting, and of how many such it was drawn."""

    sighting: int
    attribute: str
    stands_for: float


@dataclass(frozen=True, slots=True)
class _Stratum:
    attribute: str
    members: BitMap
    unsure: float


def drawn(catalogue: Catalogue, within: BitMap | None, wanted: Collection[str], size: int) -> list[Unsure]:
    """About `size` unsure answers of the sightings in `within` (None: of all that are not gone), or all where fewer.

    Of the attributes `wanted`, or of all where none is named; raises CatalogueError for one that nobody knows. The more
    the less sure they are, and by the square root of how many there are: strata of few are drawn whole.
    """
    with catalogue.reading() as connection:
        if within is None:
            within = posted.status(connection, ALL) - posted.status(connection, GONE)
        strata = list(_strata(connection, _numbered(connection, wanted), within))
    sizes = np.array([len(stratum.members) for stratum in strata], np.float64)
    shares = _shares(sizes, np.array([stratum.unsure for stratum in strata]), size)
    ends = np.floor(np.cumsum(sizes * shares) + 1e-6).astype(np.int64)  # fractions are carried on to the next stratum
    counts = np.diff(ends, prepend=0).tolist()
    return [
        Unsure(stratum.members[(2 * i + 1) * len(stratum.members) // (2 * count)], stratum.attribute, 1.0 / share)
        for stratum, count, share in zip(strata, counts, shares.tolist(), strict=True)
        for i in range(count)
    ]


def read(catalogue: Catalogue, numbers: Collection[int]) -> Iterator[tuple[int, Sample]]:
    """Sightings with these numbers, each as its sample with it alone: evidence, values and embeddings are there."""
    ordered = sorted(numbers)
    for start in range(0, len(ordered), AT_ONCE):
        yield from _read(catalogue, ordered[start : start + AT_ONCE])


def answered(catalogue: Catalogue, last: int) -> dict[str, list[int]]:
    """The sightings of the `last` standing decisions on attributes, by attribute."""
    stands = (decision.c.undone_at.is_(None), decision.c.sighting.is_not(None), decision.c.attribute.is_not(None))
    rows = select(decision.c.attribute, decision.c.sighting).where(*stands).order_by(decision.c.number.desc())
    found: dict[str, list[int]] = {}
    with catalogue.reading() as connection:
        for name, number in connection.execute(rows.limit(last)):
            found.setdefault(name, []).append(number)
    return found


def _read(catalogue: Catalogue, numbers: Sequence[int]) -> Iterator[tuple[int, Sample]]:
    with catalogue.reading() as connection:
        rows = select(sighting.c.number, sighting.c.sample).where(among(connection, sighting.c.number, numbers))
        owned = connection.execute(rows.order_by(sighting.c.sample, sighting.c.position)).all()
        table = table_of(connection, sorted({row.sample for row in owned}), BitMap(numbers))
    yield from zip((row.number for row in owned), _single(from_table(table)), strict=True)


def _single(samples: Iterable[Sample]) -> Iterator[Sample]:
    for sample in samples:
        for seen in sample.sightings:
            yield replace(sample, sightings=(seen,))


def _numbered(connection: Connection, wanted: Collection[str]) -> dict[int, str]:
    """The attributes that extractors answer, by number; of `wanted` those that the catalogue has met."""
    fields = Fields(connection)
    described = fields.described()
    for name in wanted:
        if plain_name(name) not in described:
            raise CatalogueError(f"there is no {name!r} to ask about; {nearest(plain_name(name), described)}")
    chosen = {plain_name(name) for name in wanted} or set(described)
    return {number: name for name, number in fields.attributes.items() if name in chosen}


def _strata(connection: Connection, attributes: Mapping[int, str], within: BitMap) -> Iterator[_Stratum]:
    """The unsure answers of `within` by label and step of confidence; an answer of several labels is in the first."""
    unsure = [bucket for bucket in range(DECIDED) if bucket != PERSON]
    rows = select(posting.c.attribute, posting.c.bucket, posting.c.bitmap).where(
        posting.c.attribute.in_(list(attributes)), posting.c.bucket.in_(unsure)
    )
    seen: dict[int, BitMap] = {number: BitMap() for number in attributes}
    for of, bucket, raw in connection.execute(rows.order_by(posting.c.attribute, posting.c.label, posting.c.bucket)):
        members = (BitMap.deserialize(raw) & within) - seen[of]
        if members:
            seen[of] |= members
            yield _Stratum(attributes[of], members, GUESSED if bucket == UNDECIDED else 1.0 - bucket / PERSON)


def _shares(sizes: Shares, unsure: Shares, size: int) -> Shares:
    """Which share of each stratum is drawn, so that it makes `size` in all."""
    if sizes.sum() <= size:
        return np.ones(len(sizes))
    wanted = unsure / np.sqrt(sizes)
    low, high = 0.0, 1.0 / float(wanted.min())
    for _ in range(60):  # halving: the sum grows with the factor
        factor = (low + high) / 2
        low, high = (factor, high) if (sizes * np.minimum(1.0, factor * wanted)).sum() < size else (low, factor)
    return np.asarray(np.minimum(1.0, high * wanted))
