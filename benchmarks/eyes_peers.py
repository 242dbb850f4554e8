"""What people do today: CLIP by torch at float32, encoding each picture once or asking the pipeline per attribute.

Kept apart because torch is imported with it. Pictures are decoded by Pillow, at full size, when their turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import CLIPModel, CLIPProcessor, pipeline
from transformers.utils import logging

Questions = Mapping[str, Sequence[str]]  # attribute -> prompts, one a label
logging.set_verbosity_error()
logging.disable_progress_bar()


class AskedPerAttribute:
    """transformers' pipeline("zero-shot-image-classification"), once for every attribute of every picture."""

    def __init__(self, folder: Path, asked: Questions) -> None:
        self._pipe = pipeline("zero-shot-image-classification", model=str(folder))
        self._asked = asked

    def __call__(self, paths: Sequence[Path]) -> list[dict[str, str]]:
        """The best prompt of every attribute, for each picture. A picture is decoded once for all its attributes."""
        return [{name: self._best(image, prompts) for name, prompts in self._asked.items()} for image in opened(paths)]

    def _best(self, image: Image.Image, prompts: Sequence[str]) -> str:
        answers = self._pipe(image, candidate_labels=list(prompts), hypothesis_template="{}")
        return str(answers[0]["label"])


class EncodedOnce:
    """The texts encoded once, every picture once, `batch` pictures at a time; then a product with the texts."""

    def __init__(self, folder: Path, asked: Questions, batch: int = 32) -> None:
        self._model = CLIPModel.from_pretrained(folder).eval()
        self._processor = CLIPProcessor.from_pretrained(folder)
        self._batch = batch
        ids = self._processor(text=[p for some in asked.values() for p in some], padding=True, return_tensors="pt")
        with torch.inference_mode():
            self._texts = torch.nn.functional.normalize(self._model.get_text_features(**ids).pooler_output)

    def __call__(self, paths: Sequence[Path]) -> NDArray[np.float32]:
        """The cosine of every picture with every prompt."""
        batches = [paths[start : start + self._batch] for start in range(0, len(paths), self._batch)]
        return np.concatenate([self._cosines(some) for some in batches])

    def _cosines(self, paths: Sequence[Path]) -> NDArray[np.float32]:
        with torch.inference_mode():
            planes = self._processor(images=list(opened(paths)), return_tensors="pt")
            vectors = torch.nn.functional.normalize(self._model.get_image_features(**planes).pooler_output)
            return np.asarray(vectors @ self._texts.T)


def opened(paths: Sequence[Path]) -> Iterator[Image.Image]:
    return (Image.open(path).convert("RGB") for path in paths)
