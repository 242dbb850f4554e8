"""Answers against truths: what counts as an answer, as right, and as how much of it is true."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.evaluation.outcomes import outcomes, together
from kyara.records import Value
from kyara.vocabulary import Attribute, load_vocabulary

HAIR, WORN = load_vocabulary()["hair_color"], load_vocabulary()["accessories"]


def value(*labels: str, confidence: float = 0.8, decided: bool = True) -> Value:
    return Value("x", labels, confidence, decided, (), ())


@pytest.mark.parametrize(
    ("attribute", "given", "truth", "answered", "right", "share"),
    [
        (HAIR, value("pink"), ("pink",), True, True, 1.0),
        (HAIR, value("pink"), ("blue",), True, False, 0.0),
        (HAIR, value("pink", decided=False), ("pink",), True, True, 1.0),
        (HAIR, value("pink"), (), True, False, 0.0),  # an answer where nothing is true
        (HAIR, value(decided=False), (), False, False, 0.0),  # all that is left after a denial: no answer
        (HAIR, None, ("pink",), False, False, 0.0),
        (WORN, value("hat", "glasses"), ("glasses", "hat"), True, True, 1.0),
        (WORN, value("hat", "glasses"), ("hat",), True, False, 0.5),
        (WORN, value("hat"), ("hat", "glasses"), True, False, 1.0),  # all it says is true, but not all is said
        (WORN, value(), (), True, True, 1.0),  # none of them
        (WORN, value(), ("hat",), True, False, 0.0),
    ],
)
def test_one_answer(
    attribute: Attribute, given: Value | None, truth: tuple[str, ...], answered: bool, right: bool, share: float
) -> None:
    o = outcomes(attribute, [given], [truth], np.array([0]))
    assert (o.answered[0], o.right[0], o.share[0]) == (answered, right, share)
    assert o.confidence[0] == (0.8 if answered else 0.0)
    assert o.correct[0] == (right and given is not None and given.decided)
    assert o.true.sum() == len(truth)


def test_only_decided_labels_are_said() -> None:
    o = outcomes(HAIR, [value("pink"), value("pink", decided=False)], [("pink",), ("pink",)], np.array([0, 1]))
    assert o.said.sum(1).tolist() == [1, 0]


def test_together_keeps_whose_each_entry_is() -> None:
    parts = [outcomes(a, [value()], [()], np.array([7])) for a in (HAIR, WORN)]
    assert together(parts).unit.tolist() == [7, 7]
    assert together(parts).true.shape == (2, 0)
