"""The text side: every ensemble of prompts one unit vector, the mean of its texts', which are kept on disk.

Another vocabulary encodes only what is new in it. Knows no pictures and no attributes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extractors.clip.family import Family
from kyara.extractors.clip.prompts import Ensemble
from kyara.extractors.clip.tokens import Tokens
from kyara.extractors.language.kept import Vectors, keep, kept, place_of
from kyara.weights import Model

TEXTS_A_RUN = 32
Matrix = NDArray[np.float32]


class TextSide:
    """Vectors of `ensembles`, one row each. `digest` names them; nothing is encoded before `matrix` is called."""

    def __init__(self, network: Model, tokens: Tokens, family: Family, ensembles: Sequence[Ensemble]) -> None:
        self._network, self._tokens, self._family, self._ensembles = network, tokens, family, ensembles
        self._encoder = _digest(network.digest, tokens.digest, family)
        self.digest = _digest(self._encoder, tuple(ensembles))

    def matrix(self, folder: Path) -> Matrix:
        """(ensembles, d), unit rows: texts known from an earlier call with `folder` do not run. Raises WeightsError.

        Normalised, averaged over the ensemble, normalised again (Radford et al. 2021, 3.1.4).
        """
        path = place_of(self._network.path, self._encoder, folder)
        vectors = kept(path)
        if new := {text for ensemble in self._ensembles for text in ensemble} - vectors.keys():
            vectors = {**self._encoded(new), **kept(path)}  # what another process kept meanwhile is not lost
            keep(path, vectors)
        return unit(np.stack([np.mean([vectors[text] for text in ensemble], 0) for ensemble in self._ensembles]))

    def _encoded(self, texts: Collection[str]) -> Vectors:
        vectors: dict[str, NDArray[np.float32]] = {}
        for some in self._batches(sorted(texts)):
            feeds = self._tokens(some)
            wanted = {name: feeds[name] for name in self._network.session.inputs if name in feeds}
            found = embeddings(self._network.run(wanted), self._family.text_output, self._network)
            vectors |= dict(zip(some, found, strict=True))
        self._network.unload()
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[Sequence[str]]:
        """Of equally many tokens, so that no run is padded: what a text's neighbours are then changes no bit of its
        vector (all 1,050 texts of the vocabulary, OpenVINO and ONNX Runtime), nor which of them were known before."""
        by_length: dict[int, list[str]] = {}
        for text, mask in zip(texts, self._tokens(texts)["attention_mask"], strict=True):
            by_length.setdefault(int(mask.sum()), []).append(text)
        for some in by_length.values():
            yield from (some[start : start + TEXTS_A_RUN] for start in range(0, len(some), TEXTS_A_RUN))


def embeddings(outputs: dict[str, NDArray[np.generic]], name: str, network: Model) -> Matrix:
    """The output `name` as unit vectors (n, d). Raises WeightsError where there is none of that name and shape."""
    if name not in outputs or outputs[name].ndim != 2:
        found = ", ".join(f"{name} {array.shape}" for name, array in outputs.items())
        raise WeightsError(f"{network.path}: {found} found; {name} (n, d) is expected: fetch or export it again")
    return unit(outputs[name])


def unit(vectors: NDArray[np.generic]) -> Matrix:
    """The rows brought to length one. Raises ValueError for what has no direction."""
    rows = vectors.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and lengths.all()):
        raise ValueError("an embedding without a direction (zero, NaN or infinite); choose another --precision")
    return np.asarray(rows / lengths)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
