"""The one ONNX file of a text network: the hub's where it has one (facebook/bart-large-mnli has none)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kyara.weights import Weights
from kyara.weights.exported import check_exportable, exported, loaded, to_onnx

if TYPE_CHECKING:
    import torch

NETWORK = "model.onnx"
HIDDEN, LOGITS = "last_hidden_state", "logits"  # the hub's names of what the two kinds give
RECIPE = 1  # part of the folder's name: raise it where the exported graphs change
INPUTS = ("input_ids", "attention_mask", "token_type_ids")

Kind = Literal["encoder", "classifier"]


def network_of(weights: Weights, kind: Kind, folder: Path) -> Path:
    """The network's file; exported into `folder` where there is none yet (a minute, once).

    Raises what `check` raises, and WeightsError where the export fails.
    """
    if (ready := _ready(weights)) is not None:
        return ready
    check(weights)
    return exported(weights, (kind, RECIPE), folder, lambda place: _write(weights, kind, place / NETWORK)) / NETWORK


def check(weights: Weights) -> None:
    """Raises MissingWeightsError where there is neither ONNX nor safetensors, MissingExtraError without torch."""
    if _ready(weights) is None:
        check_exportable(weights, f"onnx/{NETWORK}")


def _ready(weights: Weights) -> Path | None:
    return weights.optional(f"onnx/{NETWORK}") or weights.optional(NETWORK)


def _write(weights: Weights, kind: Kind, path: Path) -> None:
    import torch
    import transformers

    kinds: Any = {"encoder": transformers.AutoModel, "classifier": transformers.AutoModelForSequenceClassification}
    model = loaded(weights, kinds[kind], unasked="pooler.")  # nobody asks the pooler of an encoder
    names = INPUTS if getattr(model.config, "type_vocab_size", 0) > 1 else INPUTS[:2]
    ids = torch.full((2, 8), 5, dtype=torch.int64)
    ids[:, -1] = getattr(model.config, "eos_token_id", None) or 5
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)
    mask[1, -1] = 0  # else transformers leaves the mask out of the graph
    inputs = dict(zip(names, (ids, mask, types), strict=False))
    output = HIDDEN if kind == "encoder" else LOGITS
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    axes[output] = {0: "batch", 1: "tokens"} if kind == "encoder" else {0: "batch"}
    to_onnx(_asked(model, names, output), inputs, output, axes, path)


def _asked(model: Any, names: tuple[str, ...], output: str) -> torch.nn.Module:
    """`model` as a module from the tensors `names` to the one `output`.

    BART's classifier takes the state of the last end token by a boolean index, which ONNX makes slow and OpenVINO
    dynamic; that token is the last that is not padding.
    """
    import torch

    class Asked(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inside = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            given = dict(zip(names, tensors, strict=True))
            if model.config.model_type in ("bart", "mbart") and output == LOGITS:
                states = model.model(**given, use_cache=False)[0]
                last = (given["attention_mask"].sum(1) - 1).view(-1, 1, 1).expand(-1, 1, states.shape[2])
                found: torch.Tensor = model.classification_head(states.gather(1, last)[:, 0])
            else:
                found = getattr(model(**given), output)
            return found

    return Asked()
