"""Token ids are those of the model's own tokenizer, cut where its makers cut."""

from __future__ import annotations

import json
import shutil

import pytest

from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.language.tokens import TextTokens
from kyara.weights import find

PAIR = ("Her hair, the colour of wheat, fell to her waist.", "This text describes a person with blonde hair.")


@pytest.fixture
def copy_of(text_hubs, tmp_path):
    """A copy of the hub of a kind, with files changed: the content of each, None for one taken away."""

    def copied(kind, **changed):
        folder = tmp_path / "hub"
        shutil.copytree(text_hubs(kind).folder, folder)
        for name, content in changed.items():
            path = folder / f"{name}.json"
            if content is None:
                path.unlink()
            else:
                path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
        return find(str(folder))

    return copied


@pytest.mark.parametrize("kind", ["encoder", "bart", "bert"])
def test_ids_are_the_reference_s(kind, text_hubs) -> None:
    hub = text_hubs(kind)
    single, pair = TextTokens(hub.weights)([PAIR[0], PAIR])
    assert single.ids == hub.tokenizer(PAIR[0])["input_ids"]
    expected = hub.tokenizer(*PAIR)
    assert pair.ids == expected["input_ids"]
    assert pair.types == expected.get("token_type_ids", [0] * len(pair.ids))
    assert (max(pair.types) == 1) == (kind != "bart")


@pytest.mark.parametrize("kind", ["bart", "bert"])
def test_of_a_pair_too_long_the_first_half_is_cut(kind, text_hubs) -> None:
    hub = text_hubs(kind)
    long = " ".join([PAIR[0]] * 30)
    (row,) = TextTokens(hub.weights)([(long, PAIR[1])])
    assert row.ids == hub.tokenizer(long, PAIR[1], truncation="only_first")["input_ids"]
    assert len(row.ids) == 128


def test_a_file_that_pads_and_cuts_itself_is_overruled(copy_of) -> None:
    """The published all-MiniLM-L6-v2's tokenizer.json pads every text to 128 and cuts there."""
    padding = {"strategy": {"Fixed": 100}, "direction": "Right", "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}
    cutting = {"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 0}
    tokens = TextTokens(
        copy_of("encoder", tokenizer={"padding": padding | {"pad_to_multiple_of": None}, "truncation": cutting})
    )
    short, long = tokens(["hair", PAIR[0] * 20])
    assert len(short.ids) < 8
    assert len(long.ids) == tokens.most == 64


def test_where_it_is_cut(copy_of, text_hubs) -> None:
    assert TextTokens(text_hubs("encoder").weights).most == 64, "sentence_bert_config.json comes first"
    assert TextTokens(text_hubs("bart").weights).most == 128
    changed = copy_of("bart", tokenizer_config={"model_max_length": 10**30}, config={"max_position_embeddings": 90})
    assert TextTokens(changed).most == 90, "a limit that means none"


def test_roberta_s_first_two_positions_are_no_tokens(copy_of) -> None:
    changed = {"model_type": "roberta", "max_position_embeddings": 98}
    assert TextTokens(copy_of("bert", config=changed, tokenizer_config={"model_max_length": 10**30})).most == 96


def test_what_pads(copy_of, text_hubs) -> None:
    assert TextTokens(text_hubs("bart").weights).pad == 1
    assert TextTokens(copy_of("encoder", tokenizer_config={"pad_token": {"content": "[MASK]"}})).pad == 4


def test_a_tokenizer_without_padding_is_refused(copy_of) -> None:
    weights = copy_of("bart", tokenizer_config={"pad_token": "<none>"})
    path = weights.folder / "tokenizer.json"
    path.write_text(path.read_text().replace("<pad>", "<gap>"))
    with pytest.raises(WeightsError, match=r"tokenizer\.json: holds no padding token \('<none>' found\)"):
        _ = TextTokens(weights).pad


def test_damaged_and_absent_files_are_named(copy_of, tmp_path) -> None:
    weights = copy_of("bart")
    (weights.folder / "tokenizer.json").write_text("{")
    with pytest.raises(WeightsError, match=r"tokenizer\.json: .*; fetch the model again"):
        TextTokens(weights)(["a"])
    (weights.folder / "tokenizer.json").unlink()
    with pytest.raises(MissingWeightsError, match=r"holds no tokenizer\.json"):
        TextTokens(weights)


def test_the_digest_follows_what_decides_the_ids(copy_of, text_hubs) -> None:
    before = TextTokens(text_hubs("bart").weights).digest
    assert TextTokens(copy_of("bart", tokenizer_config={"model_max_length": 99})).digest != before
