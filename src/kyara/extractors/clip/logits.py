"""Cosines to logits: the model's own scale and bias, read out of its file without torch."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extractors.clip.family import Family
from kyara.weights import Weights

Vector = NDArray[np.float32]
_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


@dataclass(frozen=True, slots=True)
class Temperature:
    """logit = cosine · scale + bias. The bias of SigLIP is the rarity of a pair in a batch of 32,000, not that of a
    label, so it stands in logits and cancels out of every chance."""

    scale: float
    bias: float

    def logits(self, images: Vector, texts: Vector) -> NDArray[np.float32]:
        """Of unit vectors (images, d) and (texts, d): (images, texts)."""
        return np.asarray(images @ texts.T * np.float32(self.scale) + np.float32(self.bias))


def temperature_of(weights: Weights, family: Family) -> Temperature:
    """As trained, from model.safetensors. The hub's ONNX towers do not hold it: without that file the family's own."""
    path = weights.optional("model.safetensors")
    found = scalars(path, ("logit_scale", "logit_bias")) if path else {}
    scale = math.exp(found["logit_scale"]) if "logit_scale" in found else family.scale
    return Temperature(scale, found.get("logit_bias", family.bias))


def scalars(path: Path, names: Sequence[str]) -> dict[str, float]:
    """Those of the named single numbers that the safetensors file holds, without reading the rest of it.

    Its layout: 8 bytes length of a JSON header, the header with byte ranges, the bytes. Raises WeightsError.
    """
    try:
        with path.open("rb") as file:
            start = 8 + int.from_bytes(file.read(8), "little")
            if start > path.stat().st_size:
                raise ValueError("its header is longer than the file")
            header = json.loads(file.read(start - 8))
            found = {}
            for name in names:
                if name in header:
                    file.seek(start + header[name]["data_offsets"][0])
                    found[name] = _number(file.read(8), header[name]["dtype"])
            return found
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path}: not safetensors: {error}; fetch the model again with `kyara models pull`"
        ) from error


def _number(data: bytes, dtype: str) -> float:
    value = np.frombuffer(data, _DTYPES[dtype], 1)
    if dtype == "BF16":  # the upper half of a float32
        value = (value.astype("<u4") << 16).view("<f4")
    return float(value[0])
