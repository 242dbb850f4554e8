"""models.toml, and which files of a repository are fetched."""

from __future__ import annotations

import re

import pytest

from kyara.errors import WeightsError
from kyara.settings import ClipSettings, NliSettings, SentenceSettings, TaggerSettings, VlmSettings
from kyara.weights.known import SAFE, about, choose, known, nearest

CLIP = ["config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json", "flax_model.msgpack", "README.md"]
ONNX = ["config.json", "onnx/vision_model.onnx", "onnx/text_model.onnx", "onnx/vision_model_fp16.onnx"]


def test_the_defaults_are_known() -> None:
    groups = (ClipSettings(), TaggerSettings(), SentenceSettings(), NliSettings(), VlmSettings())
    assert {group.model for group in groups} <= known().keys()


@pytest.mark.parametrize("model", known().values(), ids=list(known()))
def test_every_entry_is_sound(model: object) -> None:
    one = about(model.id)
    assert one == model
    assert one.purpose != "yours"
    assert one.licence
    assert re.fullmatch(r"[0-9a-f]{40}", one.revision), "a whole commit"
    patterns = [*one.files, *(pattern for group in one.weights for pattern in group)]
    assert all(pattern.endswith(SAFE) for pattern in patterns)
    assert set(one.sha256) <= set(patterns), "a hash of a file that is fetched"
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in one.sha256.values())


def test_only_what_is_needed_is_fetched() -> None:
    clip = about("openai/clip-vit-base-patch32")
    assert choose(clip, CLIP) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_an_unknown_repository_gives_onnx_before_safetensors() -> None:
    mine = about("me/mine")
    assert mine.purpose == "yours"
    assert choose(mine, {*CLIP, *ONNX}) == [
        "config.json",
        "onnx/text_model.onnx",
        "onnx/vision_model.onnx",
        "tokenizer.json",
    ]
    assert "model.safetensors" in choose(mine, {*CLIP, *ONNX[:2]}), "half of a pair of towers is no use"
    assert choose(mine, ["onnx/model.onnx", "model.safetensors", "1_Pooling/config.json"]) == [
        "1_Pooling/config.json",
        "onnx/model.onnx",
    ]
    assert choose(mine, ["model.onnx", "model.onnx_data"]) == ["model.onnx", "model.onnx_data"]


def test_own_patterns_take_the_place_of_the_weights() -> None:
    chosen = choose(about("me/mine"), ONNX, ("onnx/*_fp16.onnx",))
    assert chosen == ["config.json", "onnx/vision_model_fp16.onnx"]
    with pytest.raises(WeightsError, match=r"holds no \*_int8\.onnx; found onnx/text_model\.onnx"):
        choose(about("me/mine"), ONNX, ("*_int8.onnx",))


@pytest.mark.parametrize("pickle", ["pytorch_model.bin", "model.pt", "model.ckpt", "model.pkl", "modeling.py"])
def test_what_may_run_code_is_never_fetched(pickle: str) -> None:
    with pytest.raises(WeightsError, match=re.escape(pickle)):
        choose(about("me/mine"), [pickle, "config.json"])
    with pytest.raises(WeightsError, match="may run code"):
        choose(about("me/mine"), [pickle, "config.json"], ("*",))


def test_nearest() -> None:
    assert nearest("SmilingWolf/wd-vit-taggr-v3") == "SmilingWolf/wd-vit-tagger-v3"
