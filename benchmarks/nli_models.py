"""A BART-MNLI and a MiniLM sentence encoder with random weights in the hub's folder layout, as both Kyara and
transformers load them.

The architectures are transformers' own, of the true sizes (407 and 23 million parameters) or smaller ones to try
things; the tokenizers are of their kinds, trained on the vocabulary's prompts and the committed descriptions, so that a
word has about a token, as with the real ones. Random weights cost what trained ones do; what they answer means nothing.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kyara.vocabulary import load_vocabulary

DESCRIPTIONS = Path(__file__).parent / "data" / "descriptions.jsonl"
# (width, layers of encoder and decoder each, heads): BART-large, BART-base, one to try the script
SIZES = {"large": (1024, 12, 16), "base": (768, 6, 12), "tiny": (64, 2, 2)}
CLASSES = ("contradiction", "neutral", "entailment")


def descriptions(path: Path = DESCRIPTIONS) -> list[str]:
    """The committed descriptions."""
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def nli_folder(place: Path, size: str, layers: int | None = None) -> Path:
    """The folder of a BART-MNLI below `place`, built where it is not there yet; `layers` in place of the size's own."""
    width, full, heads = SIZES[size]
    layers = layers or full

    def save(folder: Path) -> None:
        from transformers import BartConfig, BartForSequenceClassification

        sizes = {"d_model": width, "encoder_ffn_dim": 4 * width, "decoder_ffn_dim": 4 * width}
        sizes |= {f"{part}_layers": layers for part in ("encoder", "decoder")}
        sizes |= {f"{part}_attention_heads": heads for part in ("encoder", "decoder")}
        named = dict(enumerate(CLASSES))
        config = BartConfig(**sizes, id2label=named, label2id={label: place for place, label in named.items()})
        BartForSequenceClassification(config).eval().save_pretrained(folder)
        _byte_pairs().save_pretrained(folder)

    return _once(place / f"bart-mnli-{size}-{layers}", save)


def sentence_folder(place: Path, tiny: bool = False) -> Path:
    """The folder of a MiniLM-L6 below `place`, built where it is not there yet."""

    def save(folder: Path) -> None:
        from transformers import BertConfig, BertModel

        sizes = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
        if tiny:
            sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
        BertModel(BertConfig(**sizes)).eval().save_pretrained(folder)
        _word_pieces().save_pretrained(folder)
        (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 256}))

    return _once(place / f"minilm{'-tiny' if tiny else ''}", save)


def _once(folder: Path, save: Callable[[Path], None]) -> Path:
    if not folder.exists():
        import torch

        torch.manual_seed(3)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # transformers on its own deprecations
            made = Path(temporary) / "made"
            save(made)
            made.rename(folder)
    return folder


def _corpus() -> Iterator[str]:
    for attribute in load_vocabulary().attributes:
        for label in attribute.labels:
            yield from (f"This text describes {prompt}." for prompt in label.prompts)
    yield from descriptions()


def _byte_pairs() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=8000,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(_corpus(), trainer)
    ends = [("<s>", 0), ("</s>", 2)]
    raw.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", ends)
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return _fast(raw, names, 1024, ("input_ids", "attention_mask"))


def _word_pieces() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    raw.normalizer, raw.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=8000, special_tokens=specials, show_progress=False)
    raw.train_from_iterator(_corpus(), trainer)
    raw.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return _fast(raw, {"pad_token": "[PAD]", "unk_token": "[UNK]"}, 512, ("input_ids", "attention_mask"))


def _fast(raw: Any, names: dict[str, str], most: int, inputs: Sequence[str]) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=most, model_input_names=list(inputs), **names)
