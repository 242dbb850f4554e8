"""Vectors of texts, kept on disk: one file a network, of all texts it ever encoded; a damaged one is encoded again.

As the cache packs arrays, with a CRC-32. A file's name begins with the content of its network, so that `kyara models
rm` finds it. Knows neither networks nor phrases.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from kyara.cache.store import pack, unpack
from kyara.errors import WeightsError
from kyara.weights.contents import content_of

FOLDER = "texts"
Vectors = Mapping[str, NDArray[np.float32]]  # text -> unit vector (d,)


def place_of(network: Path, digest: str, folder: Path) -> Path:
    """The file of what `network` makes of texts by the tokenizer and pooling that `digest` names."""
    return folder / FOLDER / f"{_prefix(network, folder)}{digest}.bin"


def kept_texts(network: Path, folder: Path) -> list[Path]:
    """The files in `folder` that keep what the network at `network` made of texts."""
    return sorted((folder / FOLDER).glob(f"{_prefix(network, folder)}*.bin"))


def kept(path: Path) -> Vectors:
    """What the file holds; nothing where it is absent or damaged."""
    try:
        raw = unpack(path.read_bytes())
        return dict(zip(orjson.loads(raw["texts"].tobytes()), raw["vectors"].astype(np.float32), strict=True))
    except (OSError, ValueError, KeyError):
        return {}


def keep(path: Path, vectors: Vectors) -> None:
    """Whole or not at all: under a name of its own first, since several processes may encode at once.

    Raises WeightsError where the folder cannot be written.
    """
    texts = sorted(vectors)
    data = pack(
        {
            "texts": np.frombuffer(orjson.dumps(texts), np.uint8),
            "vectors": np.stack([vectors[text] for text in texts]),
        }
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise WeightsError(
            f"cannot write {path}: {error.strerror or error}; free some space, or choose another folder for models"
        ) from error


def _prefix(network: Path, folder: Path) -> str:
    return f"{content_of(network, folder)[:16]}-"
