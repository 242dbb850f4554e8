"""A session on OpenVINO, for CPUs: f32 that is f32, bf16, and networks quantised to int8 before (quantise.py).

Weights of IR are mapped here and not by OpenVINO, so that they lie in memory once and not twice: compiling and the
first run copy them into the layout that the CPU multiplies fastest, and the file's pages are given back meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from mmap import ACCESS_COPY, MADV_DONTNEED, mmap
from pathlib import Path
from threading import Event, Thread, local
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.weights.runtime import Runtime
from kyara.weights.session import Arrays, Port, Shape, check_feeds

EVERY_S = 0.005
_TYPES = {"f32": "f32", "bf16": "bf16"}


class OpenVinoSession:
    """Loads the ONNX file or IR at `path`. Each calling thread has an infer request of its own."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        if runtime.device != "cpu":
            raise WeightsError(
                f"device {runtime.device!r} on OpenVINO found; cpu is expected: give --backend onnxruntime for a GPU"
            )
        self.path = path
        weights = _mapped(path)
        with _giving_back(weights):
            self._compiled = compiled(path, runtime, weights)
        self._ports = {_name(port): _port(port) for port in self._compiled.inputs}
        self._outputs = [_name(port) for port in self._compiled.outputs]
        self._mine = local()
        self._weights = weights  # OpenVINO reads them where they are and does not hold on to them itself
        if weights is not None:
            with _giving_back(weights):
                self._pack()

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

    def _pack(self) -> None:
        """Runs one row, so that every stream has its copy; more rows would be the peak of the whole run."""
        row = [np.zeros([size or 1 for size in port.shape], port.dtype) for port in self._ports.values()]
        self._compiled.create_infer_request().infer(row, share_inputs=True)


@contextmanager
def _giving_back(weights: mmap | None) -> Iterator[None]:
    """Gives the pages of `weights` back again and again: 86 MB of CLIP ViT-B/32 at int8, 351 at f32. A page that is
    asked for nevertheless is read again."""
    if weights is None:
        yield
        return
    done = Event()

    def give_back() -> None:
        while not done.wait(EVERY_S):
            weights.madvise(MADV_DONTNEED)

    giver = Thread(target=give_back, name="kyara-pages")
    giver.start()
    try:
        yield
    finally:
        done.set()
        giver.join()
        weights.madvise(MADV_DONTNEED)


def compiled(network: Path | bytes, runtime: Runtime, weights: mmap | None = None) -> Any:
    """`network` (a file, or the bytes of an ONNX file) compiled for `runtime`; `weights` are those of IR, where they
    are mapped already. Raises WeightsError."""
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
        done = core().compile_model(_read(network, weights), "CPU", config)
    except (RuntimeError, ValueError) as error:  # an .xml that is not UTF-8 is a ValueError
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


def _read(network: Path | bytes, weights: mmap | None) -> Any:
    if isinstance(network, bytes):
        return core().read_model(network, b"")
    if weights is None:
        return core().read_model(network)
    import openvino

    shared = openvino.Tensor(np.frombuffer(weights, np.uint8), shared_memory=True)
    return core().read_model(network.read_text(encoding="utf-8"), shared)


def _mapped(path: Path) -> mmap | None:
    """The weights beside the IR at `path`. Nothing writes to them; OpenVINO takes no memory that nothing could."""
    if path.suffix != ".xml":
        return None
    try:
        with path.with_suffix(".bin").open("rb") as file:
            return mmap(file.fileno(), 0, access=ACCESS_COPY)
    except (OSError, ValueError) as error:  # absent, or empty
        raise WeightsError(f"OpenVINO cannot load {path}: {error}; fetch the model again") from error


def _port(port: Any) -> Port:
    shape = tuple(size.get_length() if size.is_static else None for size in port.get_partial_shape())
    return Port(shape, np.dtype(port.get_element_type().to_dtype()))


def _name(port: Any) -> str:
    """The name in the file: that of the node. A tensor has those of fused casts and identities besides."""
    name = str(port.node.friendly_name).removesuffix("/sink_port_0")
    return name if name in port.names else str(port.get_any_name())
