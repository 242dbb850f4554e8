"""A session on torch, for the image half of a CLIP or SigLIP as transformers saves it (config.json, safetensors).

f32 or bf16 on the CPU, f16 too on CUDA. Names in and out are those of the ONNX files of these models.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extras import need
from kyara.weights.contents import read_json
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Port, Shape, check_feeds

# torch takes other kernels for few rows, with other last bits (seen below 16), so it is always given as many, padded
# with zeros; more on a GPU, which is not measured.
ROWS = {"cpu": 16, "cuda": 64}
_CLASSES = {  # model_type: class in transformers, and its output, named as in ONNX files
    "clip": ("CLIPVisionModelWithProjection", "image_embeds"),
    "clip_vision_model": ("CLIPVisionModelWithProjection", "image_embeds"),
    "siglip": ("SiglipVisionModel", "pooler_output"),
    "siglip_vision_model": ("SiglipVisionModel", "pooler_output"),
}
INPUT = "pixel_values"


class TorchSession:
    """Loads the vision tower of the transformers folder `path`."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        need("torch", "the backend torch")
        need("transformers", "the backend torch")
        import torch

        self.path = path
        self._runtime = runtime
        self._types = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
        check_device(runtime)
        kind = _model_type(path)
        class_name, self._output = _CLASSES[kind]
        self._module = _loaded(class_name, path, self._types[runtime.precision]).to(_device(runtime)).eval()
        vision = self._module.config
        self._ports = {
            INPUT: Port((None, vision.num_channels, vision.image_size, vision.image_size), np.dtype(np.float32))
        }

    @property
    def inputs(self) -> Mapping[str, Shape]:
        return {name: port.shape for name, port in self._ports.items()}

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        import torch

        check_feeds(self.path, self._ports, feeds)
        if self._runtime.kind == "cpu":
            torch.set_num_threads(self._runtime.threads_a_stream)  # of this calling thread
        pixels = feeds[INPUT]
        size = ROWS[self._runtime.kind]
        parts = [self._some(pixels[start : start + size], size) for start in range(0, len(pixels), size)]
        return {self._output: np.concatenate(parts)}

    def _some(self, pixels: NDArray[np.generic], size: int) -> NDArray[np.generic]:
        """The answer for at most `size` rows, asked with exactly `size`."""
        import torch

        padded = np.zeros((size, *pixels.shape[1:]), np.float32)
        padded[: len(pixels)] = pixels
        with torch.inference_mode():
            tensor = torch.from_numpy(padded).to(_device(self._runtime), self._types[self._runtime.precision])
            answer = getattr(self._module(**{INPUT: tensor}), self._output)
            rows: NDArray[np.generic] = answer[: len(pixels)].float().cpu().numpy()
        return rows


def check_device(runtime: Runtime) -> None:
    """Raises WeightsError where torch has not the device or precision of `runtime`. Needs torch."""
    import torch

    if runtime.kind not in ROWS:
        raise WeightsError(f"device {runtime.device!r} on torch found; cpu or cuda are expected")
    if runtime.kind == "cuda" and not (torch.cuda.is_available() and runtime.number < torch.cuda.device_count()):
        raise WeightsError(
            f"device {runtime.device!r} found; torch {torch.__version__} sees {torch.cuda.device_count()} of CUDA: "
            "install a torch built for CUDA and its driver, or give --device cpu"
        )
    possible = ("f32", "bf16") if runtime.kind == "cpu" else ("f32", "bf16", "f16")
    if runtime.precision not in possible:
        raise WeightsError(
            f"precision {runtime.precision} on torch's {runtime.kind} found; {' or '.join(possible)} is expected there"
        )


def _device(runtime: Runtime) -> str:
    return "cpu" if runtime.kind == "cpu" else f"cuda:{runtime.number}"


def _model_type(path: Path) -> str:
    if not path.is_dir():
        raise WeightsError(
            f"{path.name} on torch found; it runs folders with config.json and model.safetensors: "
            "give --backend openvino or onnxruntime"
        )
    kind = read_json(path / "config.json").get("model_type")
    if kind not in _CLASSES:
        raise WeightsError(f"{path}/config.json: model_type {kind!r} found; one of {', '.join(_CLASSES)} is expected")
    return str(kind)


def _loaded(class_name: str, path: Path, dtype: Any) -> Any:
    import transformers

    kind: Any = getattr(transformers, class_name)
    bar: Any = transformers.utils.logging
    level = bar.get_verbosity()
    bar.disable_progress_bar()
    bar.set_verbosity_error()  # it warns that the text half is not loaded
    try:
        config: Any = transformers.AutoConfig.from_pretrained(path, local_files_only=True)
        vision = getattr(config, "vision_config", config)
        if hasattr(config, "projection_dim"):
            vision.projection_dim = config.projection_dim  # CLIPModel goes by the outer one
        return kind.from_pretrained(path, config=vision, dtype=dtype, use_safetensors=True, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())[:300]
        raise WeightsError(f"{path} cannot be loaded: {said}; fetch the model again") from error
    finally:
        bar.set_verbosity(level)
        bar.enable_progress_bar()
