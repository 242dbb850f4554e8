"""The assignment against every possible one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kyara.detect.assignment import assign

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 5))
WORTHS = st.sampled_from([0.0, 0.1, 0.3, 0.35, 0.5, 0.9, 1.0])


def greatest(worth: np.ndarray) -> float:
    worth = worth if worth.shape[0] <= worth.shape[1] else worth.T
    rows, columns = worth.shape
    return max(sum(worth[i, j] for i, j in enumerate(order)) for order in permutations(range(columns), rows))


@given(SHAPES.flatmap(lambda shape: arrays(np.float64, shape, elements=WORTHS)))
def test_no_assignment_is_worth_more(worth: np.ndarray) -> None:
    pairs = assign(worth)
    assert len(pairs) == min(worth.shape)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert np.isclose(sum(worth[pair] for pair in pairs), greatest(worth))


def test_the_best_pair_is_given_up_for_a_better_whole() -> None:
    assert assign(np.array([[0.9, 0.8], [0.85, 0.0]])) == [(0, 1), (1, 0)]


def test_a_crowd_is_assigned_in_no_time() -> None:
    worth = np.random.default_rng(1).random((64, 64))
    pairs = assign(worth)
    assert sum(worth[pair] for pair in pairs) > 60, "chance alone would give 32"
