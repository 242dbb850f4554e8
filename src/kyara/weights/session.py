"""What a session is: a network loaded on one backend, as named arrays in and named arrays out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kyara.weights.runtime import Runtime

Arrays = dict[str, NDArray[np.generic]]


class Session(Protocol):
    """Safe to call from several threads at once; the answer for a row never depends on the other rows."""

    @property
    def inputs(self) -> Mapping[str, tuple[int | None, ...]]:
        """Shape of every input by name, None where a dimension is free."""
        ...

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """All outputs by name. Raises ExtractorError where a feed has the wrong name, shape or type."""
        ...


def open_session(path: Path, runtime: Runtime) -> Session:
    """The network in the file `path` (ONNX, or OpenVINO IR) on `runtime`."""
    from kyara.weights.on_onnxruntime import OnnxRuntimeSession

    return OnnxRuntimeSession(path, runtime)
