"""Where and how networks run: backend, device, precision, threads. A value, chosen once a run and recorded in it.

Knows no backend: what is really there is probe.py's question, which of it to take choose.py's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Backend = Literal["openvino", "onnxruntime", "torch"]
Precision = Literal["f32", "f16", "bf16", "int8"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """`device` is "cpu", "cuda", "cuda:1", "tensorrt", "tensorrt:1" or "coreml". `streams` threads of this process
    call a session at once and share `threads` cores. `folder` keeps quantised networks; None: the user's own.
    """

    backend: Backend = "onnxruntime"
    device: str = "cpu"
    precision: Precision = "f32"
    threads: int = 1
    streams: int = 1
    folder: Path | None = None

    @property
    def label(self) -> str:
        """What of it an answer depends on, e.g. "openvino cpu f32": part of every model extractor's version."""
        return f"{self.backend} {self.kind} {self.precision}"

    @property
    def kind(self) -> str:
        """The device without its number."""
        return self.device.partition(":")[0]

    @property
    def number(self) -> int:
        """Which of several devices of one kind."""
        return int(self.device.partition(":")[2] or 0)

    @property
    def full(self) -> Runtime:
        """For networks that are never quantised and come as ONNX only (detectors, text halves): f32, and not torch."""
        if self.backend == "torch":
            return replace(self, backend="onnxruntime", device="cpu", precision="f32")
        return replace(self, precision="f32")

    @property
    def full_or_bf16(self) -> Runtime:
        """For networks that bear bf16 and are never quantised: that where OpenVINO was to run it, else `full`."""
        return self if (self.backend, self.precision) == ("openvino", "bf16") else self.full

    def a_pass(self, inputs: int) -> int:
        """How many go through a network at once, of `inputs` that suit a GPU: a CPU is as fast with a quarter of them
        (the size of a CLIP's pass, 4 to 32, was measured), which takes a quarter of the memory."""
        return max(1, inputs // 4) if self.kind == "cpu" else inputs

    @property
    def threads_a_stream(self) -> int:
        return max(1, self.threads // self.streams)


def on_worker(runtime: Runtime, worker: int, devices: int) -> Runtime:
    """The runtime of process number `worker` of a run on a machine with `devices` GPUs.

    A run on a GPU that was not asked for by number spreads over all: worker i takes device i mod `devices`, each with
    a session of its own, and the threads of a worker keep two batches under way: one is decoded while the other is on
    the device. Every device is of one kind, so the label, and with it every answer, is the same. Not measured: needs
    GPUs.
    """
    if runtime.device not in ("cuda", "tensorrt") or devices < 1:
        return runtime
    return replace(runtime, device=f"{runtime.device}:{worker % devices}")
