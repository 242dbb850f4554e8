"""Pairs of fingerprints that may be near duplicates, out of millions: hashed into buckets, never all against all.

Every fingerprint is entered once, by its hash, and asked for as it is, mirrored, turned, and through windows that a
crop may have left of it. A bucket holds the hashes that agree in some of the 40 coarsest signs (12 of them for a few
pictures, 21 for a million); there are twelve choices of these (locality-sensitive hashing by bit sampling: Indyk &
Motwani 1998), so that a few changed signs do not matter. What shares a bucket and differs in few of all 64 signs is a
candidate. Pure; fingerprint.py says what a hash is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from kyara.quality.fingerprint import MIRROR, decoded, distances, hashes, pose, window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.quality.fingerprint import Hashes

    Ints = NDArray[np.int64]

TABLES, COARSEST = 12, 40
SLOT_BITS = 22
MOST = 14  # signs of 64 that a candidate may differ in; two unlike pictures differ in 32 ± 4
CROWDED = 63  # entries of one bucket that are looked at: a thousand copies need not all meet, all meet the first
_COUNT_BITS, _COUNT = np.uint64(6), np.uint64(CROWDED)
AT_ONCE = 50_000  # fingerprints
_CUTS = (0.0, 0.05, 0.1)
WINDOWS = ((0.0, 0.0, 1.0), *((y, x, 0.9) for y in _CUTS for x in _CUTS), (0.1, 0.1, 0.8))  # top, left, size


@dataclass(frozen=True, slots=True)
class Question:
    """How a picture is looked for: turned by so many quarters, seen through a window, then in a mirror."""

    quarters: int
    window: int
    mirrored: bool


QUESTIONS = tuple(
    Question(quarters, place, mirrored)
    for quarters in range(4)
    for place in range(len(WINDOWS) if quarters == 0 else 1)
    for mirrored in (False, True)
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of row numbers: `asked`, by the question of that number, may be `found`."""

    asked: Ints
    found: Ints
    question: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.asked)


def candidates(fingerprints: NDArray[np.int8], threads: int = 2) -> Candidates:
    """Every pair of rows of `fingerprints` (n, 256) that shares a bucket, by the question that fits best.

    Memory: 60 bytes a fingerprint for hashes and tables, 200 MB for buckets, and 8 bytes a candidate.
    """
    entered = np.concatenate([hashes(decoded(some)) for _, some in _chunks(fingerprints)] or [np.empty(0, np.uint64)])
    pairs = np.empty(0, np.uint64)
    with ThreadPoolExecutor(threads) as pool:
        tables = list(pool.map(partial(_Table.of, entered), _masks(COARSEST, _sampled(len(fingerprints)))))
        for start, some in _chunks(fingerprints):
            for number, asked in questions(some):
                ask = partial(_near, asked=asked, start=start, question=number, entered=entered)
                pairs = np.concatenate([pairs, *pool.map(ask, tables)])
            pairs = _best(pairs)
    return _unpacked(pairs)


def neighbours(entered: Hashes, most: int = MOST) -> Candidates:
    """Pairs of hashes, whatever made them, that differ in at most `most` of 64 signs; each pair once."""
    pairs = [_near(_Table.of(entered, mask), entered, 0, 0, entered, most) for mask in _masks(64, 16)]
    return _unpacked(_best(np.concatenate(pairs)))


def questions(fingerprints: NDArray[np.int8]) -> Iterator[tuple[int, Hashes]]:
    """(number of the question, the hashes it asks for) of some fingerprints."""
    for number, seen in enumerate(np.ascontiguousarray(hashes(decoded(fingerprints), _poses()).T)):
        yield 2 * number, seen
        yield 2 * number + 1, seen ^ MIRROR


@cache
def _poses() -> NDArray[np.float32]:
    """What all questions but the mirrored see, side by side."""
    seen = []
    for question in QUESTIONS[::2]:
        top, left, size = WINDOWS[question.window]
        seen.append(pose(question.quarters, window(top, size), window(left, size)))
    return np.concatenate(seen, axis=1)


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows by bucket, the first of them first: span b holds where those of bucket b begin in `rows`, and how many they
    are in its lowest COUNT_BITS. One look into memory a question: these looks are what a search costs."""

    mask: np.uint64
    rows: NDArray[np.uint32]
    spans: NDArray[np.uint64]

    @classmethod
    def of(cls, entered: Hashes, mask: np.uint64) -> _Table:
        slots = _slots(entered, mask)
        counts = np.bincount(slots, minlength=1 << SLOT_BITS)
        starts = (np.cumsum(counts) - counts).astype(np.uint64)
        rows = np.argsort(slots.astype(np.uint32), kind="stable").astype(np.uint32)  # half as wide is half the time
        return cls(mask, rows, starts << _COUNT_BITS | np.minimum(counts, CROWDED).astype(np.uint64))


def _slots(some: Hashes, mask: np.uint64) -> Ints:
    """The bucket of each hash: its masked signs spread by Fibonacci hashing (Knuth)."""
    return (((some & mask) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - SLOT_BITS)).view(np.int64)


def _near(
    table: _Table, asked: Hashes, start: int, question: int, entered: Hashes, most: int = MOST
) -> NDArray[np.uint64]:
    """Packed pairs of (row that asks, from `start`; row found) of one table and one question."""
    spans = table.spans.take(_slots(asked, table.mask))
    hit = np.flatnonzero(spans & _COUNT)
    spans = spans[hit]
    counts = (spans & _COUNT).astype(np.int64)
    who = np.repeat(hit, counts)
    places = np.repeat((spans >> _COUNT_BITS).astype(np.int64) - np.cumsum(counts) + counts, counts)
    found = table.rows.take(places + np.arange(len(who)))
    apart = distances(asked.take(who), entered.take(found))
    near = np.flatnonzero((apart <= most) & ((found > who + start) if question == 0 else (found != who + start)))
    high = (who[near] + start).astype(np.uint64) << np.uint64(37) | found[near].astype(np.uint64) << np.uint64(10)
    return np.asarray(high | apart[near].astype(np.uint64) << np.uint64(6) | np.uint64(question))


def _best(packed: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each pair once, by the question with the least distance."""
    ordered = np.sort(packed)
    pair = ordered >> np.uint64(10)
    return ordered[np.concatenate([[True], pair[1:] != pair[:-1]])] if len(ordered) else ordered


def _unpacked(packed: NDArray[np.uint64]) -> Candidates:
    asked, found = packed >> np.uint64(37), packed >> np.uint64(10) & np.uint64((1 << 27) - 1)
    return Candidates(asked.astype(np.int64), found.astype(np.int64), (packed & np.uint64(63)).astype(np.uint8))


def _sampled(count: int) -> int:
    """How many signs make a bucket: few find more, but buckets should hold one picture or two, not thousands."""
    return min(max(math.ceil(math.log2(count + 1)) + 1, 12), SLOT_BITS)


def _masks(among: int, sampled: int) -> list[np.uint64]:
    random = np.random.default_rng(7)  # any will do, but always the same
    picks = [random.choice(among, sampled, replace=False).astype(np.uint64) for _ in range(TABLES)]
    return [np.bitwise_or.reduce(np.uint64(1) << pick) for pick in picks]


def _chunks(fingerprints: NDArray[np.int8]) -> Iterator[tuple[int, NDArray[np.int8]]]:
    for start in range(0, len(fingerprints), AT_ONCE):
        yield start, fingerprints[start : start + AT_ONCE]
