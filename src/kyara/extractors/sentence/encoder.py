"""Any ONNX sentence encoder: texts to unit vectors. Knows no vocabulary, and not what the texts are.

Always at full precision: a text costs milliseconds, and the order of near cosines is all that it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.language.export import HIDDEN, check, network_of
from kyara.extractors.language.rows import answer, runs
from kyara.extractors.language.tokens import TextTokens
from kyara.extractors.sentence.pooling import pooled, pooling_of
from kyara.weights import Model, Runtime, Weights

OUTPUTS = (HIDDEN, "token_embeddings")  # as transformers and as sentence-transformers name the token states


class Encoder:
    """One encoder; exported first where there is no ONNX file of it. Safe to call from several threads."""

    def __init__(self, weights: Weights, runtime: Runtime, folder: Path) -> None:
        """`folder` keeps an exported network. Raises WeightsError, MissingWeightsError, MissingExtraError."""
        self._weights, self._runtime, self._folder = weights, runtime.full, folder
        self._pooling = pooling_of(weights)
        self._tokens = TextTokens(weights)
        self._lock = RLock()
        check(weights)

    @property
    def network(self) -> Model:
        with self._lock:
            return self._network

    @cached_property
    def digest(self) -> str:
        """Of all that a text's vector depends on."""
        parts = (self.network.digest, self._tokens.digest, self._pooling)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def __call__(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """A unit vector (d,) for each text, which depends on no other."""
        found: dict[int, NDArray[np.float32]] = {}
        for places, feeds in runs(self._tokens(texts), self._tokens.pad) if texts else ():
            states = answer(self.network, feeds, OUTPUTS)
            found |= zip(places, pooled(states, feeds["attention_mask"], self._pooling), strict=True)
        return [found[place] for place in range(len(texts))]

    @cached_property
    def _network(self) -> Model:
        return Model(network_of(self._weights, "encoder", self._folder), self._runtime)
