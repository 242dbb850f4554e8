"""A against B: the paired test is McNemar's, the halves are fixed by the key, and copies of a sample prove nothing."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.stats import binomtest

from kyara.evaluation.bootstrap import draws
from kyara.evaluation.comparing import compared, in_first_arm
from kyara.evaluation.outcomes import Outcomes


def right(*where: int, unit: list[int] | None = None) -> Outcomes:
    """Decided answers, right where there is a 1."""
    n, yes = len(where), np.ones(len(where), np.bool_)
    hit, none = np.array(where, np.bool_), np.zeros((len(where), 0), np.bool_)
    return Outcomes(np.array(unit or range(n)), yes, yes, np.ones(n), hit, hit.astype(float), none, none)


def test_the_paired_test_is_the_exact_one_of_mcnemar() -> None:
    a, b = right(*[1] * 12, *[0] * 3, *[1] * 20, *[0] * 5), right(*[0] * 12, *[1] * 3, *[1] * 20, *[0] * 5)
    found = compared(a, b, np.arange(40) < 20, draws(40, 500, seed=0))
    assert (found.only_a, found.only_b) == (12, 3)
    assert found.p == pytest.approx(binomtest(3, 15).pvalue)
    assert found.difference.value == pytest.approx(9 / 40)
    assert found.difference.low < 9 / 40 < found.difference.high
    assert (found.arm_a.labelled, found.arm_a.accuracy) == (20, pytest.approx(17 / 20))
    assert (found.arm_b.labelled, found.arm_b.accuracy) == (20, pytest.approx(15 / 20))


def test_equals_are_no_evidence() -> None:
    found = compared(right(1, 0, 1), right(1, 0, 1), np.array([True, False, True]), draws(3, 50, seed=0))
    assert (found.p, found.difference.value, found.difference.low) == (1.0, 0.0, 0.0)


def test_many_labels_of_one_sample_are_one_vote() -> None:
    """Ten labels of one picture that A alone has right: one sample, not ten coins that all fell on heads."""
    one = [0] * 10
    found = compared(right(*[1] * 10, unit=one), right(*[0] * 10, unit=one), np.array([True]), draws(1, 50, seed=0))
    assert (found.only_a, found.p) == (1, 1.0)
    assert found.arm_b.accuracy is None, "nobody is in its half"


def test_arms_are_halves_by_the_hash_of_the_key() -> None:
    keys = [f"sample {i}" for i in range(2000)]
    first = in_first_arm(keys)
    assert 900 < first.sum() < 1100
    assert first[7] == (hashlib.sha256(b"sample 7").digest()[0] < 128)
    assert in_first_arm(keys[500:])[0] == first[500], "whoever else is there"
