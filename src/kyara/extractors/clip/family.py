"""CLIP or SigLIP: what a model's config.json says it is, and how the two families differ on the outside.

Knows names and lengths only; what is inside the networks is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kyara.errors import WeightsError
from kyara.weights import Weights, json_of


@dataclass(frozen=True, slots=True)
class Family:
    """`image_output` and `text_output` are the hub's names of the projected embeddings in its ONNX files.

    `context` is how many tokens a text holds at most; `padded` says that every text must be padded to just that.
    `scale` and `bias` turn a cosine into a logit where no file says with which numbers the model was trained.
    """

    name: str
    image_output: str
    text_output: str
    context: int
    padded: bool
    scale: float
    bias: float


FAMILIES = {
    # Radford et al. 2021 (CLIP) 2.5: the learnt scale is clipped at 100, where OpenAI's own all ended.
    "clip": Family("clip", "image_embeds", "text_embeds", 77, False, 100.0, 0.0),
    # Zhai et al. 2023 (SigLIP) 3.2 start at 10 and -10 and publish no end values; CLIP's 100 stands in for the scale.
    "siglip": Family("siglip", "pooler_output", "pooler_output", 64, True, 100.0, -10.0),
}


def family_of(weights: Weights) -> Family:
    """The family by `model_type` of config.json. Raises WeightsError for any other model."""
    path = weights.file("config.json")
    config = json_of(path)
    kind = config.get("model_type")
    if kind not in FAMILIES:
        hint = "; of SigLIP 2 take one of a fixed resolution, not naflex" if kind == "siglip2" else ""
        raise WeightsError(f"{path}: model_type {kind!r} found; a model of type clip or siglip is expected{hint}")
    family = FAMILIES[kind]
    context = config.get("text_config", {}).get("max_position_embeddings", family.context)
    return replace(family, context=context)
