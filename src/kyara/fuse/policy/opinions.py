"""Who gives which probabilities to what: the evidence on one attribute of many sightings, as arrays.

As in fuse.pooling a one-of attribute is one question over its labels, a many-of attribute one yes/no question for each
label that is named. Every number here follows from its own sighting, added up in the order of the extractors: what
else is in the batch changes no bit of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

_FLOOR = 1e-4  # as in fuse.pooling: nobody's zero is a veto
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Opinions:
    """M answers to questions: of which sighting (`rows`), by which extractor (`slots`), to which question, all (M,).

    `chances` (M, outcomes); questions are numbered below `asked_of_each`.
    """

    rows: Places
    slots: Places
    questions: Places
    chances: Floats
    asked_of_each: int

    @classmethod
    def of(cls, scores: Floats, named: Bools, one_of: bool) -> Opinions:
        """From the probabilities (sightings, extractors, labels) of the labels that are `named`."""
        if one_of:
            rows, slots = np.nonzero(named.any(-1))
            chances = _completed(scores[rows, slots], named[rows, slots])
            return cls(rows, slots, np.zeros_like(rows), chances, 1)
        rows, slots, questions = np.nonzero(named)
        yes = scores[rows, slots, questions]
        return cls(rows, slots, questions, np.stack([yes, 1.0 - yes], -1), named.shape[-1])

    @property
    def sureness(self) -> Floats:
        """(M, 3): highest probability, its lead on the second, entropy as a share of that of ignorance."""
        ordered = np.sort(self.chances, axis=-1)
        second = ordered[:, -2] if ordered.shape[1] > 1 else 0.0
        ignorance = max(float(np.log(self.chances.shape[1])), _SAME)
        return np.stack([ordered[:, -1], ordered[:, -1] - second, _entropy(self.chances) / ignorance], -1)

    def means_by_extractor(self, sightings: int, extractors: int) -> tuple[Floats, Bools]:
        """`sureness` averaged over the questions each extractor answers (sightings, extractors, 3), and who answers."""
        place, size = self.rows * extractors + self.slots, sightings * extractors
        count = np.bincount(place, minlength=size)
        sums = [np.bincount(place, weights=column, minlength=size) for column in self.sureness.T]
        means = np.stack(sums, -1) / np.maximum(count, 1)[:, None]
        return means.reshape(sightings, extractors, 3), (count > 0).reshape(sightings, extractors)

    def pooled(self, sightings: int, extractors: int) -> tuple[Floats, Floats, Bools]:
        """What the answers come to together, and how each extractor gets on with the others.

        First (sightings, 2): the probability of the first choice, pooled as by `confidence-weighted`, mean over the
        questions answered; and disagreement, 1 - the mass two distributions share, mean over all pairs (0 without one).
        Then (sightings, extractors): the mean mass shared with others, and who has somebody to be compared with.
        """
        question, place = np.unique(self.rows * self.asked_of_each + self.questions, return_inverse=True)
        rows = question // self.asked_of_each
        shared, pairs = self._shared(place, len(question))
        first = _mean(rows, self._pooled(place, len(question)), np.ones(len(rows)), sightings)
        apart = _mean(self.rows, pairs - shared, pairs, sightings)
        one = self.rows * extractors + self.slots
        agreement = _mean(one, shared, pairs, sightings * extractors).reshape(sightings, extractors)
        met = np.bincount(one, pairs, sightings * extractors).reshape(sightings, extractors) > 0
        return np.stack([first, apart], -1), agreement, met

    def _pooled(self, place: Places, count: int) -> Floats:
        """(count,) the highest pooled probability of each question; `place` (M,): to which question an answer is."""
        knowledge = np.maximum(np.log(self.chances.shape[1]) - _entropy(self.chances), 0.0)
        total, most = np.zeros(count), np.full(count, _SAME)
        logs = np.zeros((count, self.chances.shape[1]))
        np.add.at(total, place, knowledge)
        np.maximum.at(most, place, knowledge)
        np.add.at(logs, place, np.log(np.maximum(self.chances, _FLOOR)))
        logs /= np.maximum(total / most, 1.0)[:, None]
        mass = np.exp(logs - logs.max(-1, keepdims=True))
        return np.asarray(1.0 / mass.sum(-1))

    def _shared(self, place: Places, count: int) -> tuple[Floats, Floats]:
        """(M,) the mass each answer shares with the others to its question, added up, and how many these are."""
        shared, pairs = np.zeros(len(self.rows)), np.zeros(len(self.rows))
        answers = []
        for slot in np.unique(self.slots).tolist():
            own = np.flatnonzero(self.slots == slot)
            answers.append(np.full(count, -1))
            answers[-1][place[own]] = own
        for one, other in combinations(answers, 2):
            both = (one >= 0) & (other >= 0)
            mine, yours = one[both], other[both]
            mass = np.minimum(self.chances[mine], self.chances[yours]).sum(-1)
            for side in (mine, yours):
                shared[side] += mass
                pairs[side] += 1
        return shared, pairs


def _completed(scores: Floats, named: Bools) -> Floats:
    """Distributions (M, labels): what the named labels leave is spread over the others, as fuse.pooling does it."""
    scores = np.where(named, scores, 0.0)
    total, unsaid = scores.sum(-1, keepdims=True), (~named).sum(-1, keepdims=True)
    left = np.maximum(1.0 - total, 0.0) / np.where(unsaid > 0, unsaid, named.shape[-1])
    return np.asarray(np.where(named & (unsaid > 0), scores, scores + left) / np.maximum(total, 1.0))


def _entropy(chances: Floats) -> Floats:
    """(M,) in nats."""
    return np.asarray(-(chances * np.log(np.maximum(chances, 1e-300))).sum(-1))


def _mean(place: Places, sums: Floats, counts: Floats, size: int) -> Floats:
    """(size,) `sums` ÷ `counts`, both added up by place; 0 where nothing counts."""
    return np.asarray(np.bincount(place, sums, size) / np.maximum(np.bincount(place, counts, size), 1.0))
