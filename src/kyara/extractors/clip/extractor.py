"""The extractor itself: one pass of the image network per crop, then pure arithmetic against the vocabulary's texts.

Head attributes are asked of the head's embedding, all others of the body's; what has no box is seen whole, once. The
embeddings are all that the cache holds, so another vocabulary costs no pass. Where networks run is not decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.clip.chances import DIGITS, LEAST, Chances
from kyara.extractors.clip.export import check, towers
from kyara.extractors.clip.family import family_of
from kyara.extractors.clip.logits import temperature_of
from kyara.extractors.clip.preprocess import read_preprocessing
from kyara.extractors.clip.prompts import prompts_of
from kyara.extractors.clip.text import Matrix, TextSide, embeddings
from kyara.extractors.clip.tokens import Tokens
from kyara.flow import Kind, Raw, Reading, View
from kyara.records import Box, Embedding, Evidence
from kyara.vocabulary import Part, Vocabulary
from kyara.weights import Model, Runtime, Weights

Place = tuple[str, Box | None]  # sample id and box: what decides the pixels of a crop


class ClipExtractor:
    """Zero-shot evidence on every attribute of the vocabulary, and embeddings, float32 (d,) of unit length, in the
    spaces "clip" (the body, or the whole) and "clip-head". Safe to call from several threads."""

    name = "clip"
    inputs: frozenset[Kind] = frozenset({"pixels"})
    cost = 30.0

    def __init__(self, vocabulary: Vocabulary, weights: Weights, runtime: Runtime, folder: Path) -> None:
        """`folder` keeps exported networks and encoded texts. Loads no network.

        Raises WeightsError for files that no CLIP has, MissingWeightsError where files are missing, and
        MissingExtraError where only an export could make the networks and torch is not installed.
        """
        self._weights, self._runtime, self._folder = weights, runtime, folder
        self.batch_size = runtime.a_pass(32)
        self._family = family_of(weights)
        self._preprocessing = read_preprocessing(weights)
        self._tokens = Tokens(weights, self._family)
        self._temperature = temperature_of(weights, self._family)
        self._parts = {attribute.name: attribute.part for attribute in vocabulary.attributes}
        self._prompts = prompts_of(vocabulary)
        self._chances = Chances(tuple(self._prompts.questions.values()), self._parts)
        self._lock = RLock()
        check(weights)

    @property
    def network(self) -> Model:
        """The image network; exported first where there is no ONNX file of it."""
        with self._lock:
            return self._network

    @cached_property
    def look_version(self) -> str:
        return _digest(self.network.digest, self._preprocessing.digest)

    @cached_property
    def version(self) -> str:
        with self._lock:
            texts = self._text_side.digest
        return _digest(self.look_version, texts, self._prompts, self._parts, self._temperature, LEAST, DIGITS)

    def feeds(self, views: Sequence[View]) -> dict[str, NDArray[np.float32]]:
        """What the network is given for `views`: each crop of theirs once, as `pixel_values` (crops, 3, h, w)."""
        return self._feeds(list(_crops(views).values()))

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`body` float32 (d,), unit length, and `head` likewise, empty where the sighting has no head box."""
        crops = _crops(views)
        asked, vectors = list(crops.values()), []
        for start in range(0, len(asked), self.batch_size):
            outputs = self.network.run(self._feeds(asked[start : start + self.batch_size]))
            vectors += list(embeddings(outputs, self._family.image_output, self.network))
        seen: Mapping[Place, NDArray[np.float32]] = dict(zip(crops, vectors, strict=True))
        nowhere = np.empty(0, np.float32)
        return [
            {"body": seen[_place(view, "body")], "head": seen[_place(view, "head")] if _has_head(view) else nowhere}
            for view in views
        ]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        """Evidence with the chances of all labels (tiny ones of a one-of attribute left out); the embeddings."""
        spaces = {"clip": raw["body"], "clip-head": raw["head"]}
        vectors = {space: vector.astype(np.float32) for space, vector in spaces.items() if vector.size}
        logits = self._temperature.logits(np.stack(list(vectors.values())), self._texts)
        evidence = tuple(
            [Evidence(self.name, self.version, name, scores) for name, scores in self._chances(logits, attributes)]
        )
        return Reading(evidence, tuple(Embedding(space, vector) for space, vector in vectors.items()))

    def _feeds(self, crops: Sequence[tuple[View, Part]]) -> dict[str, NDArray[np.float32]]:
        side = self._preprocessing.side_px
        return {"pixel_values": self._preprocessing([view.pixels(part, side) for view, part in crops])}

    @cached_property
    def _towers(self) -> tuple[Path, Path]:
        return towers(self._weights, self._family, self._folder)

    @cached_property
    def _network(self) -> Model:
        path = self._weights.folder if self._runtime.backend == "torch" else self._towers[0]
        return Model(path, self._runtime)

    @cached_property
    def _text_side(self) -> TextSide:
        """Always at full precision: it runs once, and every answer leans on it."""
        network = Model(self._towers[1], replace(self._runtime.full, streams=1))
        return TextSide(network, self._tokens, self._family, self._prompts.ensembles)

    @property
    def _texts(self) -> Matrix:
        with self._lock:
            return self._matrix

    @cached_property
    def _matrix(self) -> Matrix:
        return self._text_side.matrix(self._folder)


def _crops(views: Sequence[View]) -> dict[Place, tuple[View, Part]]:
    """Every distinct crop of `views`: the body (or the whole), and the head where it has a box."""
    crops: dict[Place, tuple[View, Part]] = {}
    for view in views:
        crops.setdefault(_place(view, "body"), (view, "body"))
        if _has_head(view):
            crops.setdefault(_place(view, "head"), (view, "head"))
    return crops


def _place(view: View, part: Part) -> Place:
    return view.sample.id, view.box(part)


def _has_head(view: View) -> bool:
    return view.sighting.head is not None


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
