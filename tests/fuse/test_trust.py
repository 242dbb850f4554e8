"""What is told of a learned fusion's trust is what it pools with."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.learned import Learned, Taught
from kyara.fuse.learned.calibration import AS_IT_IS, Calibration
from kyara.fuse.learned.dense import Dense, context_size
from kyara.fuse.learned.loglinear import Weights
from kyara.fuse.trust import TYPICAL, calibration_in_words, trust
from kyara.records import Evidence
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
WHO = ("builtin", "clip", "tags")


@pytest.fixture
def learned() -> Learned:
    labels = VOCABULARY["hair_color"].label_names
    context = np.random.default_rng(3).normal(size=(3, context_size(3)))
    before = (AS_IT_IS, Calibration("temperature", (1.5,)), Calibration("isotonic", (0.5, 0.9), (0.2, 0.6)))
    taught = Taught(labels, frozenset(), before, Weights(context, np.zeros(len(labels))), None, {}, {})
    return Learned(VOCABULARY.digest, WHO, {"hair_color": taught})


def said(who: str, hair: str, eyes: str) -> list[Evidence]:
    return [Evidence(who, "1", name, ((label, 1.0),)) for name, label in (("hair_color", hair), ("eye_color", eyes))]


def weights(learned: Learned, evidence: list[Evidence]) -> np.ndarray:
    """Those that pooling gives each extractor, by the way of real evidence."""
    contexts = Dense.of([(evidence, TYPICAL)], VOCABULARY, WHO).contexts(["hair_color"])["hair_color"][0]
    return np.asarray((contexts * learned.taught["hair_color"].pooling.context).sum(1))


def test_weights_alone_agreed_and_opposed(learned: Learned) -> None:
    told = trust(learned, "hair_color", VOCABULARY)
    assert [one.extractor for one in told] == list(WHO)
    for i, who in enumerate(WHO):
        assert told[i].alone == pytest.approx(weights(learned, said(who, "pink", "red"))[i])
    agreed = weights(learned, [item for who in WHO for item in said(who, "pink", "red")])
    assert [one.agreed for one in told] == pytest.approx(agreed.tolist())
    colours = {"builtin": ("pink", "red"), "clip": ("blue", "green"), "tags": ("black", "brown")}
    opposed = weights(learned, [item for who in WHO for item in said(who, *colours[who])])
    assert [one.opposed for one in told] == pytest.approx(opposed.tolist())


def test_calibrations_in_words(learned: Learned) -> None:
    said_of = [calibration_in_words(one) for one in learned.taught["hair_color"].before]
    assert said_of == ["as it is", "temperature 1.50", "isotonic, 0.9 is worth 0.60"]
