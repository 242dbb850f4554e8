"""Both towers of a transformers folder as ONNX files, named and shaped like the hub's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kyara.extractors.clip.family import Family
from kyara.weights import Weights
from kyara.weights.exported import check_exportable, exported, loaded, to_onnx

if TYPE_CHECKING:
    import torch

VISION, TEXT = "vision_model.onnx", "text_model.onnx"
RECIPE = 1  # part of the folder's name: raise it where the exported graphs change


def towers(weights: Weights, family: Family, folder: Path) -> tuple[Path, Path]:
    """The vision and the text network: the hub's where it has both, else exported into `folder` (a minute, once).

    Raises what `check` raises, and WeightsError where the export fails.
    """
    if (ready := _ready(weights)) is not None:
        return ready
    check(weights)
    home = exported(weights, (RECIPE,), folder, lambda place: _write(weights, family, place))
    return home / VISION, home / TEXT


def check(weights: Weights) -> None:
    """Raises MissingWeightsError where there is neither ONNX nor safetensors, MissingExtraError without torch."""
    if _ready(weights) is None:
        check_exportable(weights, f"onnx/{VISION} and onnx/{TEXT}")


def _ready(weights: Weights) -> tuple[Path, Path] | None:
    for place in ("onnx/", ""):
        if (vision := weights.optional(place + VISION)) and (text := weights.optional(place + TEXT)):
            return vision, text
    return None


def _write(weights: Weights, family: Family, folder: Path) -> None:
    import torch
    import transformers

    kinds: Any = {"clip": transformers.CLIPModel, "siglip": transformers.SiglipModel}
    model = loaded(weights, kinds[family.name])
    vision, text = _tower_modules(model, family)
    side = model.config.vision_config.image_size
    pixels = torch.zeros(2, model.config.vision_config.num_channels, side, side)
    ids = torch.zeros(2, family.context, dtype=torch.int64)
    batch = {0: "batch"}
    axes = {"pixel_values": batch, family.image_output: batch}
    to_onnx(vision, {"pixel_values": pixels}, family.image_output, axes, folder / VISION)
    axes = {"input_ids": batch if family.padded else {0: "batch", 1: "tokens"}, family.text_output: batch}
    to_onnx(text, {"input_ids": ids}, family.text_output, axes, folder / TEXT)


def _tower_modules(model: Any, family: Family) -> tuple[torch.nn.Module, torch.nn.Module]:
    """The towers as modules of one tensor each: CLIP's with their projections, SigLIP's have theirs inside."""
    import torch

    class Tower(torch.nn.Module):
        def __init__(self, inside: torch.nn.Module, projection: torch.nn.Module, name: str) -> None:
            super().__init__()
            self.inside, self.projection, self.input = inside, projection, name

        def forward(self, tensor: torch.Tensor) -> torch.Tensor:
            projected: torch.Tensor = self.projection(self.inside(**{self.input: tensor}).pooler_output)
            return projected

    as_it_is = torch.nn.Identity()
    return (
        Tower(model.vision_model, getattr(model, "visual_projection", as_it_is), "pixel_values"),
        Tower(model.text_model, getattr(model, "text_projection", as_it_is), "input_ids"),
    )
