"""From pairs to groups: whom of a set of duplicates to keep. The best is kept, and what is like it goes with it.

Nobody goes for being like one that went, so a chain of small changes is not taken for one picture. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kyara.quality.alike import ALIKE, likeness
from kyara.quality.hashing import QUESTIONS, Question, candidates

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures by their numbers, how alike they are (-1..1), and in which pose."""

    one: int
    other: int
    likeness: float
    how: str
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """One picture that is a duplicate of a better one, `kept`."""

    number: int
    kept: int
    likeness: float
    how: str
    mirrored: bool = False

    @property
    def pair(self) -> tuple[int, int]:
        """The two pictures, the first in order first."""
        return min(self.number, self.kept), max(self.number, self.kept)


def near_pairs(
    fingerprints: NDArray[np.int8], owners: NDArray[np.int64], least: float = ALIKE, threads: int = 2
) -> list[Pair]:
    """Pairs of pictures that are near duplicates, each once, by the best of their fingerprints.

    `fingerprints` (n, 256); `owners` (n,): the number of the picture that each belongs to.
    """
    found = candidates(fingerprints, threads)
    alike = likeness(fingerprints, found, threads)
    best: dict[tuple[int, int], Pair] = {}
    for i in np.flatnonzero(alike >= least).tolist():
        one, other = sorted((int(owners[found.asked[i]]), int(owners[found.found[i]])))
        question = QUESTIONS[found.question[i]]
        pair = Pair(one, other, float(alike[i]), said(question), question.mirrored)
        there = best.get((one, other))
        if one != other and (there is None or there.likeness < pair.likeness):
            best[one, other] = pair
    return list(best.values())


def said(question: Question) -> str:
    """A pose in words."""
    words = [f"turned by {90 * question.quarters}°"] if question.quarters else []
    words += ["cropped"] if question.window else []
    words += ["mirrored"] if question.mirrored else []
    return ", ".join(words) or "as it is"


def dropped(pairs: Iterable[Pair], goodness: Sequence[tuple[float, ...]]) -> Iterator[Drop]:
    """Who goes, each with the one it goes for: the best picture (by `goodness`, then the first) keeps its place and
    takes all that are like it and not taken, then the best of the rest."""
    near: dict[int, list[tuple[int, Pair]]] = defaultdict(list)
    for pair in pairs:
        near[pair.one].append((pair.other, pair))
        near[pair.other].append((pair.one, pair))
    taken: set[int] = set()
    for kept in sorted(near, key=lambda number: (*(-value for value in goodness[number]), number)):
        if kept in taken:
            continue
        taken.add(kept)
        for number, pair in sorted(near[kept]):
            if number not in taken:
                taken.add(number)
                yield Drop(number, kept, pair.likeness, pair.how, pair.mirrored)


def confirmed(
    pairs: Sequence[Pair], goodness: Sequence[tuple[float, ...]], same: Callable[[list[Drop]], list[bool]]
) -> list[Drop]:
    """Who goes of those that `same`, which is asked as little as possible, finds to be like the one they go for.

    Who was found to differ stays, or goes for another.
    """
    asked: set[tuple[int, int]] = set()
    while True:
        drops = list(dropped(pairs, goodness))
        fresh = [drop for drop in drops if drop.pair not in asked]
        if not fresh:
            return drops
        asked.update(drop.pair for drop in fresh)
        differing = {drop.pair for drop, alike in zip(fresh, same(fresh), strict=True) if not alike}
        pairs = [pair for pair in pairs if (pair.one, pair.other) not in differing]
