"""Probabilities made honest: a temperature or an isotonic curve, whichever does better on rows it was not fitted on.

Both work on whole distributions over the labels of an attribute. (Guo et al., arXiv:1706.04599; Zadrozny and Elkan, KDD
2002.) What is calibrated, an extractor or the answer of a fusion, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.fuse.learned.dense import Floats

Labels = NDArray[np.int64]

FLOOR = 1e-4  # as in fuse.pooling: nobody's zero is a veto
FEWEST = 50  # labelled rows; from fewer nothing is concluded
_TRIED = np.geomspace(0.2, 5.0, 161)
_MOST_KNOTS = 40


@dataclass(frozen=True, slots=True)
class Calibration:
    """`kind` none, temperature (`x` holds it) or isotonic (a probability of `x` is worth that of `y`)."""

    kind: str = "none"
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()

    def __call__(self, chances: Floats) -> Floats:
        """Distributions (…, L) as this calibration has them."""
        if self.kind == "none":
            return chances
        mass = np.maximum(chances, FLOOR)
        mass = mass ** (1 / self.x[0]) if self.kind == "temperature" else np.interp(mass, self.x, self.y)
        mass = np.maximum(mass, FLOOR)
        return np.asarray(mass / mass.sum(-1, keepdims=True))

    @classmethod
    def parsed(cls, table: dict[str, Any]) -> Calibration:
        """From the JSON of `dataclasses.asdict`. Raises KeyError, TypeError and ValueError."""
        found = cls(str(table["kind"]), tuple(map(float, table["x"])), tuple(map(float, table["y"])))
        sizes = {"none": (0, 0), "temperature": (1, 0)}.get(found.kind, (len(found.x), len(found.x)))
        if (len(found.x), len(found.y)) != sizes or (found.kind == "isotonic" and not found.x):
            raise ValueError(f"no calibration: {table}")
        return found


AS_IT_IS = Calibration()


def fitted(chances: Floats, labels: Labels, halves: NDArray[np.bool_]) -> Calibration:
    """The calibration with the least negative log-likelihood on either half when fitted on the other, fitted on all.

    `chances` (N, L), `labels` (N,), `halves` (N,) which half a row is in. AS_IT_IS where there are too few rows.
    """
    if min(halves.sum(), (~halves).sum()) < FEWEST:
        return AS_IT_IS
    ways = (_none, _temperature, _isotonic)
    losses = [
        sum(loss(way(chances[~out], labels[~out])(chances[out]), labels[out]) * out.sum() for out in (halves, ~halves))
        for way in ways
    ]
    return ways[int(np.argmin(losses))](chances, labels)


def loss(chances: Floats, labels: Labels) -> float:
    """Mean negative log-likelihood in nats."""
    return float(-np.log(np.maximum(chances[np.arange(len(labels)), labels], FLOOR)).mean())


def _none(chances: Floats, labels: Labels) -> Calibration:
    return AS_IT_IS


def _temperature(chances: Floats, labels: Labels) -> Calibration:
    tried = [Calibration("temperature", (float(t),)) for t in _TRIED]
    return min(tried, key=lambda one: loss(one(chances), labels))


def _isotonic(chances: Floats, labels: Labels) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    right = np.zeros(chances.shape)
    right[np.arange(len(labels)), labels] = 1.0
    curve = IsotonicRegression(y_min=0.0, y_max=1.0, increasing=True, out_of_bounds="clip")
    curve.fit(np.maximum(chances, FLOOR).ravel(), right.ravel())
    x, y = curve.X_thresholds_, curve.y_thresholds_
    keep = _spread(len(x))
    return Calibration("isotonic", _rounded(x[keep]), _rounded(y[keep]))


def _spread(count: int) -> Sequence[int]:
    """At most so many of the knots, the first and the last among them: hundreds of steps follow noise."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, _MOST_KNOTS)).tolist()})


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
