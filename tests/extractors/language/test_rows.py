"""Runs: sorted, each row once, masked; and no bit of an answer depends on the rows beside."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.extractors.language import rows as module
from kyara.extractors.language.export import LOGITS, network_of
from kyara.extractors.language.rows import STEP, TOKENS_A_RUN, answer, padded, runs
from kyara.extractors.language.tokens import Row, TextTokens
from kyara.weights import Model, Runtime

HYPOTHESIS = "This text describes a person with red hair."


def row(size: int, first: int = 5) -> Row:
    return Row([first] * size, [1] * size)


def test_every_row_comes_once_the_longest_first() -> None:
    sizes = [3, 40, 4, 17, 41, 1, 44, 5]
    done = [(places, feeds["input_ids"].shape) for places, feeds in runs([row(size) for size in sizes], 0)]
    assert sorted(place for places, _ in done for place in places) == list(range(len(sizes)))
    assert [shape for _, shape in done] == [(2, 44), (1, 40), (1, 20), (1, 8), (3, 4)]
    assert done[-1][0] == [0, 2, 5]


def test_a_run_holds_so_many_tokens_and_always_a_row() -> None:
    shapes = [feeds["input_ids"].shape for _, feeds in runs([row(64)] * 20 + [row(5000)], 0)]
    most = TOKENS_A_RUN // 64
    assert shapes == [(1, 5000), (most, 64), (20 - most, 64)]


def test_padding_is_masked_and_has_the_pad_s_id() -> None:
    feeds = padded([row(2), row(3)], 4, 9)
    assert feeds["input_ids"].tolist() == [[5, 5, 9, 9], [5, 5, 5, 9]]
    assert feeds["attention_mask"].tolist() == feeds["token_type_ids"].tolist() == [[1, 1, 0, 0], [1, 1, 1, 0]]


@pytest.fixture
def network(text_hubs, text_models):
    """Of the tiny BART or BERT, on a backend."""

    def network(kind: str, backend: str) -> Model:
        return Model(network_of(text_hubs(kind).weights, "classifier", text_models), Runtime(backend))

    return network


def logits(model: Model, tokens: TextTokens, pairs) -> np.ndarray:
    found = np.zeros((len(pairs), 3), np.float32)
    for places, feeds in runs(tokens(pairs), tokens.pad):
        found[places] = answer(model, feeds, (LOGITS,))
    return found


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("kind", ["bart", "bert"])
def test_no_bit_depends_on_the_rows_beside(kind, backend, network, text_hubs, real_texts) -> None:
    model, tokens = network(kind, backend), TextTokens(text_hubs(kind).weights)
    pairs = [(text, HYPOTHESIS) for text in real_texts]
    together = logits(model, tokens, pairs)
    assert together.std(0).min() > 0.01, "the answers differ"
    for some in (slice(None, None, 7), slice(3, 4), slice(None, None, -1)):
        assert (logits(model, tokens, pairs[some]) == together[some]).all()


@pytest.mark.parametrize("kind", ["bart", "bert"])
def test_padding_changes_an_answer_by_less_than_1e_5(kind, network, text_hubs, real_texts, monkeypatch) -> None:
    model, tokens = network(kind, "onnxruntime"), TextTokens(text_hubs(kind).weights)
    pairs = [(text, HYPOTHESIS) for text in real_texts]
    expected = logits(model, tokens, pairs)
    assert STEP > 1, "or nothing is padded"
    for step in (1, 64):
        monkeypatch.setattr(module, "STEP", step)
        assert np.abs(logits(model, tokens, pairs) - expected).max() < 1e-5


def test_a_network_of_other_inputs_or_outputs_is_refused(network) -> None:
    model = network("bert", "onnxruntime")
    feeds = padded([row(4)], 4, 0)
    with pytest.raises(WeightsError, match=r"gives logits; last_hidden_state or token_embeddings is expected"):
        answer(model, feeds, ("last_hidden_state", "token_embeddings"))
    feeds.pop("token_type_ids")
    with pytest.raises(WeightsError, match=r"takes \['token_type_ids'\] too; input_ids, attention_mask are expected"):
        answer(model, feeds, (LOGITS,))
