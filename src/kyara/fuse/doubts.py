"""Which answers a person should look at first: the doubtful, the disputed, those that stand for many, no two alike.

Pure: evidence and values in, an order out. Where the answers come from, and what becomes of a decision, is not known
here. What each part is worth is measured in benchmarks/active_learning.py.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import fsum, log

import numpy as np
from numpy.typing import NDArray

from kyara.records import Evidence, Value

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
    vectors: NDArray[np.float32] | None = None,
) -> list[Pick]:
    """`limit` of `doubts` in the order in which to ask a person.

    The gain of one is uncertainty × (1 + disagreement) × how common its pattern is, the latter damped (information
    density: Settles and Craven 2008). Greedily the best is picked; what shares its pattern is worth less each time, and
    what looks like it less the more so (weighted k-center: Sener and Savarese 2018). `stands_for` (n,) says of how many
    answers each was drawn, `vectors` (n, d) what each looks like, zeros where that is not known.
    """
    if not doubts:
        return []
    pattern = _numbered([doubt.pattern for doubt in doubts])
    attribute = _numbered([doubt.attribute for doubt in doubts])
    common = np.bincount(pattern, stands_for)[pattern]
    own = np.array([doubt.uncertain * (1.0 + doubt.disagree) for doubt in doubts]) * common**SHARED
    units, usual = _units(vectors) if vectors is not None else (None, 0.0)
    left, unlike, times = np.ones(len(doubts), bool), np.ones(len(doubts)), np.ones(len(doubts))
    picks: list[Pick] = []
    for _ in range(min(limit, len(doubts))):
        gain = np.where(left, own * unlike / times, -1.0)
        place = int(gain.argmax())
        picks.append(Pick(place, float(gain[place]), float(common[place])))
        left[place] = False
        times += pattern == pattern[place]
        if units is not None:
            near = np.clip((units @ units[place] - usual) / (1.0 - usual), 0.0, 1.0) ** 2
            unlike = np.where(attribute == attribute[place], np.minimum(unlike, 1.0 - LIKE * near), unlike)
    return picks


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


def _units(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Vectors of length 1, and the cosine of any two of them on average: spaces differ in what is near."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.maximum(lengths, 1e-12)
    count = int((lengths > 0).sum())
    whole = float((units.sum(axis=0) ** 2).sum())
    return units, min(0.99, max(0.0, (whole - count) / max(1, count * (count - 1))))
