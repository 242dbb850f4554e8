"""Outcomes made up by chance: what scores are counted on by hand, and what bootstraps are drawn from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kyara.evaluation.outcomes import Outcomes

Made = Callable[..., Outcomes]


@pytest.fixture
def made() -> Made:
    """One-of outcomes of `n` samples over `labels`, some without an answer, confidences in steps that make ties."""

    def make(n: int = 300, labels: int = 5, seed: int = 0, bar: float = 0.5) -> Outcomes:
        random = np.random.default_rng(seed)
        true, guess = random.integers(0, labels, n), random.integers(0, labels, n)
        confidence = random.integers(0, 21, n) / 20
        right = random.random(n) < confidence
        guess = np.where(right, true, guess)
        answered = random.random(n) < 0.9
        right = (guess == true) & answered
        decided = answered & (confidence >= bar)
        columns = np.eye(labels, dtype=np.bool_)
        return Outcomes(
            np.arange(n),
            answered,
            decided,
            np.where(answered, confidence, 0.0),
            right,
            right.astype(float),
            columns[guess] & decided[:, None],
            columns[true],
        )

    return make
