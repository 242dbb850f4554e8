"""Our own small network, which comes with the package: colours of hair and eyes, and an embedding, of every head.

It looks at heads alone: a sighting without a head box gets nothing. What it was trained on, how often it is right and
what it fails at is told by its card, `builtin/faces.md`. Its numbers (sides, labels, temperatures) are in faces.toml.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from kyara.flow import Kind, Raw, Reading, View
from kyara.images import resized
from kyara.records import Box, Embedding, Evidence, ranked
from kyara.vocabulary import Vocabulary
from kyara.weights import Model, Runtime, Weights

LEAST = 0.01  # a smaller chance stays unsaid
BILINEAR = 2  # Pillow's number; as in training
EMBEDDING = "embedding"
_NOTHING = np.empty(0, np.float32)


class BuiltinExtractor:
    """Evidence on the attributes of faces.toml, and embeddings (space "builtin", float32 (128,) of unit length)."""

    name = "builtin"
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 32
    cost = 1.5

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime) -> None:
        """Loads no network. Raises MissingWeightsError where a file is missing."""
        table = tomllib.loads(weights.file("faces.toml").read_text(encoding="utf-8"))
        network = table["network"]
        self._input, self._side_px = str(network["input"]), int(network["side_px"])
        self._mean, self._std = (np.array(network[key], np.float32).reshape(3, 1, 1) for key in ("mean", "std"))
        self._heads = {
            name: (tuple(part["labels"]), float(part["temperature"]))
            for name, part in table.items()
            if "labels" in part and name in vocabulary
        }
        self._known = {name: vocabulary[name].known for name in self._heads}
        self._network = Model(weights.file("faces.onnx"), runtime.full_or_bf16)
        self.look_version = _digest(self._network.digest, network)
        known = {name: sorted(labels) for name, labels in self._known.items()}
        self.version = _digest(self.look_version, self._heads, known, LEAST)

    def look(self, views: Sequence[View]) -> list[Raw]:
        """Logits by attribute and `embedding` of every head, all empty where the sighting has none."""
        heads = [i for i, view in enumerate(views) if view.sighting.head is not None]
        raws: list[Raw] = [dict.fromkeys((*self._heads, EMBEDDING), _NOTHING)] * len(views)
        for start in range(0, len(heads), self.batch_size):
            some = heads[start : start + self.batch_size]
            outputs = self._network.run({self._input: np.stack([self._pixels(views[i]) for i in some])})
            for row, i in enumerate(some):
                raws[i] = {name: outputs[name][row].astype(np.float32) for name in (*self._heads, EMBEDDING)}
        return raws

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """What the network's temperatures make of its logits; nothing without a head."""
        if not raw[EMBEDDING].size:
            return Reading()
        evidence = tuple(self._evidence(name, raw[name]) for name in self._heads if name in attributes)
        return Reading(evidence, (Embedding(self.name, raw[EMBEDDING].astype(np.float32)),))

    def _evidence(self, attribute: str, logits: NDArray[np.generic]) -> Evidence:
        labels, temperature = self._heads[attribute]
        scaled = logits.astype(np.float64) / temperature
        mass = np.exp(scaled - scaled.max())
        chances = zip(labels, (mass / mass.sum()).round(4).tolist(), strict=True)
        known = self._known[attribute]
        scores = {label: p for label, p in chances if p >= LEAST and label in known}
        return Evidence(self.name, self.version, attribute, ranked(scores))

    def _pixels(self, view: View) -> NDArray[np.float32]:
        """The square around the head box, (3, side, side), normalised as in training."""
        assert view.sighting.head is not None
        assert view.picture is not None
        crop = view.picture.crop(squared(view.sighting.head), self._side_px)
        pixels = resized(crop, (self._side_px, self._side_px), BILINEAR).astype(np.float32) / 255
        return np.asarray((pixels.transpose(2, 0, 1) - self._mean) / self._std)


def squared(box: Box) -> Box:
    """The least square around the middle of `box` that holds it; it may reach beyond the picture."""
    left, top, right, bottom = box
    half = max(right - left, bottom - top) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - half, y - half, x + half, y + half


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
