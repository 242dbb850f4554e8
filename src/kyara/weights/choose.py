"""Chooses, once a run, where and how networks run: what was asked for, else what a short measurement says.

The measurement is kept in the models folder, by CPU and versions, so that the same machine chooses the same next time
and what the cache holds stays good. What was asked for is taken, or is an error: never something else in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kyara.errors import WeightsError
from kyara.extras import has, install_line
from kyara.weights import probe
from kyara.weights.contents import read_json, write_json
from kyara.weights.quantise import has_int8
from kyara.weights.runtime import Backend, Precision, Runtime

if TYPE_CHECKING:
    from kyara.settings import ModelSettings

MEMORY = "machine.json"
ASKS_NOTHING = {("auto", device, "auto") for device in ("auto", "cpu")}
WORTH_IT = 1.15  # how much faster something must be than the backend before it: below, timings are noise
_ORDER = ("openvino cpu f32", "onnxruntime cpu f32")  # the first of these there is stands unless another is worth it
_NEEDED = {
    "cuda": "CUDA needs an NVIDIA GPU with its driver, and `pip install onnxruntime-gpu` in place of onnxruntime",
    "tensorrt": "TensorRT needs its libraries, and `pip install onnxruntime-gpu` in place of onnxruntime",
    "coreml": "CoreML needs a Mac",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """`reason` is half a sentence, `hints` are whole ones for the user, `rates` what was measured by runtime label."""

    runtime: Runtime
    reason: str
    hints: tuple[str, ...]
    rates: Mapping[str, float]


def choose(wanted: ModelSettings, networks: Sequence[Path], threads: int, streams: int) -> Choice:
    """The runtime for a run of `networks` (for int8: of which there must be one of each).

    `threads` cores are shared by `streams` threads of this process. Raises WeightsError for a device, backend or
    precision that was asked for and is not there.
    """
    known = rates(wanted.folder)
    ready = bool(networks) and all(path.is_file() and has_int8(path, wanted.folder) for path in networks)
    label, reason = _picked(wanted, known, ready)
    backend, device, precision = label.split()
    runtime = Runtime(
        cast("Backend", backend),
        wanted.device if wanted.device not in ("auto", "cpu") else device,
        cast("Precision", precision),
        threads,
        streams,
        wanted.folder,
    )
    if label not in known or runtime.device != device:
        _start(runtime)
    return Choice(runtime, reason, _hints(wanted, runtime, known), known)


def light(wanted: ModelSettings, threads: int, streams: int) -> Choice:
    """The runtime for small networks alone, for which measuring would cost more than it saves. Raises WeightsError."""
    if (wanted.backend, wanted.device, wanted.precision) not in ASKS_NOTHING:
        return choose(wanted, (), threads, streams)
    backend: Backend = "openvino" if has("openvino") else "onnxruntime"
    return Choice(Runtime(backend, "cpu", "f32", threads, streams, wanted.folder), "small networks only", (), {})


def rates(folder: Path) -> Mapping[str, float]:
    """What was measured on this machine with these versions, measured now where it was not."""
    versions = [f"{backend} {version}" for backend, version in probe.versions().items() if backend != "torch"]
    name = ", ".join([probe.cpu(), *probe.flags(), *versions])
    memory = read_json(folder / MEMORY)
    known = memory.get(name)
    if not isinstance(known, dict) or not all(isinstance(rate, float) for rate in known.values()):
        known = memory[name] = probe.measured()
        write_json(folder / MEMORY, memory)
    return known


def _picked(wanted: ModelSettings, known: Mapping[str, float], int8_ready: bool) -> tuple[str, str]:
    """A runtime label, and why: of what was measured and is allowed."""
    if wanted.device not in ("auto", "cpu") or wanted.backend == "torch" or wanted.precision not in ("auto", "f32"):
        return _as_asked(wanted), "as asked for"
    able = {label: rate for label, rate in known.items() if _allowed(wanted, label, int8_ready)}
    if not able:
        raise WeightsError(_absent(wanted.backend))
    stands = next((label for label in _ORDER if label in able), next(iter(able)))
    best = max(able, key=lambda label: able[label])
    if able[best] > WORTH_IT * able[stands]:
        return best, f"{able[best] / able[stands]:.1f} times as fast as {stands} here"
    others = len(able) - 1
    return stands, f"nothing else is over {WORTH_IT} times as fast here" if others else "nothing else is there"


def _allowed(wanted: ModelSettings, label: str, int8_ready: bool) -> bool:
    backend, device, precision = label.split()
    precise = precision == "f32" or (wanted.precision == "auto" and (int8_ready or precision != "int8"))
    return wanted.backend in ("auto", backend) and wanted.device in ("auto", device) and precise


def _as_asked(wanted: ModelSettings) -> str:
    """The label of what was asked for, its blanks filled in. Whether that is possible shows when it is started."""
    device = wanted.device.partition(":")[0]
    if device == "auto":
        device = _torch_device() if wanted.backend == "torch" else "cpu"
    precision = "f32" if wanted.precision == "auto" else wanted.precision
    half = precision in ("f16", "bf16")
    others = "torch" if device == "cuda" and half else "onnxruntime"  # ONNX Runtime's CUDA runs what is in the file
    backend = wanted.backend if wanted.backend != "auto" else "openvino" if device == "cpu" else others
    return f"{backend} {device} {precision}"


def _torch_device() -> str:
    if not has("torch"):
        return "cpu"  # its absence shows when it is started
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _start(runtime: Runtime) -> None:
    """Raises WeightsError where `runtime` does not start, with what is there and what to install."""
    there = probe.backends()
    if runtime.backend not in there:
        raise WeightsError(_absent(runtime.backend))
    if runtime.backend == "torch":
        from kyara.weights.on_torch import check_device

        check_device(runtime)
        return
    if runtime.kind not in there[runtime.backend]:
        found = "; ".join(f"{backend} on {', '.join(devices)}" for backend, devices in there.items())
        raise WeightsError(
            f"device {runtime.device!r} on {runtime.backend} is not there; found {found}. "
            f"{_NEEDED.get(runtime.kind, 'Give another --backend')}, or give --device cpu"
        )
    probe.started(runtime)


def _absent(backend: str) -> str:
    there = ", ".join(probe.backends()) or "none"
    line = install_line("torch") if backend == "torch" else f"pip install {backend}"
    return f"backend {backend!r} is not installed (found: {there}); run {line}, or give --backend auto"


def _hints(wanted: ModelSettings, runtime: Runtime, known: Mapping[str, float]) -> tuple[str, ...]:
    """What would be faster, and what of that asked for is slow."""
    full, int8 = known.get("openvino cpu f32", 0.0), known.get("openvino cpu int8", 0.0)
    open_to_int8 = wanted.precision == "auto" and wanted.backend != "onnxruntime" and runtime.precision != "int8"
    if open_to_int8 and int8 > WORTH_IT * known.get(runtime.label, int8):
        times = int8 / known[runtime.label]
        extra = "" if has("nncf") else f" (first {install_line('nncf')})"
        return (f"--precision int8 would be {times:.1f} times as fast; it is calibrated on your pictures, once{extra}",)
    if runtime.label == "openvino cpu bf16" and runtime.label not in known:
        return ("this CPU has no bf16: OpenVINO emulates it, some 30 times slower than f32; give --precision auto",)
    if runtime.precision == "int8" and 0 < int8 < full:
        return (f"int8 runs at {int8 / full:.1f} times the speed of f32 on this CPU; give --precision auto",)
    return ()
