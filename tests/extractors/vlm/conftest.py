"""Tiny models of the real architectures with random weights, in the hub's layout."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.flow import View
from kyara.images import Limits, Picture, encoded, probe
from kyara.records import Sample, Sighting

IMAGE = {"size": {"height": 32, "width": 32}, "resample": 3, "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27] * 3}
SPREAD = 0.3  # of weights: at the usual 0.02 all pictures look alike to a network that learned nothing


def _tokenizer(folder: Path, special: list[str], **named: str) -> int:
    """A byte-level tokenizer; gives how many tokens it knows."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = Tokenizer(models.BPE({token: i for i, token in enumerate([*special, *alphabet])}, []))
    tokens.pre_tokenizer, tokens.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokens.add_special_tokens(special)
    PreTrainedTokenizerFast(tokenizer_object=tokens, **named).save_pretrained(folder)
    return len(special) + len(alphabet)


@pytest.fixture(scope="session")
def blip2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import Blip2Config, Blip2ForConditionalGeneration

    folder = tmp_path_factory.mktemp("blip2")
    known = _tokenizer(folder, ["<pad>", "</s>", "<image>"], pad_token="<pad>", eos_token="</s>", bos_token="</s>")
    torch.manual_seed(3)
    config = Blip2Config(
        vision_config={"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
                       "image_size": 32, "patch_size": 8},
        qformer_config={"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
                        "encoder_hidden_size": 32, "vocab_size": known},
        text_config={"model_type": "opt", "vocab_size": known, "hidden_size": 32, "ffn_dim": 48, "num_hidden_layers": 2,
                     "num_attention_heads": 4, "word_embed_proj_dim": 32, "max_position_embeddings": 256,
                     "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0},
        num_query_tokens=4, image_token_index=2,
    )  # fmt: skip
    model = Blip2ForConditionalGeneration(config)
    with torch.no_grad():  # else the answer hardly depends on the picture
        model.query_tokens.normal_()
        for part in (model.vision_model, model.qformer, model.language_projection, model.language_model):
            for parameter in part.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(std=SPREAD)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(IMAGE))
    return folder


@pytest.fixture
def views() -> list[View]:
    """Three pictures, each of one character."""
    noise = np.random.default_rng(1)
    made = []
    for i in range(3):
        pixels = np.asarray(Image.fromarray(noise.integers(0, 256, (6, 5, 3), np.uint8)).resize((80, 96)))
        data = bytes(encoded(pixels))
        header = probe(data, Limits())
        sample = Sample(f"{i}", f"id{i}", "u", header.width, header.height, sightings=(Sighting(),))
        made.append(View(sample, 0, Picture(data, header, Limits())))
    return made


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """transformers' own remarks on generation settings."""
    warnings.simplefilter("ignore")
