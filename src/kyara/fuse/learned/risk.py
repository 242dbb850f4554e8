"""From which confidence on the answers of a fusion are wrong no more often than allowed.

Learned on rows the fusion was not fitted on; where nothing was learned, a confidence is taken at its word.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from kyara.fuse.learned.dense import Floats

_STEPS = 60
_FEWEST = 20  # answers; the share of errors among fewer says little
_DOUBT = 1.0  # error counts as this many more wrong answers: a bound, not a mean (Laplace's would be 1 of 2)


@dataclass(frozen=True, slots=True)
class Risk:
    """`risks[i]`: the share of errors among answers of at least `confidences[i]`, which fall."""

    confidences: tuple[float, ...] = ()
    risks: tuple[float, ...] = ()

    def bar(self, most: float) -> float:
        """The confidence an answer must reach so that all that reach it hold an error in `most` (0..1) at the most."""
        if not self.confidences:
            return 1.0 - most
        reached = [c for c, risk in zip(self.confidences, self.risks, strict=True) if risk <= most]
        return min(reached, default=inf)


def measured(confidence: Floats, right: NDArray[np.bool_]) -> Risk:
    """The risks of answers (N,) with their confidence, right or not; empty where there are too few."""
    if len(confidence) < _FEWEST:
        return Risk()
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    count = np.arange(1, len(order) + 1)
    steps = np.unique(np.linspace(_FEWEST, len(order), _STEPS).astype(int)) - 1
    risks = (wrong[steps] + _DOUBT) / (count[steps] + _DOUBT)
    return Risk(tuple(round(float(c), 4) for c in confidence[order][steps]), tuple(round(float(r), 4) for r in risks))
