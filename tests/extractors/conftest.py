"""Networks over text without a hub: transformers' own architectures, tiny, random weights, in the hub's layout."""

from __future__ import annotations

import csv
import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.subwords import byte_pairs, word_pieces, words_of

from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary
from kyara.weights import Weights, find

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
NLI = {"contradiction": 0, "neutral": 1, "entailment": 2}


@dataclass(frozen=True)
class TextHub:
    """A folder as pulled from the hub, and what it was saved from."""

    folder: Path
    model: Any
    tokenizer: Any

    @property
    def weights(self) -> Weights:
        return find(str(self.folder))


def _prompts() -> list[str]:
    labels = [label for attribute in load_vocabulary().attributes for label in attribute.labels]
    return [f"This text describes {prompt}." for label in labels for prompt in label.prompts]


def _wordpiece() -> Any:
    """BERT's kind, with the two halves of a pair told apart by type."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer()
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces = word_pieces(words_of(_prompts(), raw), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    raw.model = models.WordPiece(pieces, unk_token="[UNK]")
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    names["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=128, **names)


def _byte_pairs() -> Any:
    """BART's kind: byte-level BPE, pairs parted by two end tokens, without types."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    first = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw.model = models.BPE(*byte_pairs(words_of(_prompts(), raw), first))
    raw.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    inputs = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=128, model_input_names=inputs, **names)


def _encoder() -> tuple[Any, Any]:
    from transformers import BertConfig, BertModel

    tokenizer = _wordpiece()
    config = BertConfig(**SMALL, vocab_size=len(tokenizer), max_position_embeddings=128, initializer_range=0.5)
    return BertModel(config), tokenizer


def _bert_nli() -> tuple[Any, Any]:
    """Its classes stand in another order than BART's, as those of many cross-encoders do."""
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = _wordpiece()
    labels = {"entailment": 0, "neutral": 1, "contradiction": 2}
    names = {"label2id": labels, "id2label": {place: label for label, place in labels.items()}}
    config = BertConfig(**SMALL, **names, vocab_size=len(tokenizer), max_position_embeddings=128, initializer_range=0.3)
    return BertForSequenceClassification(config), tokenizer


def _bart_nli() -> tuple[Any, Any]:
    from transformers import BartConfig, BartForSequenceClassification

    tokenizer = _byte_pairs()
    layers = {f"{part}_{what}": 2 for part in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    names = {"label2id": NLI, "id2label": {place: label for label, place in NLI.items()}}
    sizes = {"d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 128}
    config = BartConfig(**layers, **names, **sizes, vocab_size=len(tokenizer), init_std=0.2)
    return BartForSequenceClassification(config), tokenizer


@pytest.fixture(scope="session")
def text_hubs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], TextHub]:
    """The hub of a kind, "encoder", "bart" or "bert"; the same one each time."""
    made: dict[str, TextHub] = {}
    kinds = {"encoder": _encoder, "bart": _bart_nli, "bert": _bert_nli}

    def hub(kind: str) -> TextHub:
        if kind not in made:
            import torch

            torch.manual_seed(7)
            folder = tmp_path_factory.mktemp(kind)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model, tokenizer = kinds[kind]()
                for part in (model.eval(), tokenizer):
                    part.save_pretrained(folder)
            if kind == "encoder":
                _as_sentence_transformers(folder, "mean")
            made[kind] = TextHub(folder, model, tokenizer)
        return made[kind]

    return hub


def _as_sentence_transformers(folder: Path, pooling: str) -> None:
    """The files by which sentence-transformers knows how a text's vector is made."""
    types = ["Transformer", "Pooling", "Normalize"]
    modules = [{"idx": i, "type": f"sentence_transformers.models.{one}"} for i, one in enumerate(types)]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    modes = {f"pooling_mode_{name}": name.startswith(pooling) for name in ("cls_token", "mean_tokens", "max_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32, **modes}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64, "do_lower_case": False}))


@pytest.fixture(scope="session")
def text_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder that tests share, so that each tiny network is exported once."""
    return tmp_path_factory.mktemp("text-models")


@pytest.fixture
def text_views() -> Callable[..., list[View]]:
    """Views of texts: of each text one, or one a sighting."""

    def views(texts: Sequence[str | None], sightings: int = 1) -> list[View]:
        some = (Sighting(),) * sightings
        samples = [Sample(str(i), f"id {i}", "", text=text, sightings=some) for i, text in enumerate(texts)]
        return [View(sample, index) for sample in samples for index in range(sightings)]

    return views


@pytest.fixture
def real_texts(shared_data: Callable[[str], Path]) -> list[str]:
    """Forty descriptions of wiki characters, as sentences: names, hair, eyes and sex as the data pack has them."""
    with shared_data("text/comic_characters.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["EYE"] and row["HAIR"] and row["SEX"]]
    picked = [rows[i * len(rows) // 40] for i in range(40)]
    return [f"{row['name']}: {row['SEX'].lower()}, {row['HAIR']}, {row['EYE']}. Since {row['YEAR']}." for row in picked]
