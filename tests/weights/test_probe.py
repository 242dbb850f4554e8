"""What this machine has, and how fast: measured for real, and where a system says nothing, said so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kyara.errors import WeightsError
from kyara.weights import Runtime, probe


def test_it_measures_every_backend_that_is_here() -> None:
    rates = probe.measured()
    assert set(rates) >= {"openvino cpu f32", "openvino cpu int8", "onnxruntime cpu f32"}
    assert all(rate > 0 for rate in rates.values())


def test_int8_pays_where_the_cpu_has_the_instructions() -> None:
    if not {"avx512_vnni", "amx_int8"} & set(probe.flags()):
        pytest.skip("needs AVX-512 VNNI or AMX")
    rates = probe.measured()
    assert rates["openvino cpu int8"] > 1.5 * rates["openvino cpu f32"]  # 3.0 to 3.8 was seen on VNNI


def test_a_runtime_that_does_not_start_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_worth_measuring", lambda: [Runtime("onnxruntime", "cuda"), Runtime("openvino")])
    if "cuda" in probe.backends()["onnxruntime"]:
        pytest.skip("CUDA is there")
    assert list(probe.measured()) == ["openvino cpu f32"]
    with pytest.raises(WeightsError):
        probe.started(Runtime("onnxruntime", "cuda"))


def test_what_is_here() -> None:
    assert probe.backends()["openvino"] == ("cpu",)
    assert "cpu" in probe.backends()["onnxruntime"]
    assert set(probe.versions()) == set(probe.backends())
    code = "import sys; from kyara.weights import probe; print(probe.versions() and sorted(sys.modules))"
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"'onnxruntime'", "'openvino'", "'torch'"} & set(re.findall(r"'\w+'", fresh.stdout))
    assert probe.cpu()
    assert set(probe.flags()) <= set(probe.FLAGS)
    if sys.platform == "linux":
        assert all(flag in Path("/proc/cpuinfo").read_text() for flag in probe.flags())


def test_gpus_are_those_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for visible, count in (("0,1", 2), ("", 0), ("3", 1)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert probe.gpus() == count
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert probe.gpus() >= 0
