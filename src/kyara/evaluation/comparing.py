"""Two fusions side by side: on the same samples (paired), and each on its own half, as an online A/B test sees them.

The paired test is the exact sign test over samples: on how many has A more right than B, on how many B more than A.
Where a sample has one label, as for a single attribute, that is the exact test of McNemar (1947).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.evaluation.bootstrap import Draws, Score, over_draws, with_interval
from kyara.evaluation.outcomes import Bools, Floats, Outcomes


@dataclass(frozen=True, slots=True)
class Arm:
    """One fusion on its own half: how many labels there are, and the share it had right (None without any)."""

    labelled: int
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A against B: `a` and `b` are accuracies over all samples, `difference` is a - b; `only_a` samples have more right
    with A, `only_b` with B; `p` is the two-sided probability of so uneven a split by chance."""

    labelled: int
    a: float
    b: float
    difference: Score
    only_a: int
    only_b: int
    p: float
    arm_a: Arm
    arm_b: Arm


def in_first_arm(keys: Sequence[str]) -> Bools:
    """Which arm each sample gets, by the SHA-256 of its key: the same on every machine, whoever else is there."""
    return np.array([hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[0] < 128 for key in keys], np.bool_)


def compared(a: Outcomes, b: Outcomes, first_arm: Bools, drawn: Draws) -> Comparison:
    """`a` against `b`, outcomes of the same labels; `first_arm` (samples,) says which samples A gets alone."""
    from scipy.stats import binomtest  # half a second

    samples = len(first_arm)
    right_a, right_b = (np.bincount(o.unit, o.correct, samples) for o in (a, b))
    labelled = np.bincount(a.unit, minlength=samples)
    apart = right_a - right_b
    only_a, only_b = int((apart > 0).sum()), int((apart < 0).sum())

    def difference(weights: NDArray[np.float32]) -> dict[str, Floats]:
        return {"difference": (apart @ weights) / np.maximum(labelled @ weights, 1)}

    total = int(labelled.sum())
    return Comparison(
        total,
        float(right_a.sum() / total),
        float(right_b.sum() / total),
        with_interval(float(apart.sum() / total), over_draws(difference, drawn).get("difference")),
        only_a,
        only_b,
        float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
        _arm(right_a[first_arm], labelled[first_arm]),
        _arm(right_b[~first_arm], labelled[~first_arm]),
    )


def _arm(right: NDArray[Any], labelled: NDArray[Any]) -> Arm:
    total = int(labelled.sum())
    return Arm(total, float(right.sum() / total) if total else None)
