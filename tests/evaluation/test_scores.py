"""Scores are what scikit-learn and a loop by hand make of the same outcomes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import f1_score

from kyara.evaluation.outcomes import Outcomes, together
from kyara.evaluation.scores import BINS, METRICS, REACHABLE, Scorer, curve, plain_weights, reliability

Made = Callable[..., Outcomes]


def scored(outcomes: Outcomes, max_risk: float | None = None) -> dict[str, float]:
    samples = int(outcomes.unit.max(initial=-1)) + 1
    found = Scorer(outcomes, samples, max_risk)(plain_weights(samples))
    return {name: float(values[0]) for name, values in found.items()}


def said(confidence: list[float], share: list[float], answered: list[bool] | None = None) -> Outcomes:
    """Decided answers of as many samples, with nothing known of labels."""
    n = len(confidence)
    there = np.array(answered or [True] * n)
    none = np.zeros((n, 0), np.bool_)
    return Outcomes(np.arange(n), there, there, np.array(confidence), np.array(share) == 1, np.array(share), none, none)


def test_accuracy_coverage_and_f1_are_those_of_scikit_learn(made: Made) -> None:
    o = made()
    found = scored(o)
    assert found["accuracy"] == pytest.approx(np.mean(o.right & o.decided))
    assert found["selective"] == pytest.approx(np.mean(o.right[o.decided]))
    assert found["coverage"] == pytest.approx(np.mean(o.decided))
    abstained = 99
    guess = np.where(o.decided, o.said.argmax(1), abstained)
    assert found["macro_f1"] == pytest.approx(f1_score(o.true.argmax(1), guess, labels=range(5), average="macro"))


def test_macro_f1_of_sets_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    true, guess = random.random((80, 6)) < 0.3, random.random((80, 6)) < 0.3
    yes = np.ones(80, np.bool_)
    o = Outcomes(np.arange(80), yes, yes, np.ones(80), yes, np.ones(80), guess, true)
    assert scored(o)["macro_f1"] == pytest.approx(f1_score(true, guess, average="macro", zero_division=0.0))


def test_a_label_that_nobody_has_or_says_does_not_count_in_macro_f1() -> None:
    true = np.array([[1, 0, 0], [1, 0, 0]], np.bool_)
    yes = np.ones(2, np.bool_)
    o = Outcomes(np.arange(2), yes, yes, np.ones(2), yes, np.ones(2), true, true)
    assert scored(o)["macro_f1"] == 1.0


def test_ece_is_counted_bin_by_bin(made: Made) -> None:
    o = made()
    total = 0.0
    for i in range(BINS):
        low, high = i / BINS, (i + 1) / BINS
        here = o.answered & (o.confidence <= high) & ((o.confidence > low) | ((i == 0) & (o.confidence == 0)))
        if here.any():
            total += abs(o.confidence[here].mean() - o.share[here].mean()) * here.sum()
    assert scored(o)["ece"] == pytest.approx(total / o.answered.sum(), abs=1e-6)


def test_ece_by_hand() -> None:
    """Two bins: at 0.9 three of four are right, at 0.3 one of two: (4 · 0.15 + 2 · 0.2) / 6."""
    assert scored(said([0.9] * 4 + [0.3] * 2, [1, 1, 1, 0, 1, 0]))["ece"] == pytest.approx(1.0 / 6, abs=1e-6)


def test_bins_of_a_reliability_diagram_hold_every_answer(made: Made) -> None:
    o = made()
    found = reliability(o)
    assert found.count.sum() == o.answered.sum()
    there = found.count > 0
    ece = np.abs(found.confidence - found.share)[there] @ found.count[there] / found.count.sum()
    assert scored(o)["ece"] == pytest.approx(ece, abs=1e-6)


def test_aurc_by_hand() -> None:
    """Risks from the surest on: 0, then a tie of two with one wrong: 1/3, then 2/4; what says nothing: 3/5."""
    o = said([0.9, 0.8, 0.8, 0.6, 0.0], [1, 1, 0, 0, 0], [True, True, True, True, False])
    assert scored(o)["aurc"] == pytest.approx((0 + 1 / 3 + 1 / 3 + 1 / 2 + 3 / 5) / 5)
    drawn = curve(o)
    assert drawn.confidence.tolist() == [0.9, 0.8, 0.6]
    assert drawn.coverage == pytest.approx([0.2, 0.6, 0.8])
    assert drawn.risk == pytest.approx([0, 1 / 3, 1 / 2])


def test_aurc_does_not_depend_on_order_within_a_tie(made: Made) -> None:
    o = made()
    order = np.random.default_rng(1).permutation(len(o))
    moved = Outcomes(*(getattr(o, name)[order] for name in Outcomes.__slots__))
    assert scored(moved)["aurc"] == pytest.approx(scored(o)["aurc"])


def test_a_confidence_that_sorts_better_has_less_risk(made: Made) -> None:
    o = made()
    perfect = said(list(o.share), list(o.share))
    shuffled = said(list(np.random.default_rng(0).permutation(o.share)), list(o.share))
    assert scored(perfect)["aurc"] < scored(o)["aurc"] < scored(shuffled)["aurc"] + 0.05
    assert scored(shuffled)["aurc"] == pytest.approx(1 - o.share.mean(), abs=0.05), "that of no order at all"


def test_reachable_coverage_is_the_largest_within_the_risk() -> None:
    o = said([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0])
    assert scored(o, 0.25)[REACHABLE] == pytest.approx(0.8), "a bad patch before it does not end the curve"
    assert curve(o).reach(0.25) == 0.6
    assert scored(o, 0.0)[REACHABLE] == pytest.approx(0.2)
    assert scored(said([0.9], [0.0]), 0.5)[REACHABLE] == 0.0
    assert curve(said([0.9], [0.0])).reach(0.5) is None


def test_a_weight_counts_like_a_copy(made: Made) -> None:
    """What makes a bootstrap of it: a sample of weight 2 is the same as the sample twice."""
    o = made(60)
    twice = Outcomes(*(np.concatenate([getattr(o, name), getattr(o, name)[:20]]) for name in Outcomes.__slots__))
    weights = np.ones((60, 1))
    weights[:20] = 2
    found = Scorer(o, 60, 0.3)(weights)
    assert {name: float(x[0]) for name, x in found.items()} == pytest.approx(scored(twice, 0.3), abs=1e-6)


def test_attributes_together_count_every_label_once(made: Made) -> None:
    a, b = made(50, seed=1), made(50, seed=2)
    both = scored(together([a, b]))
    assert both["accuracy"] == pytest.approx((scored(a)["accuracy"] + scored(b)["accuracy"]) / 2)
    assert np.isnan(both["macro_f1"]), "whose labels would they be?"


def test_nothing_has_no_score(made: Made) -> None:
    assert all(np.isnan(value) for value in scored(made(0)).values())
    silent = said([0.0, 0.0], [0.0, 0.0], [False, False])
    found = scored(silent)
    assert (found["accuracy"], found["coverage"], found["aurc"]) == (0, 0, 1)
    assert np.isnan(found["ece"])
    assert np.isnan(found["selective"])
    assert set(METRICS) == set(found)


def test_thinning_keeps_both_ends(made: Made) -> None:
    drawn = curve(made())
    thin = drawn.thinned(5)
    assert len(thin.risk) == 5
    assert (thin.coverage[0], thin.coverage[-1]) == (drawn.coverage[0], drawn.coverage[-1])
