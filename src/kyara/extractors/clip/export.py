"""Both towers of a transformers folder as ONNX files named like the hub's, exported once into the models folder.

Needs the extra `[torch]`, and only where the hub has no ONNX files of the model. By torch's older exporter: its graphs
run as fast in OpenVINO and ONNX Runtime as the newer one's, and are made in a tenth of the time without onnxscript.
"""

from __future__ import annotations

import glob
import hashlib
import logging
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kyara.errors import WeightsError
from kyara.extractors.clip.family import Family, optional
from kyara.extras import need
from kyara.weights import Weights
from kyara.weights.contents import content_of

if TYPE_CHECKING:
    import torch

VISION, TEXT, SAFETENSORS = "vision_model.onnx", "text_model.onnx", "model.safetensors"
log = logging.getLogger("kyara.progress")  # shown without -v: it takes longer than anybody waits in silence

RECIPE = 1  # part of the folder's name: raise it where the exported graphs change


def towers(weights: Weights, family: Family, folder: Path) -> tuple[Path, Path]:
    """The vision and the text network: the hub's where it has both, else exported into `folder` (a minute, once).

    Raises what `check` raises, and WeightsError where the export fails.
    """
    if (ready := _ready(weights)) is not None:
        return ready
    check(weights)
    home = folder / _name(weights, folder)
    if not home.is_dir():
        _export(weights, family, home)
    return home / VISION, home / TEXT


def check(weights: Weights) -> None:
    """Raises MissingWeightsError where there is neither ONNX nor safetensors, MissingExtraError without torch."""
    if _ready(weights) is None:
        weights.file(f"onnx/{VISION} and onnx/{TEXT}", SAFETENSORS)
        need("torch", f"exporting {weights.name!r} to ONNX")
        need("transformers", f"exporting {weights.name!r} to ONNX")


def _ready(weights: Weights) -> tuple[Path, Path] | None:
    for place in ("onnx/", ""):
        if (vision := optional(weights, place + VISION)) and (text := optional(weights, place + TEXT)):
            return vision, text
    return None


def _name(weights: Weights, folder: Path) -> str:
    """A folder name for what is exported: by content, so that a model that was only moved or touched has its own."""
    parts = (content_of(weights.file(SAFETENSORS), folder), weights.digest("config.json"), RECIPE)
    return f"{_stem(weights.name)}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def exports_of(model: str, folder: Path) -> list[Path]:
    """The folders in `folder` of all that was exported of `model`, whatever its revision; what a kill left, too."""
    name = f"{glob.escape(_stem(model))}-{'[0-9a-f]' * 16}"
    return sorted(path for pattern in (name, f".{name}.*") for path in folder.glob(pattern))


def _stem(model: str) -> str:
    return model.rstrip("/").replace("/", "--").lstrip("-")[-60:]


def _export(weights: Weights, family: Family, home: Path) -> None:
    """Into a folder of its own, renamed when both files are whole; who comes second throws its own away."""
    log.info("exporting %s to ONNX into %s: once, about a minute", weights.name, home)
    model = _loaded(weights, family)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # deprecated; tracing fixes checks of sizes that cannot change
                _write(model, family, temporary)
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


def _loaded(weights: Weights, family: Family) -> Any:
    import torch
    import transformers
    from safetensors import SafetensorError

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    kind: Any = {"clip": transformers.CLIPModel, "siglip": transformers.SiglipModel}[family.name]
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
    if told["missing_keys"]:  # transformers would go on with random numbers in their place
        said = ", ".join(sorted(told["missing_keys"])[:3])
        raise WeightsError(
            f"model {weights.name!r} lacks {len(told['missing_keys'])} of its tensors ({said} …); fetch it again"
        )
    return model.eval()


def _write(model: Any, family: Family, folder: Path) -> None:
    import torch

    vision, text = _tower_modules(model, family)
    side = model.config.vision_config.image_size
    pixels = torch.zeros(2, model.config.vision_config.num_channels, side, side)
    ids = torch.zeros(2, family.context, dtype=torch.int64)
    _to_onnx(vision, pixels, ("pixel_values", family.image_output), ("batch",), folder / VISION)
    free = ("batch",) if family.padded else ("batch", "tokens")
    _to_onnx(text, ids, ("input_ids", family.text_output), free, folder / TEXT)


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
        Tower(model.vision_model, getattr(model, "visual_projection", as_it_is), "pixel_values").eval(),
        Tower(model.text_model, getattr(model, "text_projection", as_it_is), "input_ids").eval(),
    )


def _to_onnx(
    tower: torch.nn.Module, example: torch.Tensor, names: tuple[str, str], free: tuple[str, ...], path: Path
) -> None:
    """`names` are those of input and output, `free` the first dimensions of the input, which may change."""
    import torch

    torch.onnx.export(
        tower,
        (example,),
        str(path),
        input_names=[names[0]],
        output_names=[names[1]],
        dynamic_axes={names[0]: dict(enumerate(free)), names[1]: {0: free[0]}},
        opset_version=17,
        dynamo=False,
    )
