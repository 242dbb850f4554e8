"""From outcomes to scores, each for many weightings of the samples at once: all weights 1 is the score itself, the
counts of a resample are one draw of the bootstrap. So every score has one definition (docs/evaluation.md).

Weights have the shape (samples, draws), scores (draws,); a score of nothing is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from kyara.evaluation.outcomes import Floats, Outcomes, Places

BINS = 15  # of equal width: Guo et al. 2017
METRICS = ("accuracy", "selective", "macro_f1", "coverage", "ece", "aurc")
REACHABLE = "reachable"  # the largest coverage whose risk stays within a bound
LOWER_IS_BETTER = frozenset({"ece", "aurc"})
_HAIR = 1e-9  # of rounding, in a bound on the risk

Weights = NDArray[np.floating[Any]]
Scored = dict[str, Floats]


def plain_weights(samples: int) -> Weights:
    """Every sample once: the weights of the score itself."""
    return np.ones((samples, 1))


class Scorer:
    """All METRICS of one set of outcomes, and REACHABLE where `max_risk` is given.

    accuracy: decided and right, of all labelled; selective: right, of the decided; coverage: decided, of all labelled;
    macro_f1: the mean F1 of the labels that are true or decided anywhere (an abstention decides none; NaN where
    outcomes have no columns of labels); ece, aurc and reachable: see `reliability` and `curve`.
    """

    def __init__(self, outcomes: Outcomes, samples: int, max_risk: float | None = None) -> None:
        o = outcomes
        self.max_risk = max_risk
        counted = np.column_stack([np.ones(len(o)), o.decided, o.correct, o.answered])
        self._counted = _by_sample(counted, o.unit, samples)
        apart = np.zeros((len(o), BINS))
        apart[np.arange(len(o)), _bins(o)] = np.where(o.answered, o.confidence - o.share, 0.0)
        self._apart = _by_sample(apart, o.unit, samples)
        self._hits = _by_sample(o.said & o.true, o.unit, samples)
        self._named = _by_sample(o.said.astype(int) + o.true, o.unit, samples)  # 2 TP + FP + FN
        group, self._answered = _groups(o)
        shape = int(group.max(initial=-1)) + 1, samples
        self._mass = csr_array((np.ones(len(o), np.float32), (group, o.unit)), shape=shape)
        self._wrong = csr_array(((1.0 - o.share).astype(np.float32), (group, o.unit)), shape=shape)

    def __call__(self, weights: Weights) -> Scored:
        """The scores under each of the weightings (samples, draws)."""
        labelled, decided, correct, answered = self._counted @ weights
        found = {
            "accuracy": _ratio(correct, labelled),
            "selective": _ratio(correct, decided),
            "macro_f1": self._macro_f1(weights),
            "coverage": _ratio(decided, labelled),
            "ece": _ratio(np.abs(self._apart @ weights).sum(0), answered),
        }
        risk, mass = self.risks(weights)
        found["aurc"] = _ratio((risk * mass).sum(0), labelled)
        if self.max_risk is not None:
            reached = np.cumsum(mass[: self._answered], 0)
            reached[risk[: self._answered] > self.max_risk + _HAIR] = 0.0
            found[REACHABLE] = _ratio(reached.max(0, initial=0.0), labelled)
        return found

    def _macro_f1(self, weights: Weights) -> Floats:
        hits, named = self._hits @ weights, self._named @ weights
        return _ratio(_ratio(2 * hits, named, 0.0).sum(0), (named > 0).sum(0))

    def risks(self, weights: Weights) -> tuple[NDArray[Any], NDArray[Any]]:
        """For each distinct confidence, from the surest on: the risk of giving every answer that is as sure, and how
        many have just this confidence. What has no answer is the last group, and wrong. Both are (groups, draws)."""
        mass = self._mass @ weights
        wrong, answers = np.cumsum(self._wrong @ weights, 0), np.cumsum(mass, 0)
        return np.divide(wrong, answers, out=np.zeros_like(wrong), where=answers > 0), mass


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A reliability diagram: for each of BINS bins of confidence how many answers, their mean confidence and how much
    of them is true (NaN where there are none). ECE is their mean distance, each bin weighing by its answers."""

    count: Places
    confidence: Floats
    share: Floats


def reliability(outcomes: Outcomes) -> Reliability:
    """Of all answers, decided or not: each claims a probability."""
    o, bins = outcomes, _bins(outcomes)[outcomes.answered]
    count = np.bincount(bins, minlength=BINS)
    sums = [np.bincount(bins, x[o.answered], BINS) for x in (o.confidence, o.share)]
    return Reliability(count, *(_ratio(x, count) for x in sums))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Risk and coverage where only answers with at least `confidence` are given, from the surest on. `coverage` is of
    all labelled; what has no answer is never covered."""

    confidence: Floats
    coverage: Floats
    risk: Floats

    def thinned(self, most: int = 200) -> Curve:
        """At most so many points, evenly spread, the first and the last among them."""
        places = np.unique(np.linspace(0, len(self.risk) - 1, min(most, len(self.risk))).round().astype(int))
        return Curve(self.confidence[places], self.coverage[places], self.risk[places])

    def reach(self, max_risk: float) -> float | None:
        """The least confidence at which the risk stays within `max_risk`, None where it never does."""
        within = np.flatnonzero(self.risk <= max_risk + _HAIR)
        return float(self.confidence[within[-1]]) if len(within) else None


def curve(outcomes: Outcomes) -> Curve:
    """The risk–coverage curve: a point a distinct confidence (Geifman and El-Yaniv 2017). Its risk is the part of the
    answered labels that is not true. AURC is the mean risk over all labelled, whoever has no answer coming last."""
    samples = int(outcomes.unit.max(initial=-1)) + 1
    risk, mass = Scorer(outcomes, samples).risks(plain_weights(samples))
    confidence = -np.unique(-outcomes.confidence[outcomes.answered])
    coverage = np.cumsum(mass[:, 0]) / max(1, len(outcomes))
    return Curve(confidence, coverage[: len(confidence)], risk[: len(confidence), 0])


def _groups(o: Outcomes) -> tuple[Places, int]:
    """The group of each entry, 0 the surest answers, and how many groups have an answer: the last may have none."""
    ranks, group = np.unique(np.where(o.answered, -o.confidence, 1.0), return_inverse=True)
    return group.astype(np.int64), int((ranks <= 0).sum())


def _bins(o: Outcomes) -> Places:
    """The bin of each confidence: (0, 1/15], (1/15, 2/15] …, zero with the first."""
    return np.clip(np.ceil(o.confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def _by_sample(columns: NDArray[Any], unit: Places, samples: int) -> Any:
    """The columns (n, k) summed over the entries of each sample: sparse, (k, samples)."""
    row, column = columns.nonzero()
    told = columns[row, column].astype(np.float32)
    return csr_array((told, (column, unit[row])), shape=(columns.shape[1], samples))


def _ratio(above: NDArray[Any], below: NDArray[Any], nothing: float = np.nan) -> Floats:
    out = np.full(np.broadcast_shapes(above.shape, below.shape), nothing)
    return np.asarray(np.divide(above, below, out=out, where=below > 0, dtype=np.float64))
