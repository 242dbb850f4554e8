"""What this machine has: CPU flags, backends with their devices, and how fast each runs one small network.

Knows no models and decides nothing: choose.py does.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import numpy as np

from kyara.errors import WeightsError
from kyara.extras import has
from kyara.weights.on_onnxruntime import PROVIDERS, opened
from kyara.weights.on_openvino import compiled, core
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.runtime import Backend, Runtime

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "i8mm", "bf16")
BF16 = {"avx512_bf16", "amx_bf16", "bf16"}
BATCH, BUDGET_S, FEWEST_ROUNDS, MOST_ROUNDS = 8, 1.0, 3, 12


@cache
def cpu() -> str:
    """The CPU's name as the system tells it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


@cache
def flags() -> tuple[str, ...]:
    """Which of FLAGS this CPU has: Linux says it all, elsewhere OpenVINO tells of bf16."""
    said = set((_cpuinfo("flags") or _cpuinfo("Features")).split())
    if not said and has("openvino") and "BF16" in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        said = {"bf16"}
    return tuple(flag for flag in FLAGS if flag in said)


def backends() -> dict[str, tuple[str, ...]]:
    """The devices of every backend that is installed. Those of torch beside the CPU are seen only by asking it."""
    found: dict[str, tuple[str, ...]] = {"openvino": ("cpu",)} if has("openvino") else {}
    if has("onnxruntime"):
        import onnxruntime

        there = onnxruntime.get_available_providers()
        found["onnxruntime"] = tuple(device for device, provider in PROVIDERS.items() if provider in there)
    return found | ({"torch": ("cpu",)} if has("torch") else {})


@cache
def versions() -> dict[str, str]:
    """Version by installed backend, none of them imported; speed, and the last bits of answers, may change with it."""
    return {name: _version(name) for name in get_args(Backend) if has(name)}


def gpus() -> int:
    """How many NVIDIA GPUs this process may use; for runtime.on_worker. Not measured: needs GPUs."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return len([one for one in visible.split(",") if one.strip()])
    cards = Path("/proc/driver/nvidia/gpus")
    return len(list(cards.iterdir())) if cards.is_dir() else 0


def measured() -> dict[str, float]:
    """Passes a second of one block of a ViT-B/32 on 8 pictures and one thread, by label, of everything there is.

    About two seconds. The best of several rounds, all runtimes in turn: what else the machine does slows all alike.
    """
    calls = {}
    for runtime in _worth_measuring():
        with suppress(WeightsError):  # a CUDA build without a GPU
            calls[runtime.label] = started(runtime)
    best = dict.fromkeys(calls, float("inf"))
    begun = time.perf_counter()
    for done in range(MOST_ROUNDS):
        if done >= FEWEST_ROUNDS and time.perf_counter() - begun > BUDGET_S:
            break
        for label, call in calls.items():
            before = time.perf_counter()
            call()
            best[label] = min(best[label], time.perf_counter() - before)
    return {label: round(1 / seconds, 2) for label, seconds in best.items()}


def _worth_measuring() -> Sequence[Runtime]:
    devices = backends()
    runtimes: list[Runtime] = []
    if "openvino" in devices:
        runtimes += [Runtime("openvino"), Runtime("openvino", precision="int8")]
        if BF16 & set(flags()):  # else it is emulated: 29 times as slow as f32 on a CPU with AVX-512 VNNI
            runtimes.append(Runtime("openvino", precision="bf16"))
    if "onnxruntime" in devices:
        runtimes.append(Runtime("onnxruntime"))
    if "cuda" in devices.get("onnxruntime", ()):
        runtimes.append(Runtime("onnxruntime", "cuda"))
    return runtimes


def started(runtime: Runtime) -> Callable[[], object]:
    """One pass of the block on `runtime`, warmed up. Raises WeightsError where it does not start."""
    block, x = vit_block(runtime.precision == "int8"), np.zeros((BATCH, TOKENS, WIDTH), np.float32)
    if runtime.backend == "openvino":
        run = partial(compiled(block, runtime).create_infer_request().infer, [x])
    else:
        run = partial(opened(block, runtime).run, None, {"x": x})
    run()
    return run


def _cpuinfo(key: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key), "")


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:  # onnxruntime-gpu brings the module under another name
        return str(getattr(__import__(name), "__version__", "?"))
