"""CLIP and SigLIP without a hub: transformers' own architectures, tiny, random weights, saved in the hub's layout."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from tests.subwords import byte_pairs, words_of

from kyara.extractors.clip import ClipExtractor
from kyara.extractors.clip.prompts import prompts_of
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import Vocabulary, load_vocabulary
from kyara.weights import Runtime, Weights, find

SIDE_PX = 64
TEXTS = [text for ensemble in prompts_of(load_vocabulary()).ensembles for text in ensemble]
TOWER = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@dataclass(frozen=True)
class Hub:
    """A folder as pulled from the hub, and what it was saved from."""

    folder: Path
    model: Any
    pixels: Any  # transformers' Pillow image processor
    tokenizer: Any

    @property
    def weights(self) -> Weights:
        return find(str(self.folder))

    def clip(self, vocabulary: Vocabulary, models: Path, runtime: Runtime | None = None) -> ClipExtractor:
        return ClipExtractor(vocabulary, self.weights, runtime or Runtime(), models)

    def ids(self, texts: Sequence[str]) -> Any:
        """As the reference's documentation has them: CLIP padded to the longest, SigLIP to 64 and in lower case."""
        if self.model.config.model_type == "clip":
            return self.tokenizer(list(texts), padding=True, truncation=True, max_length=77, return_tensors="pt")
        ids = self.tokenizer(list(texts), padding="max_length", truncation=True, max_length=64, return_tensors="pt")
        return {"input_ids": ids["input_ids"]}

    def answers(self, pictures: Sequence[np.ndarray], texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The reference's logits (pictures, texts) and image embeddings of unit length (pictures, d)."""
        import torch

        planes = self.pixels(list(pictures), return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            output = self.model(pixel_values=planes, **self.ids(texts))
        return output.logits_per_image.numpy(), output.image_embeds.numpy()


def clip_tokenizer() -> Any:
    """CLIP's own kind of tokenizer: byte-level BPE with `</w>`, whose merges build the words of the prompts."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import CLIPTokenizer

    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(False)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    first = ["<|startoftext|>", "<|endoftext|>", *alphabet, *(letter + "</w>" for letter in alphabet)]
    vocabulary, merges = byte_pairs(words_of(TEXTS, raw), first, "</w>")
    return CLIPTokenizer(vocab=vocabulary, merges=merges)


def siglip_tokenizer() -> Any:
    """SigLIP's kind: a unigram model with `</s>` at the end and as padding."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.Unigram())
    raw.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()])
    raw.pre_tokenizer = pre_tokenizers.Metaspace()
    specials = ["<unk>", "</s>"]
    trainer = trainers.UnigramTrainer(vocab_size=900, special_tokens=specials, unk_token="<unk>", show_progress=False)
    raw.train_from_iterator(TEXTS, trainer)
    raw.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", eos_token="</s>", pad_token="</s>")


def _clip() -> tuple[Any, Any, Any]:
    from transformers import CLIPConfig, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = clip_tokenizer()
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    model = CLIPModel(
        CLIPConfig(
            text_config=TOWER | ends | {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id},
            vision_config=TOWER | {"image_size": SIDE_PX, "patch_size": 16, "initializer_range": 0.3},
            projection_dim=24,
            logit_scale_init_value=math.log(100),
        )
    )
    size = {"size": {"shortest_edge": SIDE_PX}, "crop_size": {"height": SIDE_PX, "width": SIDE_PX}}
    return model, CLIPImageProcessorPil(**size), tokenizer


def _siglip() -> tuple[Any, Any, Any]:
    import torch
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    tokenizer = siglip_tokenizer()
    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    model = SiglipModel(
        SiglipConfig(
            text_config=TOWER | ends | {"vocab_size": len(tokenizer), "projection_size": 32},
            vision_config=TOWER | {"image_size": SIDE_PX, "patch_size": 16},
        )
    )
    with torch.no_grad():
        model.logit_scale.fill_(math.log(117))
        model.logit_bias.fill_(-12.9)
    return model, SiglipImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX}), tokenizer


@pytest.fixture(scope="session")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Hub]:
    """The hub of a family, "clip" or "siglip"; the same one each time."""
    made: dict[str, Hub] = {}

    def hub(family: str) -> Hub:
        if family not in made:
            import torch

            torch.manual_seed(3)
            folder = tmp_path_factory.mktemp(family)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model, pixels, tokenizer = {"clip": _clip, "siglip": _siglip}[family]()
                for part in (model.eval(), pixels, tokenizer):
                    part.save_pretrained(folder)
            made[family] = Hub(folder, model, pixels, tokenizer)
        return made[family]

    return hub


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models folder that tests share, so that each tiny network is exported once."""
    return tmp_path_factory.mktemp("models")


def view_of(pixels: np.ndarray, name: str = "a", sighting: Sighting | None = None) -> View:
    """A view of a picture that is the same at every scale."""
    return View(Sample(name, f"id of {name}", name, sightings=(sighting or Sighting(),)), 0, Drawn(pixels))


class Drawn:
    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def crop(self, box: tuple[float, ...] | None, side_px: int) -> np.ndarray:
        height, width = self.pixels.shape[:2]
        x0, y0, x1, y1 = map(int, box or (0, 0, width, height))
        return self.pixels[max(y0, 0) : y1, max(x0, 0) : x1]


@pytest.fixture(name="view_of")
def _view_of() -> Callable[..., View]:
    return view_of


@cache
def decoded(path: Path, count: int) -> list[np.ndarray]:
    images = pq.read_table(path, columns=["image"])["image"]
    picked = [images[int(i)].as_py() for i in np.linspace(0, len(images) - 1, count)]
    return [np.asarray(Image.open(io.BytesIO(data)).convert("RGB").reduce(2)) for data in picked]


@pytest.fixture
def real_pictures(shared_data: Callable[[str], Path]) -> list[np.ndarray]:
    """RGB pixels of 12 illustrations of the data packs, at half their size."""
    return decoded(shared_data("illustrations_boxes.parquet"), 12)


@pytest.fixture
def real_views(real_pictures: list[np.ndarray]) -> list[View]:
    return [view_of(pixels, str(i)) for i, pixels in enumerate(real_pictures)]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return load_vocabulary()
