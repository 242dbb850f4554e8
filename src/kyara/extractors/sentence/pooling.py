"""Token states to one unit vector a text, as the model's sentence-transformers files say: mean or first token.

The length is always brought to one, with or without a Normalize module: likeness is a cosine.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extractors.clip.text import unit
from kyara.weights import Weights, json_of

FILES = ("modules.json", "1_Pooling/config.json")
_MODES = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
_PLAIN = ("Transformer", "Pooling", "Normalize")

Pooling = Literal["mean", "cls"]


def pooling_of(weights: Weights) -> Pooling:
    """What 1_Pooling/config.json says; the mean where there is none, as most encoders are trained.

    Raises WeightsError for other ways, and for a model with further layers behind them.
    """
    _no_more_layers(weights)
    path = weights.optional(FILES[1])
    if path is None:
        return "mean"
    config = json_of(path)
    on = [name for name, value in config.items() if name.startswith("pooling_mode_") and value is True]
    on = on or [f"pooling_mode_{config.get('pooling_mode')}_token", f"pooling_mode_{config.get('pooling_mode')}_tokens"]
    known = [_MODES[name] for name in on if name in _MODES]
    if len(known) != 1 or len(on) - len(known) > (config.get("pooling_mode") is not None):
        raise WeightsError(f"{path}: {', '.join(on)} found; mean or cls pooling is expected: take another encoder")
    return "mean" if known == ["mean"] else "cls"


def pooled(states: NDArray[np.generic], mask: NDArray[np.int64], pooling: Pooling) -> NDArray[np.float32]:
    """Unit vectors (n, d) of token states (n, tokens, d); masked tokens (0 in `mask`) are no part of them."""
    hidden = states.astype(np.float32)
    if pooling == "cls":
        return unit(hidden[:, 0])
    weights = mask.astype(np.float32)[..., None]
    return unit((hidden * weights).sum(1) / weights.sum(1))


def _no_more_layers(weights: Weights) -> None:
    path = weights.optional(FILES[0])
    if path is None:
        return
    import orjson

    try:
        modules = [str(one["type"]).rpartition(".")[2] for one in orjson.loads(path.read_bytes())]
    except (ValueError, TypeError, KeyError) as error:
        raise WeightsError(
            f"{path}: cannot be read: {error}; fetch the model again with `kyara models pull`"
        ) from error
    if more := [one for one in modules if one not in _PLAIN]:
        raise WeightsError(f"{path}: {', '.join(more)} found; {', '.join(_PLAIN)} are expected: take another encoder")
