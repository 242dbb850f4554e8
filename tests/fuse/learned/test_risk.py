"""From which confidence on answers are wrong no more often than allowed."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from kyara.fuse.learned.risk import Risk, measured


def test_the_bar_keeps_the_risk_on_fresh_answers() -> None:
    random = np.random.default_rng(1)
    confidence = random.random(4000)
    right = random.random(4000) < np.sqrt(confidence)  # underconfident
    found = measured(confidence[:2000], right[:2000])
    bar = found.bar(0.1)
    kept = confidence[2000:] >= bar
    assert bar < 0.8
    assert 1 - right[2000:][kept].mean() == pytest.approx(0.1, abs=0.03)


def test_no_bar_is_high_enough_for_what_was_never_reached() -> None:
    found = measured(np.linspace(0, 1, 100), np.zeros(100, np.bool_))
    assert found.bar(0.1) == inf


def test_where_nothing_was_measured_the_confidence_counts() -> None:
    assert measured(np.ones(5), np.ones(5, np.bool_)) == Risk()
    assert Risk().bar(0.1) == pytest.approx(0.9)
