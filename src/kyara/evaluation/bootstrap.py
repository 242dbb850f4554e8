"""Intervals by the bootstrap: samples are drawn again with replacement, all that is known of a sample together.

Everybody who is compared is judged on the same draws, so differences have intervals too. Percentile method (Efron
1979); what is drawn depends on the seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyara.evaluation.outcomes import Floats

LEVEL = 0.95
_AT_ONCE = 32  # draws: what is summed of them stays in a core's cache

Draws = NDArray[np.uint8]  # (samples, draws): how often each sample was drawn


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its 95 % interval; None where there is nothing to score, or no bootstrap."""

    value: float | None
    low: float | None = None
    high: float | None = None


def draws(samples: int, count: int, seed: int) -> Draws:
    """`count` resamples of so many samples, as counts."""
    random = np.random.default_rng(seed)
    drawn = np.empty((samples, count), np.uint8)
    for i in range(count):
        drawn[:, i] = np.bincount(random.integers(0, samples, samples), minlength=samples)  # 9 is one in a million
    return drawn


def over_draws(scored: Callable[[NDArray[np.float32]], dict[str, Floats]], drawn: Draws) -> dict[str, Floats]:
    """What `scored` makes of all draws, (draws,) for each name; some at a time, so that memory stays small."""
    pieces = [
        scored(drawn[:, start : start + _AT_ONCE].astype(np.float32)) for start in range(0, drawn.shape[1], _AT_ONCE)
    ]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]} if pieces else {}


def with_interval(value: float, draws_of_it: Floats | None) -> Score:
    """The score with the interval that its draws span; draws in which there was nothing to score are left out."""
    if np.isnan(value):
        return Score(None)
    known = draws_of_it[~np.isnan(draws_of_it)] if draws_of_it is not None else np.zeros(0)
    if not len(known):
        return Score(float(value))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Score(float(value), float(low), float(high))
