"""A session on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kyara.weights.runtime import Runtime


class OnnxRuntimeSession:
    """Loads the ONNX file at `path`."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, runtime.threads // runtime.streams)
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    @property
    def inputs(self) -> Mapping[str, tuple[int | None, ...]]:
        return {i.name: tuple(d if isinstance(d, int) else None for d in i.shape) for i in self._session.get_inputs()}

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, dict(feeds)), strict=True))
