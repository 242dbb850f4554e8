"""How alike two pictures are, by their fingerprints in the best alignment: the judge of what hashing proposes.

A crop is laid over the whole it may come from, a little larger, smaller and shifted, until it fits. Pure.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kyara.quality.fingerprint import decoded, directions, mirrored, seen_through, turned, window
from kyara.quality.hashing import QUESTIONS, WINDOWS, Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.quality.fingerprint import Coefficients
    from kyara.quality.hashing import Candidates

ALIKE = 0.75  # from here on two pictures are near duplicates; docs/quality.md shows both kinds around it
HOPELESS = 0.4  # as the question has it; no alignment brings such a pair to ALIKE
AT_ONCE = 4_000
FITTED_AT_ONCE = 128
_SIZES, _SHIFTS = (-0.04, 0.0, 0.04), (-0.025, 0.0, 0.025)


def likeness(fingerprints: NDArray[np.int8], pairs: Candidates, threads: int = 2) -> NDArray[np.float32]:
    """How alike each pair is, -1..1: in the pose of its question, and where that is not enough in the best nearby."""
    found = np.empty(len(pairs), np.float32)

    def judge(some: NDArray[np.int64]) -> None:
        asked, there = (decoded(fingerprints[rows[some]]) for rows in (pairs.asked, pairs.found))
        found[some] = _likeness(asked, directions(there), QUESTIONS[pairs.question[some[0]]])

    alike = [np.flatnonzero(pairs.question == number) for number in np.unique(pairs.question)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(judge, [one[at : at + AT_ONCE] for one in alike for at in range(0, len(one), AT_ONCE)]))
    return found


def _likeness(asked: Coefficients, there: NDArray[np.float32], question: Question) -> NDArray[np.float32]:
    shown = turned(asked, question.quarters)
    top, left, size = WINDOWS[question.window]
    plain = _dot(seen_through(shown, window(top, size), window(left, size)), there, question)
    unsure = np.flatnonzero((plain > HOPELESS) & (plain < ALIKE))
    for start in range(0, len(unsure), FITTED_AT_ONCE):
        some = unsure[start : start + FITTED_AT_ONCE]
        plain[some] = np.maximum(plain[some], _fitted(shown[some], there[some], question))
    return plain


def _fitted(shown: Coefficients, there: NDArray[np.float32], question: Question) -> NDArray[np.float32]:
    """The best over windows around that of the question."""
    top, left, size = WINDOWS[question.window]
    best = np.full(len(shown), -1.0, np.float32)
    for down in _around(top, size):
        rows = np.matmul(down, shown)
        for across in _around(left, size):
            best = np.maximum(best, _dot(np.matmul(rows, across.T), there, question))
    return best


@cache
def _around(start: float, size: float) -> tuple[NDArray[np.float32], ...]:
    """Windows of nearly the same size at nearly the same place, all within the picture."""
    found = {
        (round(min(max(start + (size - other) / 2 + shift, 0.0), 1.0 - other), 3), round(other, 3))
        for other in (min(size + grown, 1.0) for grown in _SIZES)
        for shift in _SHIFTS
    }
    return tuple(window(*one) for one in sorted(found))


def _dot(seen: Coefficients, there: NDArray[np.float32], question: Question) -> NDArray[np.float32]:
    seen[:, 0, 0] = 0.0  # the mean of a part says nothing
    return np.asarray(np.einsum("ij,ij->i", directions(mirrored(seen) if question.mirrored else seen), there))
