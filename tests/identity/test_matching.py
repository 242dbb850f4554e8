"""Matching: the nearest prototype, a threshold, and all sightings of a picture at once."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kyara.identity import matching
from kyara.identity.matching import Prototypes, assigned, unit

Similarities = arrays.arrays(
    np.float64,
    st.tuples(st.integers(0, 5), st.integers(1, 5)),
    elements=st.floats(-1, 1, allow_nan=False),
)


@settings(deadline=None)
@given(Similarities, st.floats(-1, 1))
def test_no_two_sightings_of_a_picture_are_one_and_unknown_stays_unknown(
    similarities: np.ndarray, threshold: float
) -> None:
    found = assigned(similarities, threshold)
    named = [column for column in found if column is not None]
    assert len(found) == len(similarities)
    assert len(set(named)) == len(named)
    for row, column in zip(similarities, found, strict=True):
        if column is not None:
            assert row[column] >= threshold
        elif row.max() > threshold:  # whoever it is near enough to is somebody else in the picture
            assert all(column in named for column in np.flatnonzero(row > threshold))


@settings(deadline=None, max_examples=50)
@given(Similarities, st.floats(-1, 1))
def test_the_assignment_is_the_best_there_is(similarities: np.ndarray, threshold: float) -> None:
    excess = np.maximum(similarities - threshold, 0)
    rows, columns = excess.shape
    padded = np.zeros((max(rows, columns), max(rows, columns)))
    padded[:rows, :columns] = excess
    best = max(sum(padded[i, j] for i, j in enumerate(p)) for p in permutations(range(len(padded))))
    found = assigned(similarities, threshold)
    assert sum(excess[i, j] for i, j in enumerate(found) if j is not None) == pytest.approx(best)


def test_taking_the_best_pair_first_would_be_wrong() -> None:
    similarities = np.array([[0.90, 0.80], [0.88, 0.10]])
    assert assigned(similarities, 0.7) == [1, 0]
    assert assigned(similarities[:1], 0.7) == [0]


def test_a_similarity_at_the_threshold_is_enough() -> None:
    assert assigned(np.array([[0.5, 0.2]]), 0.5) == [0]
    assert assigned(np.array([[0.5, 0.2]]), np.nextafter(0.5, 1)) == [None]


def test_a_name_is_as_near_as_its_nearest_prototype() -> None:
    known = Prototypes({"Rem": [np.array([1.0, 0.0]), np.array([0.0, 3.0])], "Ram": [np.array([-1.0, 0.0])]})
    found = known.similarities([np.array([0.0, 0.5]), np.array([-2.0, 0.0]), np.array([0.0, 0.0])])
    np.testing.assert_allclose(found, [[1, 0], [0, 1], [0, 0]])
    assert known.similarities([]).shape == (0, 2)


@pytest.mark.parametrize("block", [1, 2, 1000])
def test_among_themselves_leaves_each_out(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(matching, "BLOCK", block)
    a, b, c = np.array([1.0, 0.0]), np.array([0.6, 0.8]), np.array([0.0, 1.0])
    among = Prototypes({"two": [a, b], "one": [c]}).among_themselves()
    np.testing.assert_allclose(among, [[0.6, 0.0], [0.6, 0.8], [0.8, np.nan]], atol=1e-12)


def test_unit_keeps_zeros() -> None:
    np.testing.assert_allclose(unit(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0.0, 0.0]])
