"""Logits to the chances of every label of every attribute, ranked: one softmax over a one-of attribute's labels, a pair
with its contrast per many-of label.

All attributes at once in a few array operations, since this runs for every picture whose embedding is remembered. The
chances are as sure of themselves as the model's scale makes them; nothing here is calibrated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.clip.prompts import Question
from kyara.records import Scores
from kyara.vocabulary import Part

LEAST = 0.01  # a smaller chance of a one-of attribute's label stays unsaid; a many-of label's is a denial, and said
DIGITS = 4


class Chances:
    """Of `questions`, each asked of the part of the figure that `parts` says."""

    def __init__(self, questions: Sequence[Question], parts: Mapping[str, Part]) -> None:
        self._names = [question.attribute for question in questions]
        sizes = np.array([len(question.labels) for question in questions], np.int64)
        self._starts = np.cumsum(sizes) - sizes
        self._segments = np.repeat(np.arange(len(questions)), sizes)
        by_name = [sorted(range(len(q.labels)), key=q.labels.__getitem__) for q in questions]  # ties go by name

        def flat(given: Sequence[Sequence[int]]) -> NDArray[np.int64]:
            return np.array([row[i] for row, order in zip(given, by_name, strict=True) for i in order], np.int64)

        self._labels = np.array(
            [q.labels[i] for q, order in zip(questions, by_name, strict=True) for i in order], object
        )
        self._rows = flat([q.rows for q in questions])
        self._contrasts = flat([q.contrasts or q.rows for q in questions])
        self._one_of = np.repeat([not q.contrasts for q in questions], sizes)
        self._least = np.where(self._one_of, LEAST, 0.0)
        self._of_head = np.repeat([parts[q.attribute] == "head" for q in questions], sizes)

    def __call__(self, logits: NDArray[np.float32], attributes: Collection[str]) -> Iterator[tuple[str, Scores]]:
        """What is said of each of `attributes`. `logits` (views, ensembles): the body's first, the head's last, which
        are one row where there is but one view."""
        seen = np.where(self._of_head, len(logits) - 1, 0)
        said, other = logits[seen, self._rows].astype(np.float64), logits[seen, self._contrasts].astype(np.float64)
        mass = np.exp(said - np.maximum.reduceat(said, self._starts)[self._segments])
        share = mass / np.add.reduceat(mass, self._starts)[self._segments]
        likely = np.where(self._one_of, share, 1.0 / (1.0 + np.exp(other - said)))
        rounded = likely.round(DIGITS)
        order = np.argsort(2.0 * self._segments - rounded, kind="stable")
        order = order[(likely >= self._least)[order]]
        ends = np.searchsorted(self._segments[order], np.arange(len(self._names)), "right").tolist()
        ranked = list(zip(self._labels[order].tolist(), rounded[order].tolist(), strict=True))
        for name, start, end in zip(self._names, [0, *ends], ends, strict=False):
            if name in attributes:
                yield name, tuple(ranked[start:end])
