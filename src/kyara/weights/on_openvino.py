"""A session on OpenVINO, for CPUs: f32 that is f32, bf16, and networks quantised to int8 before (quantise.py)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Port, Shape, check_feeds

_TYPES = {"f32": "f32", "bf16": "bf16"}


class OpenVinoSession:
    """Loads the ONNX file or IR at `path`. Each calling thread has an infer request of its own."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        if runtime.device != "cpu":
            raise WeightsError(
                f"device {runtime.device!r} on OpenVINO found; cpu is expected: give --backend onnxruntime for a GPU"
            )
        self.path = path
        self._compiled = compiled(path, runtime)
        self._ports = {_name(port): _port(port) for port in self._compiled.inputs}
        self._outputs = [_name(port) for port in self._compiled.outputs]
        self._mine = local()

    @property
    def inputs(self) -> Mapping[str, Shape]:
        return {name: port.shape for name, port in self._ports.items()}

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        check_feeds(self.path, self._ports, feeds)
        answers = self._request.infer([feeds[name] for name in self._ports], share_inputs=True)
        return {name: answers[place] for place, name in enumerate(self._outputs)}

    @property
    def _request(self) -> Any:
        if not hasattr(self._mine, "request"):
            self._mine.request = self._compiled.create_infer_request()
        return self._mine.request


def compiled(network: Path | bytes, runtime: Runtime) -> Any:
    """`network` (a file, or the bytes of an ONNX file) compiled for `runtime`. Raises WeightsError."""
    wanted = _TYPES.get(runtime.precision)
    if runtime.precision == "f16":
        raise WeightsError("precision f16 on OpenVINO's CPU found; f32, bf16 or int8 are expected")
    config: dict[str, Any] = {
        "NUM_STREAMS": runtime.streams,
        "INFERENCE_NUM_THREADS": max(runtime.threads, runtime.streams),
        "ENABLE_CPU_PINNING": False,  # several processes would all pin their threads to the same first cores
    }
    if wanted is not None:  # else what is not quantised runs in OpenVINO's choice: bf16 with AMX, f32 without
        config["INFERENCE_PRECISION_HINT"] = wanted
    try:
        model = core().read_model(network, b"") if isinstance(network, bytes) else core().read_model(network)
        done = core().compile_model(model, "CPU", config)
    except RuntimeError as error:
        said = " ".join(str(error).split())[-300:]
        name = "a network" if isinstance(network, bytes) else network
        raise WeightsError(f"OpenVINO cannot load {name}: {said}; fetch the model again") from error
    really = done.get_property("INFERENCE_PRECISION_HINT").to_string()
    if wanted is not None and really != wanted:
        raise WeightsError(f"precision {wanted} found; OpenVINO runs {really} on this CPU: give --precision {really}")
    return done


@cache
def core() -> Any:
    """OpenVINO itself, started once per process."""
    import openvino

    return openvino.Core()


def _port(port: Any) -> Port:
    shape = tuple(size.get_length() if size.is_static else None for size in port.get_partial_shape())
    return Port(shape, np.dtype(port.get_element_type().to_dtype()))


def _name(port: Any) -> str:
    """The name in the file: that of the node. A tensor has those of fused casts and identities besides."""
    name = str(port.node.friendly_name).removesuffix("/sink_port_0")
    return name if name in port.names else str(port.get_any_name())
