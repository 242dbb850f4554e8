"""The plainest pair of eyes: a colour histogram as embedding, and hair colour from the colours at the top of a head.

A baseline, not a model: it needs no weights, is right about hair on about half of real head crops
(docs/benchmarks.md) and says nothing without a head box. It is a Looker, so its one pass over the pixels is cached.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Sequence
from importlib.resources import files

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from kyara.flow import Kind, Pixels, Raw, Reading, View
from kyara.records import Embedding, Evidence
from kyara.vocabulary import Vocabulary

ATTRIBUTE = "hair_color"
SIDE_PX = 48
HAIR_ROWS = int(0.4 * SIDE_PX)  # a head box opens with hair; below it is face
LEVELS = 8  # per RGB channel
LAB_SPREAD = 8.0  # how far in Lab a reference colour still counts; benchmarks/histogram_accuracy.py


class HistogramExtractor:
    """Colour histogram (space "histogram", float32 of shape (192,), unit length) and hair colour."""

    name = "histogram"
    look_version = f"2 pillow {PIL.__version__}"  # decoders differ in the last bit between releases
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 64
    cost = 1.0

    def __init__(self, vocabulary: Vocabulary) -> None:
        text = files("kyara.extractors").joinpath("histogram.toml").read_text(encoding="utf-8")
        known = vocabulary[ATTRIBUTE].label_names if ATTRIBUTE in vocabulary else ()
        colours = {label: rgb for label, rgb in tomllib.loads(text)[ATTRIBUTE].items() if label in known}
        self._labels = tuple(colours)
        self._shares = _shares([np.array(rgb, np.float64) for rgb in colours.values()])
        self.version = hashlib.sha256(f"{self.look_version}{colours}{LAB_SPREAD}".encode()).hexdigest()[:16]

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`embedding` float32 (192,) of the figure; `hair` float32 (512,) of the head's top, empty without a head."""
        return [_look(view) for view in views]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        embeddings = (Embedding(self.name, raw["embedding"].astype(np.float32)),)
        if ATTRIBUTE not in attributes or not self._labels or not raw["hair"].size:
            return Reading(embeddings=embeddings)
        shares = zip(self._labels, raw["hair"].astype(np.float64) @ self._shares, strict=True)
        scores = {label: round(float(share), 4) for label, share in shares if share >= 0.05}
        return Reading((Evidence.of(self, ATTRIBUTE, scores, ("top of the head",)),), embeddings)


def _look(view: View) -> Raw:
    hair = np.empty(0, np.float32)
    if view.sighting.head is not None:
        top = _small(view.pixels("head", SIDE_PX))[:HAIR_ROWS].reshape(-1, 3)
        bins = top.astype(np.int64) * LEVELS // 256
        hair = _frequencies(bins @ (LEVELS * LEVELS, LEVELS, 1), LEVELS**3)
    return {"embedding": _embedding(_small(view.pixels("body", SIDE_PX))), "hair": hair}


def _small(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX))


def _embedding(pixels: Pixels) -> NDArray[np.float32]:
    """Square root of the HSV histogram (12 × 4 × 4 bins): its dot product is the Bhattacharyya coefficient."""
    hsv = np.asarray(Image.fromarray(pixels).convert("HSV")).reshape(-1, 3)
    hue = hsv[:, 0].astype(np.int64) * 12 // 256
    saturation, value = np.digitize(hsv[:, 1], (40, 100, 170)), np.digitize(hsv[:, 2], (64, 128, 192))
    return np.sqrt(_frequencies((hue * 4 + saturation) * 4 + value, 192))


def _frequencies(bins: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    return (np.bincount(bins, minlength=count) / bins.size).astype(np.float32)


def _shares(references: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """How much of each RGB bin belongs to each label, (512, labels): by nearness to its references in Lab."""
    levels = (np.arange(LEVELS) + 0.5) * 256 / LEVELS
    bins = _lab(np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3))
    if not references:
        return np.zeros((len(bins), 0))
    distances = np.stack([((bins[:, None] - _lab(rgb)) ** 2).sum(-1).min(1) for rgb in references], 1)
    weights = np.exp((distances.min(1, keepdims=True) - distances) / (2 * LAB_SPREAD**2))
    return np.asarray(weights / weights.sum(1, keepdims=True))


def _lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB 0–255 to CIE Lab, D65 (IEC 61966-2-1; CIE 15)."""
    c = rgb / 255
    linear = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x = linear @ matrix.T / (0.9505, 1.0, 1.089)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
