"""Fitting: the same whatever the order, nothing from too little, and on from what was known."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from kyara.fuse.learned.fitting import FEWEST, fit
from kyara.fuse.learned.loglinear import PRIOR

from .data import LABELS, VOCABULARY, evidence, world


def test_order_does_not_matter() -> None:
    examples = world(400, seed=1)
    mixed = random.Random(1).sample(examples, len(examples))
    assert fit(examples, VOCABULARY).version == fit(mixed, VOCABULARY).version


def test_too_few_labels_teach_nothing() -> None:
    assert fit(world(FEWEST - 1, seed=1), VOCABULARY).taught == {}
    assert set(fit(world(FEWEST + 40, seed=1), VOCABULARY).taught) == {"hair_color"}
    assert fit([], VOCABULARY).taught == {}


def test_a_truth_of_no_label_teaches_nothing() -> None:
    unlabelled = [replace(example, truth={"hair_color": ()}) for example in world(300, seed=1)]
    assert fit(unlabelled, VOCABULARY).taught == {}


def test_shuffled_labels_teach_nobody_whom_to_trust() -> None:
    examples = world(2000, seed=1)
    truths = [example.truth for example in examples]
    random.Random(1).shuffle(truths)
    shuffled = fit([replace(e, truth=t) for e, t in zip(examples, truths, strict=True)], VOCABULARY)
    fresh = world(500, seed=2)
    from kyara.fuse.learned.dense import Dense

    def right(learned: object) -> float:
        dense = Dense.of([(e.evidence, e.about) for e in fresh], VOCABULARY, learned.extractors)
        said = learned.pooled("pooling", dense)["hair_color"].argmax(1)
        return float(np.mean([LABELS[i] == e.truth["hair_color"][0] for i, e in zip(said, fresh, strict=True)]))

    assert right(fit(examples, VOCABULARY)) > 0.85
    assert right(shuffled) < 0.4


def test_few_labels_move_what_was_known_only_a_little() -> None:
    before = fit(world(3000, seed=1), VOCABULARY)
    after = fit(world(100, seed=2, few=0.98, many=0.3), VOCABULARY, prior=before)
    turned = fit(world(3000, seed=3, few=0.98, many=0.3), VOCABULARY)

    def weights(learned: object) -> np.ndarray:
        return learned.taught["hair_color"].pooling.context

    moved, whole = (np.abs(weights(other) - weights(before)).max() for other in (after, turned))
    assert 0 < moved < whole / 2


def test_a_new_extractor_begins_with_the_prior_weight() -> None:
    before = fit(world(1500, seed=1), VOCABULARY)
    newcomers = [replace(e, evidence=(*e.evidence, evidence("clip", "eye_color", red=0.6))) for e in world(20, seed=2)]
    after = fit(newcomers, VOCABULARY, prior=before)
    assert after.extractors == ("builtin", "tags", "clip")
    taught = after.taught["hair_color"]
    assert taught.pooling.context[2, 0] == PRIOR
    assert taught.pooling.context[0, 0] == before.taught["hair_color"].pooling.context[0, 0]
    assert taught.stacking is None


@pytest.mark.parametrize("wrong", [0.0, 0.5])
def test_a_liar_is_found_out(wrong: float) -> None:
    learned = fit(world(1500, seed=1, few=1 - wrong, many=1 - wrong), VOCABULARY)
    honest = learned.taught["hair_color"].before[learned.extractors.index("tags")]
    label = LABELS.index("red")
    chances = np.full((1, len(VOCABULARY["hair_color"].labels)), 0.05 / (len(LABELS)))
    chances[0, label] = 0.95
    assert honest(chances)[0, label] == pytest.approx(1 - wrong, abs=0.08)
