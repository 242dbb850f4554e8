"""Where and how networks run: backend, device, precision, threads. A value, chosen once a run and recorded in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Backend = Literal["openvino", "onnxruntime", "torch"]
Precision = Literal["f32", "f16", "bf16", "int8"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """`device` is "cpu", "cuda:0", "tensorrt:0" or "coreml". `streams` is how many threads of this process call a
    session at once, `threads` how many cores all of them share."""

    backend: Backend = "onnxruntime"
    device: str = "cpu"
    precision: Precision = "f32"
    threads: int = 1
    streams: int = 1

    @property
    def label(self) -> str:
        """What of it an answer depends on, e.g. "openvino cpu f32": part of every model extractor's version."""
        return f"{self.backend} {self.device.partition(':')[0]} {self.precision}"
