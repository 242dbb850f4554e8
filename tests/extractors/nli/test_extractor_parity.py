"""NLI against transformers' zero-shot-classification: the same weights give the same scores, broken ones do not."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from kyara.extractors.nli import NliExtractor
from kyara.extractors.nli.hypotheses import TEMPLATE, hypotheses_of
from kyara.extractors.nli.judging import likely, shares
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime

CLOSE = 1e-4
VOCABULARY = load_vocabulary()
ASKED = ("gender", "hair_color", "expression")  # of three labels, of many, and of labels that do not exclude another


def reference(hub, texts):
    """By text and attribute, the pipeline's scores in the order of the labels."""
    from transformers import pipeline

    logging.getLogger("transformers").setLevel(logging.ERROR)
    pipe = pipeline("zero-shot-classification", model=hub.model, tokenizer=hub.tokenizer, device="cpu")
    found = {}
    for text in texts:
        for name in ASKED:
            labels = [
                one.removeprefix("This text describes ").removesuffix(".") for one in hypotheses_of(VOCABULARY[name])
            ]
            many = not VOCABULARY[name].one_of
            given = pipe(text, candidate_labels=labels, hypothesis_template=TEMPLATE, multi_label=many)
            scores = dict(zip(given["labels"], given["scores"], strict=True))
            found[text, name] = np.array([scores[label] for label in labels])
    return found


def furthest(extractor, views, expected) -> float:
    """The largest difference of any score."""
    views = [replace(view, asked=frozenset(ASKED)) for view in views]
    worst = 0.0
    for view, raw in zip(views, extractor.look(views), strict=True):
        assert set(raw) == set(ASKED)
        for name in ASKED:
            (logits,) = raw[name]  # of one person
            scores = (shares if VOCABULARY[name].one_of else likely)(logits, extractor._classes)
            worst = max(worst, np.abs(scores - expected[view.text, name]).max())
    return float(worst)


@pytest.fixture(scope="module")
def expected(text_hubs):
    made = {}

    def expected(kind, texts):
        if kind not in made:
            made[kind] = reference(text_hubs(kind), texts)
        return made[kind]

    return expected


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("kind", ["bart", "bert"])
def test_scores_are_those_of_the_pipeline(
    kind, backend, text_hubs, text_models, text_views, real_texts, expected
) -> None:
    hub, texts = text_hubs(kind), real_texts[::10]
    extractor = NliExtractor(VOCABULARY, hub.weights, Runtime(backend), text_models)
    assert furthest(extractor, text_views(texts), expected(kind, texts)) < CLOSE


@pytest.mark.parametrize("kind", ["bart", "bert"])
@pytest.mark.parametrize("broken", ["entailment and contradiction swapped", "no mask", "halves swapped"])
def test_broken_ones_fail_the_same_check(
    broken, kind, text_hubs, text_models, text_views, real_texts, expected, monkeypatch
) -> None:
    hub, texts = text_hubs(kind), real_texts[::10]
    extractor = NliExtractor(VOCABULARY, hub.weights, Runtime(), text_models)
    right = extractor._classes
    if broken == "no mask":
        unmasked = hub.tokenizer.pad_token_id
        run = extractor.network.run
        monkeypatch.setattr(
            extractor.network,
            "run",
            lambda feeds: run({**feeds, "attention_mask": np.ones_like(feeds["attention_mask"])}),
        )
        assert unmasked is not None
    elif broken == "halves swapped":
        encode = extractor._tokens
        monkeypatch.setattr(extractor, "_tokens", Swapped(encode))
    else:
        monkeypatch.setattr(
            extractor, "_classes", replace(right, entailment=right.contradiction, contradiction=right.entailment)
        )
    assert furthest(extractor, text_views(texts), expected(kind, texts)) > 100 * CLOSE


class Swapped:
    """Tokens of the hypothesis as the premise."""

    def __init__(self, tokens) -> None:
        self._tokens, self.pad = tokens, tokens.pad

    def __call__(self, pairs):
        return self._tokens([(hypothesis, premise) for premise, hypothesis in pairs])
