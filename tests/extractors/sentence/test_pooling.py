"""How a text's vector is made of its tokens', by the model's own files; and that padding is no part of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.extractors.sentence.pooling import pooled, pooling_of
from kyara.weights import find


@pytest.fixture
def folder(tmp_path):
    """A folder with the two files that say it."""

    def folder(modules=("Transformer", "Pooling", "Normalize"), **modes):
        (tmp_path / "1_Pooling").mkdir(exist_ok=True)
        (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 3, **modes}))
        types = [{"type": f"sentence_transformers.models.{one}"} for one in modules]
        (tmp_path / "modules.json").write_text(json.dumps(types))
        return find(str(tmp_path))

    return folder


def test_as_the_files_say(folder, tmp_path) -> None:
    assert pooling_of(folder(pooling_mode_mean_tokens=True, pooling_mode_cls_token=False)) == "mean"
    assert pooling_of(folder(pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)) == "cls"
    assert pooling_of(folder(pooling_mode="mean")) == "mean", "as sentence-transformers 5 writes it"
    assert pooling_of(folder(pooling_mode="cls")) == "cls"
    (tmp_path / "none").mkdir()
    assert pooling_of(find(str(tmp_path / "none"))) == "mean"


@pytest.mark.parametrize(
    "modes",
    [
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        {"pooling_mode": "lasttoken"},
        {},
    ],
)
def test_other_ways_are_refused(modes, folder) -> None:
    with pytest.raises(WeightsError, match="mean or cls pooling is expected: take another encoder"):
        pooling_of(folder(**modes))


def test_further_layers_are_refused(folder, tmp_path) -> None:
    with pytest.raises(WeightsError, match="Dense found; Transformer, Pooling, Normalize are expected"):
        pooling_of(folder(("Transformer", "Pooling", "Dense"), pooling_mode_mean_tokens=True))
    (tmp_path / "modules.json").write_text('{"idx": 0}')
    with pytest.raises(WeightsError, match=r"modules\.json: cannot be read"):
        pooling_of(find(str(tmp_path)))


def test_masked_tokens_are_no_part_and_the_length_is_one() -> None:
    states = np.array([[[3.0, 0, 0], [0, 4.0, 0], [9, 9, 9]]], np.float32)
    mask = np.array([[1, 1, 0]])
    assert pooled(states, mask, "mean") == pytest.approx(np.array([[0.6, 0.8, 0]]))
    assert pooled(states, mask, "cls") == pytest.approx(np.array([[1.0, 0, 0]]))
