"""Which answers a person should look at first: the doubtful, the disputed, those that stand for many, no two alike.

Pure: evidence and values in, an order out. Where the answers come from, and what becomes of a decision, is not known
here. What each part is worth is measured in benchmarks/active_learning.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, log

import numpy as np
from numpy.typing import NDArray

from kyara.records import Evidence, Value

Vectors = NDArray[np.float32]

# Of alike answers the next teaches less than the first: what stands for a thousand is worth 5.6 of one, not a thousand.
SHARED = 0.25
LIKE = 0.8  # what an answer loses where its very likeness was picked: a decision there does not correct it here


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks for asking a person about one answer.

    `uncertain`: the chance that it is wrong. `disagree` 0..1: how far those who spoke of it are apart. `pattern`: who
    said what; a decision on one of a pattern teaches about all of them.
    """

    attribute: str
    uncertain: float
    disagree: float
    pattern: Hashable


@dataclass(frozen=True, slots=True)
class Pick:
    """One of the doubts by its place, what asking about it is worth, and how many answers share its pattern."""

    place: int
    gain: float
    common: float


def doubt_of(value: Value, evidence: Sequence[Evidence], one_of: bool) -> Doubt:
    """The doubt about `value`, which rests on those of `evidence` that are of its attribute."""
    mine = sorted((e for e in evidence if e.attribute == value.attribute and e.scores), key=lambda e: e.extractor)
    said = tuple((e.extractor, _first(e, one_of)) for e in mine) or (("", value.labels),)
    return Doubt(value.attribute, 1.0 - value.confidence, disagreement(mine, one_of), (value.attribute, said))


def disagreement(evidence: Sequence[Evidence], one_of: bool) -> float:
    """How far several extractors are apart on one attribute, 0 where one speaks alone, 1 where each is sure of its own.

    The Jensen-Shannon divergence of their distributions over the largest it can be (Lin 1991; a committee's as in
    McCallum and Nigam 1998): an unsure extractor that leans elsewhere counts little. Of a many-of attribute, the
    label that is disputed most.
    """
    said = [dict(e.scores) for e in evidence]
    labels = sorted(set().union(*said))
    if one_of:
        rows = [[scores.get(label, 0.0) for label in labels] for scores in said]
        return _apart([(*row, max(0.0, 1.0 - fsum(row))) for row in rows])
    asked = [[scores[label] for scores in said if label in scores] for label in labels]
    return max((_apart([(p, 1.0 - p) for p in some]) for some in asked), default=0.0)


def picked(
    doubts: Sequence[Doubt],
    limit: int,
    stands_for: NDArray[np.float64] | None = None,
    vectors: Vectors | None = None,
    answered: Mapping[str, Vectors] | None = None,
) -> list[Pick]:
    """`limit` of `doubts` in the order in which to ask a person.

    The gain of one is uncertainty × (1 + disagreement) × how common its pattern is, the latter damped (information
    density: Settles and Craven 2008). Greedily the best is picked; what shares its pattern is worth less each time, and
    what looks like it less the more so (weighted k-center: Sener and Savarese 2018). `stands_for` (n,) says of how many
    answers each was drawn, `vectors` (n, d) what each looks like, zeros where that is not known, `answered` by
    attribute (m, d) what those looked like that a person answered before.
    """
    if not doubts:
        return []
    pattern = _numbered([doubt.pattern for doubt in doubts])
    attribute = np.array([doubt.attribute for doubt in doubts])
    common = np.bincount(pattern, stands_for)[pattern]
    own = np.array([doubt.uncertain * (1.0 + doubt.disagree) for doubt in doubts]) * common**SHARED
    left, times = np.ones(len(doubts), bool), np.ones(len(doubts))
    looks = _Looks(vectors if vectors is not None else np.zeros((len(doubts), 0), np.float32))
    for name, before in (answered or {}).items():
        looks.see(attribute == name, before)
    picks: list[Pick] = []
    for _ in range(min(limit, len(doubts))):
        gain = np.where(left, own * looks.unlike / times, -1.0)
        place = int(gain.argmax())
        picks.append(Pick(place, float(gain[place]), float(common[place])))
        left[place] = False
        times += pattern == pattern[place]
        looks.see(attribute == attribute[place], looks.units[place : place + 1])
    return picks


class _Looks:
    """What every answer looks like, and how `unlike` it is to those of its attribute that were seen: 1 … 1 - LIKE."""

    def __init__(self, vectors: Vectors) -> None:
        self.units = _units(vectors)
        self.unlike = np.ones(len(vectors))
        count = int(self.units.any(axis=1).sum())
        whole = float((self.units.sum(axis=0) ** 2).sum())  # the cosines of all with all
        mean = (whole - count) / max(1, count * (count - 1))
        self._usual = min(0.99, max(0.0, mean))  # what is near differs from space to space

    def see(self, which: NDArray[np.bool_], vectors: Vectors) -> None:
        """Those of `which` have met these."""
        if vectors.size:
            nearest = (self.units[which] @ _units(vectors).T).max(axis=1)
            near = np.clip((nearest - self._usual) / (1.0 - self._usual), 0.0, 1.0) ** 2
            self.unlike[which] = np.minimum(self.unlike[which], 1.0 - LIKE * near)


def _first(evidence: Evidence, one_of: bool) -> tuple[str, ...]:
    """What it answers: its first label, or of a many-of attribute all that it finds likely."""
    if one_of:
        return (evidence.scores[0][0],)
    return tuple(sorted(label for label, p in evidence.scores if p > 0.5))


def _apart(rows: Sequence[Sequence[float]]) -> float:
    if len(rows) < 2:
        return 0.0
    mean = [fsum(column) / len(rows) for column in zip(*rows, strict=True)]
    return max(0.0, _entropy(mean) - fsum(map(_entropy, rows)) / len(rows)) / log(len(rows))


def _entropy(chances: Sequence[float]) -> float:
    return -fsum(p * log(p) for p in chances if p > 0.0)


def _numbered(names: Sequence[Hashable]) -> NDArray[np.int64]:
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], np.int64)


def _units(vectors: Vectors) -> Vectors:
    """Vectors of length 1; zeros stay."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12), np.float32)
