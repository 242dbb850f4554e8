"""A CLIP ViT-B/32 with random weights in the hub's folder layout, as both Kyara and transformers load it.

The architecture is transformers' own, of the true size (151 million parameters, 605 MB); the tokenizer is CLIP's kind,
byte-level BPE trained on the vocabulary's prompts, so that a prompt has about a token a word, as with the real one.
Random weights cost what trained ones do; what they answer means nothing, and nothing here looks at it.
"""

from __future__ import annotations

import json
import math
import tempfile
import warnings
from pathlib import Path
from typing import Any

from kyara.vocabulary import Vocabulary, load_vocabulary

PLACE = Path(tempfile.gettempdir()) / "kyara-benchmarks"  # 2 GB that all these scripts share; deleting it is safe
NINE = (
    9  # attributes that the peers are asked for: the first of the vocabulary, the largest (accessories) not among them
)
TINY = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}


def clip_folder(place: Path, tiny: bool = False) -> Path:
    """The model's folder below `place`, built where it is not there yet. `tiny`: two thin layers, for trying things."""
    folder = place / ("clip-tiny" if tiny else "clip-vit-base-patch32")
    if not folder.exists():
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as temporary, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # transformers on its own deprecations
            made = Path(temporary) / "made"
            _save(made, TINY if tiny else {})
            made.rename(folder)
    return folder


def questions(vocabulary: Vocabulary | None = None) -> dict[str, tuple[str, ...]]:
    """For each of nine attributes one prompt per label: what a peer asks."""
    attributes = (vocabulary or load_vocabulary()).attributes[:NINE]
    return {attribute.name: tuple(label.prompts[0] for label in attribute.labels) for attribute in attributes}


def _save(folder: Path, tower: dict[str, int]) -> None:
    import torch
    from transformers import CLIPConfig, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(3)
    tokenizer = _tokenizer()
    ids = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    config = CLIPConfig(text_config=tower | ids, vision_config=tower, logit_scale_init_value=math.log(100))
    for part in (CLIPModel(config).eval(), CLIPImageProcessorPil(), tokenizer):
        part.save_pretrained(folder)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    raw = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    specials = ["<|startoftext|>", "<|endoftext|>", *alphabet, *(letter + "</w>" for letter in alphabet)]
    trainer = trainers.BpeTrainer(
        vocab_size=2000, end_of_word_suffix="</w>", special_tokens=specials, show_progress=False
    )
    labels = [label for attribute in load_vocabulary().attributes for label in attribute.labels]
    raw.train_from_iterator([prompt for label in labels for prompt in label.prompts], trainer)
    saved = json.loads(raw.to_str())["model"]
    return CLIPTokenizer(vocab=saved["vocab"], merges=[tuple(pair) for pair in saved["merges"]])
