"""A WD tagger without a hub: transformers' ViT at 448 px in 16 px patches, random weights, in the hub's layout."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kyara.extractors.tagger import TaggerExtractor
from kyara.settings import TaggerSettings
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime, find

NAMES = {
    9: ("general", "sensitive", "questionable", "explicit"),
    0: (
        "1girl", "solo", "long_hair", "very_long_hair", "blonde_hair", "brown_hair", "multicolored_hair", "blue_eyes",
        "2girls", "1boy", "school_uniform", "hat", "black_headwear", "hands_on_headwear", "^_^", ":d", "wrist_bow",
        "looking_at_viewer", "simple_background", "glasses",
    ),
    4: ("hatsune_miku", "saber_(fate)", "ganyu_(genshin_impact)"),
}  # fmt: skip
OUTPUTS = [name for names in NAMES.values() for name in names]


@dataclass(frozen=True)
class Hub:
    """A folder as pulled from the hub, and the torch module it was exported from (NHWC in, probabilities out)."""

    folder: Path
    reference: Any

    def tagger(self, **settings: float) -> TaggerExtractor:
        return TaggerExtractor(load_vocabulary(), find(str(self.folder)), Runtime(), TaggerSettings(**settings))


def write_tag_list(folder: Path) -> None:
    rows = [f"{i},{n},{category},1" for category, names in NAMES.items() for i, n in enumerate(names)]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *rows, ""]), encoding="utf-8")


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Hub]:
    """A random tagger with channels last, as v3 has them, or first; the same one each time."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    class Tagger(torch.nn.Module):
        """What the published ONNX files hold: BGR 0..255 to RGB -1..1, the ViT, a sigmoid."""

        def __init__(self, channels_last: bool) -> None:
            super().__init__()
            torch.manual_seed(7)
            sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
            config = ViTConfig(**sizes, image_size=448, patch_size=16, num_labels=len(OUTPUTS), initializer_range=0.3)
            self.vit = ViTForImageClassification(config)
            self.channels_last = channels_last

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            channels_first = pixels.permute(0, 3, 1, 2) if self.channels_last else pixels
            return torch.sigmoid(self.vit(pixel_values=channels_first.flip(1) / 127.5 - 1).logits)

    def export(channels_last: bool = True) -> Hub:
        folder = tmp_path_factory.mktemp("wd-tagger")
        write_tag_list(folder)
        module = Tagger(channels_last).eval()
        shape = (2, 448, 448, 3) if channels_last else (2, 3, 448, 448)
        free = {"input": {0: "batch_size"}, "output": {0: "batch_size"}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the older exporter is deprecated, and ten times as fast
            torch.onnx.export(
                module, (torch.zeros(shape),), str(folder / "model.onnx"), input_names=["input"],
                output_names=["output"], dynamic_axes=free, dynamo=False,
            )  # fmt: skip
        return Hub(folder, lambda pixels: module(torch.from_numpy(np.ascontiguousarray(pixels))).detach().numpy())

    return export


@pytest.fixture(scope="session")
def hub(exported: Callable[[bool], Hub]) -> Hub:
    return exported(True)
