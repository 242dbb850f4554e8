"""Cosines of clauses with phrases to the chances of labels. Pure.

A clause speaks of an attribute where one of its labels is clearly nearer than every contrast and hardly farther than
any label of another attribute: else "green eyes" would also be green hair. The numbers below are priors: to measure
them needs trained weights, and none were at hand. CEILING is what the best match is believed at most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.sentence.phrases import Question

TEMPERATURE = 0.03
LEAD = 0.05  # how much nearer than a contrast a label must be for even odds
MARGIN = 0.08  # how much nearer a label of another attribute may be before a clause is taken to speak of that alone
CEILING = 0.85
LEAST = 0.01  # a smaller chance of a one-of attribute's label stays unsaid
SPOKEN = 0.3  # chance of its likeliest label from which on a clause speaks of an attribute at all
HEARD = 0.02  # a chance that no clause reaches for any label: the text is silent of the attribute
DIGITS = 4
PRIORS = (TEMPERATURE, LEAD, MARGIN, CEILING, LEAST, SPOKEN, HEARD, DIGITS)

Cosines = NDArray[np.floating]  # (clauses, ensembles)
Chances = NDArray[np.float64]  # (clauses, labels)


class Heard(NamedTuple):
    """Of one attribute: the best chance that any clause gives any label of it; and where a clause speaks of it, the
    chances of its labels and the clauses they rest on."""

    loudest: float
    scores: dict[str, float]
    clauses: tuple[int, ...]


class Likeness:
    """Of `questions`, whose rows are columns of the cosines."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._labels = np.array(sorted({row for question in questions for row in question.rows}), np.int64)

    def __call__(self, cosines: Cosines, attributes: Collection[str]) -> dict[str, Heard]:
        """What the clauses, one or more, say of each of `attributes`."""
        return {
            question.attribute: self._heard(CEILING * self._chances(cosines.astype(np.float64), question), question)
            for question in self._questions
            if question.attribute in attributes
        }

    def _heard(self, chances: Chances, question: Question) -> Heard:
        loudest = float(chances.max())
        chances = np.where(chances.max(1, keepdims=True) >= SPOKEN, chances, 0.0)
        best, carrying = chances.max(0), chances.argmax(0)
        said = np.flatnonzero(best >= (LEAST if question.one_of else SPOKEN))
        rests = dict.fromkeys(int(carrying[i]) for i in np.argsort(-best) if best[i] >= SPOKEN)
        if question.one_of:
            best = best / max(1.0, best.sum() / CEILING)
        return Heard(loudest, {question.labels[i]: round(float(best[i]), DIGITS) for i in said}, tuple(rests))

    def _chances(self, cosines: Chances, question: Question) -> Chances:
        """(clauses, labels): each clause by itself."""
        labels = cosines[:, list(question.rows)]
        contrast = cosines[:, list(question.contrasts)].max(1, keepdims=True) + LEAD
        others = np.setdiff1d(self._labels, question.rows)
        if len(others):
            contrast = np.maximum(contrast, cosines[:, others].max(1, keepdims=True) - MARGIN)
        if question.one_of:
            mass = np.exp((labels - contrast) / TEMPERATURE)
            return np.asarray(mass / (mass.sum(1, keepdims=True) + 1.0))
        rival = np.maximum(contrast, labels.max(1, keepdims=True) - MARGIN)
        return np.asarray(1.0 / (1.0 + np.exp((rival - labels) / TEMPERATURE)))
