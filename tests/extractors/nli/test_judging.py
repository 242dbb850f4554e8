"""From logits to what is said: silence where the text is neutral, denials where it contradicts."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.extractors.nli.classes import Classes
from kyara.extractors.nli.judging import judged, likely, shares

CLASSES = Classes(entailment=2, contradiction=0, neutral=1)
ENTAILED, NEUTRAL, CONTRADICTED = [-3.0, 0.0, 4.0], [-1.0, 4.0, -1.0], [4.0, 0.0, -3.0]
LABELS = ("black", "brown", "red")


def logits(*rows) -> np.ndarray:
    return np.array(rows, np.float32)


def test_chances_are_the_pipeline_s() -> None:
    some = logits(ENTAILED, NEUTRAL, CONTRADICTED)
    mass = np.exp([4.0, -1.0, -3.0])
    assert shares(some, CLASSES) == pytest.approx(mass / mass.sum())
    assert likely(some, CLASSES) == pytest.approx([1 / (1 + np.exp(-7)), 0.5, 1 / (1 + np.exp(7))])


def test_one_of_several_is_said_with_its_rivals() -> None:
    said = judged(logits(ENTAILED, [0.0, 0.0, 3.0], CONTRADICTED), CLASSES, LABELS, one_of=True)
    assert list(said) == ["black", "brown"]
    assert said["black"] > 2.5 * said["brown"]
    assert sum(said.values()) <= 1


def test_a_silent_text_says_nothing() -> None:
    for one_of in (True, False):
        assert judged(logits(NEUTRAL, NEUTRAL, NEUTRAL), CLASSES, LABELS, one_of) == {}
    assert judged(logits(CONTRADICTED, NEUTRAL, CONTRADICTED), CLASSES, LABELS, one_of=True) == {}


def test_of_labels_of_their_own_each_is_said_denied_or_passed_over() -> None:
    said = judged(logits(ENTAILED, NEUTRAL, CONTRADICTED), CLASSES, LABELS, one_of=False)
    assert list(said) == ["black", "red"]
    assert said["black"] > 0.99
    assert said["red"] < 0.01


def test_a_model_of_two_classes_denies_nothing() -> None:
    two = Classes(entailment=0, contradiction=1, neutral=None)
    assert judged(logits([3.0, -3.0], [-3.0, 3.0], [0.0, 1.0]), two, LABELS, one_of=False) == {"black": 0.9975}


def test_swapped_classes_turn_everything_round() -> None:
    swapped = Classes(entailment=0, contradiction=2, neutral=1)
    assert judged(logits(ENTAILED, NEUTRAL, CONTRADICTED), swapped, LABELS, one_of=False)["black"] < 0.01
