"""The one ONNX file of a text network: the hub's where it has one, else exported once into the models folder.

Needs the extra `[torch]`, and only where the hub has safetensors alone (facebook/bart-large-mnli). What is exported
lies in a folder named as those of clip/export.py, so that `kyara models` finds and removes it.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kyara.errors import WeightsError
from kyara.extractors.clip.family import optional
from kyara.extras import need
from kyara.weights import Weights
from kyara.weights.contents import content_of

if TYPE_CHECKING:
    import torch

NETWORK, SAFETENSORS = "model.onnx", "model.safetensors"
HIDDEN, LOGITS = "last_hidden_state", "logits"  # the hub's names of what the two kinds give
RECIPE = 1  # part of the folder's name: raise it where the exported graphs change
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
log = logging.getLogger("kyara.progress")  # shown without -v: it takes longer than anybody waits in silence

Kind = Literal["encoder", "classifier"]


def network_of(weights: Weights, kind: Kind, folder: Path) -> Path:
    """The network's file; exported into `folder` where there is none yet (a minute, once).

    Raises what `check` raises, and WeightsError where the export fails.
    """
    if (ready := _ready(weights)) is not None:
        return ready
    check(weights)
    parts = (content_of(weights.file(SAFETENSORS), folder), weights.digest("config.json"), kind, RECIPE)
    stem = weights.name.rstrip("/").replace("/", "--").lstrip("-")[-60:]
    home = folder / f"{stem}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"
    if not home.is_dir():
        _export(weights, kind, home)
    return home / NETWORK


def check(weights: Weights) -> None:
    """Raises MissingWeightsError where there is neither ONNX nor safetensors, MissingExtraError without torch."""
    if _ready(weights) is None:
        weights.file(f"onnx/{NETWORK}", SAFETENSORS)
        need("torch", f"exporting {weights.name!r} to ONNX")
        need("transformers", f"exporting {weights.name!r} to ONNX")


def _ready(weights: Weights) -> Path | None:
    return optional(weights, f"onnx/{NETWORK}") or optional(weights, NETWORK)


def _export(weights: Weights, kind: Kind, home: Path) -> None:
    """Into a folder of its own, renamed when the file is whole; who comes second throws its own away."""
    log.info("exporting %s to ONNX into %s: once, about a minute", weights.name, home)
    model = _loaded(weights, kind)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated, as in clip/export.py, which says why it is taken
                _write(model, kind, temporary / NETWORK)
            temporary.chmod(0o755)
            temporary.rename(home)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            if not home.is_dir():
                raise
    except OSError as error:
        raise WeightsError(
            f"cannot write {home}: {error.strerror or error}; free some space, or choose another folder for models"
        ) from error


def _loaded(weights: Weights, kind: Kind) -> Any:
    import torch
    import transformers
    from safetensors import SafetensorError

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    family: Any = {"encoder": transformers.AutoModel, "classifier": transformers.AutoModelForSequenceClassification}
    try:
        model, told = family[kind].from_pretrained(
            weights.folder,
            dtype=torch.float32,
            attn_implementation="eager",
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        said = " ".join(str(error).split())[:300]
        raise WeightsError(f"model {weights.name!r} cannot be loaded: {said}; fetch it again") from error
    # transformers would go on with random numbers in their place; nobody asks the pooler of an encoder
    if missing := sorted(name for name in told["missing_keys"] if not name.startswith("pooler.")):
        raise WeightsError(
            f"model {weights.name!r} lacks {len(missing)} of its tensors ({', '.join(missing[:3])} …); fetch it again"
        )
    return model.eval()


def _write(model: Any, kind: Kind, path: Path) -> None:
    import torch

    typed = getattr(model.config, "type_vocab_size", 0) > 1
    names = INPUTS if typed else INPUTS[:2]
    ids = torch.full((2, 8), 5, dtype=torch.int64)
    ids[:, -1] = getattr(model.config, "eos_token_id", None) or 5
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)
    mask[1, -1] = 0  # else transformers leaves the mask out of the graph
    example = (ids, mask, types)[: len(names)]
    output = HIDDEN if kind == "encoder" else LOGITS
    axes = {name: {0: "batch", 1: "tokens"} for name in names}
    axes[output] = {0: "batch", 1: "tokens"} if kind == "encoder" else {0: "batch"}
    torch.onnx.export(
        _asked(model, names, output).eval(),
        example,
        str(path),
        input_names=list(names),
        output_names=[output],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


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
