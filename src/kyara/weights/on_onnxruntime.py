"""A session on ONNX Runtime: CPU, CUDA, TensorRT or CoreML, and never another device than the one asked for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Port, Shape, check_feeds

PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


class OnnxRuntimeSession:
    """Loads the ONNX file at `path`."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        self.path = path
        self._session = opened(path, runtime)
        self._ports = {one.name: _port(one) for one in self._session.get_inputs()}
        self._outputs = [output.name for output in self._session.get_outputs()]

    @property
    def inputs(self) -> Mapping[str, Shape]:
        return {name: port.shape for name, port in self._ports.items()}

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        check_feeds(self.path, self._ports, feeds)
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(feeds)), strict=True))


def opened(network: Path | bytes, runtime: Runtime) -> Any:
    """`network` (a file, or its bytes) on `runtime`. Raises WeightsError, also where ONNX Runtime, which falls back to
    the CPU in silence, runs on another device than the one asked for."""
    import onnxruntime

    provider = PROVIDERS[runtime.kind]
    if provider not in onnxruntime.get_available_providers():
        raise WeightsError(f"device {runtime.device!r} found; this ONNX Runtime has no {provider}")
    told = _options(runtime)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = runtime.threads_a_stream
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave cores to decoding
    name = "a network" if isinstance(network, bytes) else network
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what is an error below
            session = onnxruntime.InferenceSession(network, options, providers=[(provider, told)])
    except Exception as error:  # its errors share no class but this
        said = " ".join(str(error).split())[-300:]
        raise WeightsError(f"ONNX Runtime cannot load {name} on {runtime.device}: {said}") from error
    if session.get_providers()[0] != provider:
        raise WeightsError(
            f"device {runtime.device!r} asked for; ONNX Runtime fell back to {session.get_providers()[0]}: "
            "see that driver and CUDA libraries are those its version needs, or give --device cpu"
        )
    return session


def _options(runtime: Runtime) -> dict[str, str]:
    """What the provider is told. TensorRT makes f16 of an f32 network itself; CUDA runs what is in the file."""
    match runtime.kind, runtime.precision:
        case "cpu", "f32":
            return {}
        case "cuda", "f32":
            return {"device_id": str(runtime.number), "use_tf32": "0"}
        case "tensorrt", ("f32" | "f16") as precision:
            return {"device_id": str(runtime.number), "trt_fp16_enable": str(precision == "f16")}
        case "coreml", "f32":
            return {"ModelFormat": "MLProgram"}  # the older format computes in f16 whatever the network says
        case kind, precision:
            remedy = {"int8": "give --backend openvino", "bf16": "give --backend openvino or torch"}
            said = remedy.get(precision, "give --backend torch, or --device tensorrt")
            raise WeightsError(f"precision {precision} on ONNX Runtime's {kind} found; f32 is expected there: {said}")


def _port(one: Any) -> Port:
    return Port(tuple(d if isinstance(d, int) else None for d in one.shape), np.dtype(_TYPES[one.type]))
