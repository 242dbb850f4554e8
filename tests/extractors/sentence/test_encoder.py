"""Sentence vectors against the reference pooling of sentence-transformers; broken ones fail the same check."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from kyara.extractors.sentence import encoder as module
from kyara.extractors.sentence.encoder import Encoder
from kyara.weights import Runtime, find

CLOSE = 1e-5


def reference(hub, texts, pooling="mean") -> np.ndarray:
    """As the model cards of sentence-transformers write it: all texts in one padded batch."""
    import torch

    given = hub.tokenizer(list(texts), padding=True, truncation=True, max_length=64, return_tensors="pt")
    with torch.no_grad():
        states = hub.model(**given)[0]
    mask = given["attention_mask"].unsqueeze(-1).expand(states.size()).float()
    mean = torch.sum(states * mask, 1) / torch.clamp(mask.sum(1), min=1e-9)
    vectors = mean if pooling == "mean" else states[:, 0]
    return torch.nn.functional.normalize(vectors, p=2, dim=1).numpy()


def furthest(encoder: Encoder, expected: np.ndarray, texts) -> float:
    """The largest difference of any number of any vector."""
    return float(np.abs(np.stack(encoder(texts)) - expected).max())


@pytest.fixture
def hub(text_hubs):
    return text_hubs("encoder")


@pytest.fixture
def encoder(hub, text_models) -> Encoder:
    return Encoder(hub.weights, Runtime(), text_models)


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime", "torch"])
def test_vectors_are_the_reference_s(backend, hub, text_models, real_texts) -> None:
    encoder = Encoder(hub.weights, Runtime(backend), text_models)
    expected = reference(hub, real_texts)
    assert (expected @ expected.T).min() < 0.99, "they differ"
    assert furthest(encoder, expected, real_texts) < CLOSE


def test_of_first_tokens_too(hub, text_models, tmp_path, real_texts) -> None:
    folder = tmp_path / "cls"
    shutil.copytree(hub.folder, folder)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    encoder = Encoder(find(str(folder)), Runtime(), text_models)
    assert furthest(encoder, reference(hub, real_texts, "cls"), real_texts) < CLOSE


BROKEN = {
    "no mask in the pooling": lambda states, mask, pooling: module_pooled(states, np.ones_like(mask), pooling),
    "no normalisation": lambda states, mask, pooling: (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True),
    "the first token": lambda states, mask, pooling: module_pooled(states, mask, "cls"),
}
module_pooled = module.pooled


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_ones_fail_the_same_check(fault, hub, encoder, real_texts, monkeypatch) -> None:
    monkeypatch.setattr(module, "pooled", BROKEN[fault])
    assert furthest(encoder, reference(hub, real_texts), real_texts) > 100 * CLOSE


def test_no_bit_depends_on_the_texts_beside(encoder, real_texts) -> None:
    together = np.stack(encoder(real_texts))
    for some in (slice(None, None, 9), slice(5, 6), slice(None, None, -1)):
        assert (np.stack(encoder(real_texts[some])) == together[some]).all()


def test_of_no_text_nothing(encoder) -> None:
    assert encoder([]) == []


def test_it_always_runs_at_full_precision(hub, text_models) -> None:
    int8 = Encoder(hub.weights, Runtime("openvino", precision="int8"), text_models)
    assert int8.network.runtime.precision == "f32"
    assert int8.digest == Encoder(hub.weights, Runtime("openvino"), text_models).digest
    assert int8.digest != Encoder(hub.weights, Runtime(), text_models).digest
