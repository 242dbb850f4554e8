"""The vocabulary's phrases: an ensemble a label, contrasts an attribute, each text encoded once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kyara.extractors.sentence.encoder import Encoder
from kyara.extractors.sentence.phrases import NOBODY, TEMPLATES, Phrases, phrases_of
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime

VOCABULARY = load_vocabulary()


def test_every_label_and_attribute_has_its_rows() -> None:
    phrases = phrases_of(VOCABULARY)
    assert [question.attribute for question in phrases.questions] == list(VOCABULARY.names)
    for question in phrases.questions:
        assert question.labels == VOCABULARY[question.attribute].label_names
        assert len(question.rows) == len(question.labels)
        assert not set(question.rows) & set(question.contrasts)
    assert len(set(phrases.ensembles)) == len(phrases.ensembles)


def test_prompts_in_templates_phrases_as_they_stand() -> None:
    phrases = phrases_of(VOCABULARY)
    hair = next(question for question in phrases.questions if question.attribute == "hair_color")
    red = phrases.ensembles[hair.rows[hair.labels.index("red")]]
    assert red[: len(TEMPLATES)] == tuple(template.format("a person with red hair") for template in TEMPLATES)
    assert "redhead" in red
    contrasts = [phrases.ensembles[row] for row in hair.contrasts]
    assert contrasts == [
        *((text,) for text in NOBODY),
        ("hair color", "hair color of a person", "a person's hair color"),
    ]


class Counting:
    """An Encoder that counts its texts."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.texts = encoder, 0
        self.network, self.digest = encoder.network, encoder.digest

    def __call__(self, texts):
        self.texts += len(texts)
        return self.encoder(texts)


@pytest.fixture
def encoder(text_hubs, text_models):
    return Counting(Encoder(text_hubs("encoder").weights, Runtime(), text_models))


@pytest.fixture
def few() -> Phrases:
    return Phrases((("a woman", "a lady"), ("a man",), ("a woman",)), ())


def test_a_row_is_the_mean_of_its_texts(encoder, few, tmp_path) -> None:
    woman, lady, man = encoder.encoder(["a woman", "a lady", "a man"])
    mean = (woman + lady) / 2
    expected = np.stack([mean / np.linalg.norm(mean), man, woman])
    assert np.abs(few.matrix(encoder, tmp_path) - expected).max() < 1e-6


def test_each_text_is_encoded_once_and_only_new_ones_later(encoder, few, tmp_path) -> None:
    first = few.matrix(encoder, tmp_path)
    assert encoder.texts == 3
    assert (few.matrix(encoder, tmp_path) == first).all()
    grown = replace(few, ensembles=(*few.ensembles, ("a child", "a man")))
    assert (grown.matrix(encoder, tmp_path)[:3] == first).all()
    assert encoder.texts == 4
    encoder.digest = "another"
    few.matrix(encoder, tmp_path)
    assert encoder.texts == 7, "of another tokenizer or pooling"
