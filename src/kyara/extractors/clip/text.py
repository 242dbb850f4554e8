"""The text side: every ensemble of prompts one unit vector, computed once per model and vocabulary and kept on disk.

Kept as the cache packs arrays, with a CRC-32: a damaged file is encoded again. Knows no pictures and no attributes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kyara.cache.store import pack, unpack
from kyara.errors import WeightsError
from kyara.extractors.clip.family import Family
from kyara.extractors.clip.prompts import Ensemble
from kyara.extractors.clip.tokens import Tokens
from kyara.weights import Model

TEXTS_A_RUN = 32
Matrix = NDArray[np.float32]


class TextSide:
    """Vectors of `ensembles`, one row each. `digest` names them; nothing is encoded before `matrix` is called."""

    def __init__(self, network: Model, tokens: Tokens, family: Family, ensembles: Sequence[Ensemble]) -> None:
        self._network, self._tokens, self._family, self._ensembles = network, tokens, family, ensembles
        parts = (network.digest, tokens.digest, family, tuple(ensembles))
        self.digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def matrix(self, folder: Path) -> Matrix:
        """(ensembles, d), unit rows: from the file in `folder`, else encoded and kept there. Raises WeightsError."""
        path = folder / f"texts-{self.digest}.bin"
        kept = _kept(path)
        if kept is not None and len(kept) == len(self._ensembles):
            return kept
        matrix = self._encoded()
        _keep(path, matrix)
        return matrix

    def _encoded(self) -> Matrix:
        """Normalised, averaged over the ensemble, normalised again (Radford et al. 2021, 3.1.4)."""
        texts = sorted({text for ensemble in self._ensembles for text in ensemble}, key=lambda text: (len(text), text))
        runs = []
        for start in range(0, len(texts), TEXTS_A_RUN):  # of like length, so that little of a run is padding
            feeds = self._tokens(texts[start : start + TEXTS_A_RUN])
            wanted = {name: feeds[name] for name in self._network.session.inputs if name in feeds}
            runs.append(embeddings(self._network.run(wanted), self._family.text_output, self._network))
        self._network.unload()
        vectors = dict(zip(texts, np.concatenate(runs), strict=True))
        return unit(np.stack([np.mean([vectors[text] for text in ensemble], 0) for ensemble in self._ensembles]))


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


def _kept(path: Path) -> Matrix | None:
    try:
        return np.asarray(unpack(path.read_bytes())["vectors"], np.float32)
    except (OSError, ValueError, KeyError):
        return None


def _keep(path: Path, matrix: Matrix) -> None:
    """Whole or not at all: under a name of its own first, since several processes may encode at once."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(pack({"vectors": matrix}))
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise WeightsError(
            f"cannot write {path}: {error.strerror or error}; free some space, or choose another folder for models"
        ) from error
