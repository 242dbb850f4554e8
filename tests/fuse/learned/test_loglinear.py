"""The conditional logit: its slope is right, it finds weights that were there, and the prior holds without labels."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.learned.loglinear import FIRST, PRIOR, Spread, Weights, fitted, softmax


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    chances = softmax(random.normal(0, 1.5, (count, 2, 5)))
    contexts = np.stack([np.ones((count, 2)), random.integers(0, 2, (count, 2)).astype(float)], 2)
    return chances, np.ones((count, 2), np.bool_), contexts


def test_weights_that_were_there_are_found() -> None:
    said = drawn(20_000, 1)
    truth = Weights(np.array([[1.2, -0.8], [0.1, 0.9]]), np.array([0.5, 0.0, 0.0, -0.5, 0.0]))
    random = np.random.default_rng(2)
    labels = np.array([random.choice(5, p=row) for row in truth(*said)])
    found = fitted(Weights.prior(2, 2, 5), Spread(5.0, 5.0), said, labels)
    assert found.context == pytest.approx(truth.context, abs=0.08)
    assert found.bias - found.bias.mean() == pytest.approx(truth.bias, abs=0.08)


def test_without_labels_the_prior_stands() -> None:
    chances, speaks, contexts = drawn(0, 1)
    found = fitted(Weights.prior(2, 2, 5), FIRST, (chances, speaks, contexts), np.zeros(0, np.int64))
    assert found.context.tolist() == [[PRIOR, 0.0], [PRIOR, 0.0]]


def test_two_of_one_mind_are_surer_together_as_the_prior_says() -> None:
    chances = np.array([[[0.9, 0.1], [0.9, 0.1]]])
    pooled = Weights.prior(2, 1, 2)(chances, np.ones((1, 2), np.bool_), np.ones((1, 2, 1)))
    assert pooled[0, 0] == pytest.approx(0.956, abs=0.002)


def test_the_silent_and_the_ignorant_change_nothing() -> None:
    chances, speaks, contexts = drawn(50, 3)
    weights = Weights(np.array([[1.0, 0.3], [0.7, -0.2]]), np.zeros(5))
    speaks[:, 1] = False
    silent = weights(chances, speaks, contexts)
    chances[:, 1] = 0.2
    speaks[:, 1] = True
    assert weights(chances, speaks, contexts) == pytest.approx(silent)


def test_the_context_is_learned_less_freely_than_the_weight_itself() -> None:
    said = drawn(300, 1)
    truth = Weights(np.array([[2.0, 2.0], [0.7, 0.0]]), np.zeros(5))
    random = np.random.default_rng(2)
    labels = np.array([random.choice(5, p=row) for row in truth(*said)])
    tight = fitted(Weights.prior(2, 2, 5), FIRST, said, labels).context[0]
    free = fitted(Weights.prior(2, 2, 5), FIRST.freely, said, labels).context[0]
    assert tight[0] > PRIOR + 0.5
    assert 0 < tight[1] < free[1] / 3
