"""Models of transformers as ONNX files: exported once into the models folder, named by what they were made of.

Needs the extra `[torch]`, and only where the hub has no ONNX files of a model. What the graphs look like is said by
those who ask for them.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kyara.errors import WeightsError
from kyara.extras import need
from kyara.weights.contents import content_of
from kyara.weights.local import Weights
from kyara.weights.made import made_once

SAFETENSORS = "model.safetensors"
log = logging.getLogger("kyara.progress")  # shown without -v: it takes longer than anybody waits in silence


def check_exportable(weights: Weights, network: str) -> None:
    """Raises MissingWeightsError where there is neither `network` (to be named) nor safetensors, MissingExtraError
    without torch."""
    weights.file(network, SAFETENSORS)
    need("torch", f"exporting {weights.name!r} to ONNX")
    need("transformers", f"exporting {weights.name!r} to ONNX")


def exported(weights: Weights, recipe: tuple[object, ...], folder: Path, write: Callable[[Path], None]) -> Path:
    """The folder in `folder` with what `write` makes of the weights; written once, a minute.

    It is named by content, so that a model that was only moved or touched has its own, and by `recipe`, which changes
    with the graphs. Raises WeightsError.
    """
    parts = (content_of(weights.file(SAFETENSORS), folder), weights.digest("config.json"), *recipe)
    home = folder / f"{_stem(weights.name)}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"
    if not home.is_dir():
        log.info("exporting %s to ONNX into %s: once, about a minute", weights.name, home)
    return made_once(home, lambda making: _written(write, making))


def _written(write: Callable[[Path], None], folder: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing, which fixes checks of sizes that cannot change
        write(folder)


def exports_of(model: str, folder: Path) -> list[Path]:
    """The folders in `folder` of all that was exported of `model`, whatever its revision; what a kill left, too."""
    name = f"{glob.escape(_stem(model))}-{'[0-9a-f]' * 16}"
    return sorted(path for pattern in (name, f".{name}.*") for path in folder.glob(pattern))


def loaded(weights: Weights, kind: Any, unasked: str | None = None) -> Any:
    """The model of transformers' class `kind`, float32, ready to be traced. Tensors whose names begin with `unasked`
    may be missing. Raises WeightsError."""
    import torch
    import transformers
    from safetensors import SafetensorError

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model, told = kind.from_pretrained(
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
    # transformers would go on with random numbers in their place
    if missing := sorted(name for name in told["missing_keys"] if unasked is None or not name.startswith(unasked)):
        raise WeightsError(
            f"model {weights.name!r} lacks {len(missing)} of its tensors ({', '.join(missing[:3])} …); fetch it again"
        )
    return model.eval()


def to_onnx(module: Any, inputs: dict[str, Any], output: str, axes: dict[str, dict[int, str]], path: Path) -> None:
    """Trace `module` with the example tensors `inputs`, in order; `axes` names the dimensions that may change.

    By torch's older exporter: its graphs run as fast in OpenVINO and ONNX Runtime as the newer one's, and are made in a
    tenth of the time without onnxscript.
    """
    import torch

    torch.onnx.export(
        module.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=[output],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def _stem(model: str) -> str:
    return model.rstrip("/").replace("/", "--").lstrip("-")[-60:]
