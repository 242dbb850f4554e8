"""What a session is: a network loaded on one backend, as named arrays in and named arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kyara.errors import ExtractorError
from kyara.weights.runtime import Runtime

Arrays = dict[str, NDArray[np.generic]]
Shape = tuple[int | None, ...]


class Port(NamedTuple):
    """What an input takes: its shape, None where a dimension is free, and its type."""

    shape: Shape
    dtype: np.dtype[np.generic]


class Session(Protocol):
    """Safe to call from several threads at once; the answer for a row never depends on the other rows.

    On a CPU it does not even depend on their number, nor on that of threads and streams: both OpenVINO and ONNX
    Runtime gave the same bytes for 1 to 33 rows (tests/weights/test_rows.py). torch does not, and is always given the
    same number.
    """

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """Shape of every input by name, None where a dimension is free."""
        ...

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """All outputs by name. Raises ExtractorError where a feed has the wrong name, shape or type."""
        ...


def open_session(path: Path, runtime: Runtime) -> Session:
    """The network at `path` on `runtime`: an ONNX file, OpenVINO IR (.xml), or for torch a transformers folder.

    Raises WeightsError for a file the backend cannot read and for a device or precision it does not have.
    """
    if runtime.backend == "openvino":
        from kyara.weights.on_openvino import OpenVinoSession

        return OpenVinoSession(path, runtime)
    if runtime.backend == "torch":
        from kyara.weights.on_torch import TorchSession

        return TorchSession(path, runtime)
    from kyara.weights.on_onnxruntime import OnnxRuntimeSession

    return OnnxRuntimeSession(path, runtime)


def check_feeds(path: Path, ports: Mapping[str, Port], feeds: Mapping[str, NDArray[np.generic]]) -> None:
    """Raises ExtractorError where `feeds` are not what the network at `path` takes: backends convert them quietly."""
    if feeds.keys() != ports.keys():
        raise ExtractorError(f"{path}: inputs {sorted(feeds)} found; {sorted(ports)} are expected")
    for name, feed in feeds.items():
        port = ports[name]
        fits = len(feed.shape) == len(port.shape) and all(
            size > 0 and want in (None, size) for size, want in zip(feed.shape, port.shape, strict=True)
        )
        if not fits or feed.dtype != port.dtype:
            wanted = tuple("any" if size is None else size for size in port.shape)
            found = f"{feed.dtype} {feed.shape}"
            raise ExtractorError(f"{path}: input {name!r}: {found} found; {port.dtype} {wanted} is expected")
