"""Intervals: the same for the same seed, as wide as theory wants them, and about the truth 95 times in a hundred."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kyara.evaluation.bootstrap import draws, over_draws, with_interval
from kyara.evaluation.outcomes import Outcomes
from kyara.evaluation.scores import Scorer

Made = Callable[..., Outcomes]


def test_a_draw_takes_as_many_samples_as_there_are() -> None:
    drawn = draws(50, 200, seed=1)
    assert drawn.shape == (50, 200)
    assert (drawn.sum(0) == 50).all()
    assert (drawn == draws(50, 200, seed=1)).all()
    assert (drawn != draws(50, 200, seed=2)).any()


def test_intervals_cover_a_known_truth() -> None:
    """Of 300 data sets with a true accuracy of 0.7 the intervals of about 285 hold it."""
    random, n = np.random.default_rng(0), 120
    drawn = draws(n, 400, seed=0)
    covered = 0
    for _ in range(300):
        right = (random.random(n) < 0.7).astype(np.float32)
        found = over_draws(lambda weights, right=right: {"accuracy": right @ weights / n}, drawn)
        score = with_interval(float(right.mean()), found["accuracy"])
        covered += score.low <= 0.7 <= score.high
    assert 270 <= covered <= 296


def test_the_interval_of_a_share_is_as_wide_as_theory_says(made: Made) -> None:
    o = made(400)
    found = over_draws(Scorer(o, 400), draws(400, 1000, seed=0))["accuracy"]
    p = o.correct.mean()
    score = with_interval(p, found)
    assert score.high - score.low == pytest.approx(2 * 1.96 * np.sqrt(p * (1 - p) / 400), rel=0.1)


def test_pieces_make_no_difference(made: Made) -> None:
    o, drawn = made(80), draws(80, 300, seed=0)
    whole = Scorer(o, 80)(drawn.astype(np.float32))
    pieced = over_draws(Scorer(o, 80), drawn)
    assert all(np.array_equal(whole[name], pieced[name], equal_nan=True) for name in whole)


def test_entries_of_one_sample_are_drawn_together(made: Made) -> None:
    """Four times the same entries are four times as many, but no more is known."""
    o = made(200)
    four = Outcomes(*(np.concatenate([getattr(o, name)] * 4) for name in Outcomes.__slots__))
    drawn = draws(200, 500, seed=0)
    once, often = (with_interval(0.5, over_draws(Scorer(x, 200), drawn)["accuracy"]) for x in (o, four))
    assert (once.low, once.high) == pytest.approx((often.low, often.high))


def test_no_score_no_interval() -> None:
    assert with_interval(np.nan, None).value is None
    assert with_interval(0.5, None).low is None
    assert with_interval(0.5, np.array([np.nan, 0.4])).low == pytest.approx(0.4)
