"""Texts to token ids: what transformers' tokenizers give, padded as each family was trained."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.extractors.clip.family import family_of
from kyara.extractors.clip.prompts import prompts_of
from kyara.extractors.clip.tokens import Tokens
from kyara.vocabulary import load_vocabulary
from kyara.weights import Weights

PROMPTS = [text for ensemble in prompts_of(load_vocabulary()).ensembles for text in ensemble]
ODD = ["", "  Two   spaces ", "ALL CAPITALS, and; punctuation!", "naïve キャラ ✨", "it's", "x " * 300]


def tokens_of(weights: Weights) -> Tokens:
    return Tokens(weights, family_of(weights))


@pytest.mark.parametrize("family", ["clip", "siglip"])
@pytest.mark.parametrize("texts", [PROMPTS, ODD, ["short"]], ids=["prompts", "odd", "one"])
def test_ids_are_the_reference_s(family, texts, hubs) -> None:
    hub = hubs(family)
    found, expected = tokens_of(hub.weights)(texts), hub.ids(texts)
    assert (found["input_ids"] == expected["input_ids"].numpy()).all()
    assert found["input_ids"].dtype == np.int64
    if family == "clip":
        assert (found["attention_mask"] == expected["attention_mask"].numpy()).all()


def test_siglip_is_always_full_and_sees_its_padding(hubs) -> None:
    found = tokens_of(hubs("siglip").weights)(["a", "b c d"])
    assert found["input_ids"].shape == (2, 64)
    assert found["attention_mask"].all()


def test_what_is_too_long_keeps_its_end(hubs) -> None:
    hub = hubs("clip")
    ids = tokens_of(hub.weights)(["x " * 300])["input_ids"]
    assert ids.shape == (1, 77)
    assert ids[0, -1] == hub.tokenizer.eos_token_id


def test_without_a_tokenizer_config_the_family_s_padding_is_taken(hubs, tmp_path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((hubs("clip").folder / name).read_bytes())
    bare = Weights("bare", "local", tmp_path)
    assert (tokens_of(bare)(ODD)["input_ids"] == tokens_of(hubs("clip").weights)(ODD)["input_ids"]).all()


def test_the_digest_changes_with_the_file(hubs, tmp_path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((hubs("clip").folder / name).read_bytes())
    before = tokens_of(Weights("x", "local", tmp_path)).digest
    (tmp_path / "tokenizer.json").write_bytes((tmp_path / "tokenizer.json").read_bytes() + b"\n")
    assert tokens_of(Weights("x", "local", tmp_path)).digest != before


def test_a_damaged_tokenizer_is_named(hubs, tmp_path) -> None:
    (tmp_path / "config.json").write_bytes((hubs("clip").folder / "config.json").read_bytes())
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(WeightsError, match=r"tokenizer\.json.*fetch the model again"):
        tokens_of(Weights("x", "local", tmp_path))(["a"])
