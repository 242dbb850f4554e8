"""The choice: what was asked for or an error, else what the measurement says, and the same one the next time."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from kyara.errors import WeightsError
from kyara.settings import ModelSettings
from kyara.weights import choose as choosing
from kyara.weights import probe
from kyara.weights.choose import choose, rates

VNNI = {"openvino cpu f32": 10.0, "openvino cpu int8": 31.0, "onnxruntime cpu f32": 10.9}
AMX = {"openvino cpu f32": 10.0, "openvino cpu bf16": 55.0, "openvino cpu int8": 85.0, "onnxruntime cpu f32": 11.0}
PLAIN = {"openvino cpu f32": 10.0, "openvino cpu int8": 9.0, "onnxruntime cpu f32": 10.0}
ARM = {"onnxruntime cpu f32": 10.0}
GPU = VNNI | {"onnxruntime cuda f32": 900.0}


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Choose on a machine where this is what is measured; of `ready` files there is int8."""

    def on(
        measured: dict[str, float], ready: tuple[str, ...] = (), networks: tuple[str, ...] = (), **wanted: Any
    ) -> Any:
        monkeypatch.setattr(probe, "measured", lambda: measured)
        monkeypatch.setattr(choosing, "has_int8", lambda path, folder: path.name in ready)
        folder = Path(mkdtemp(dir=tmp_path))  # nothing is remembered
        paths = [folder / name for name in networks]
        for path in paths:
            path.write_bytes(b"network")
        return choose(ModelSettings(folder=folder, **wanted), paths, 4, 2)

    return on


@pytest.mark.parametrize(
    ("measured", "label"),
    [
        (VNNI, "openvino cpu f32"),  # 9 % is noise
        (AMX, "openvino cpu bf16"),
        (PLAIN, "openvino cpu f32"),
        (ARM, "onnxruntime cpu f32"),
        ({"openvino cpu f32": 10.0, "onnxruntime cpu f32": 11.6}, "onnxruntime cpu f32"),
        (GPU, "onnxruntime cuda f32"),
    ],
)
def test_auto_takes_what_is_plainly_fastest_and_never_quantises(
    on: Any, measured: dict[str, float], label: str
) -> None:
    choice = on(measured)
    assert choice.runtime.label == label
    assert (choice.runtime.threads, choice.runtime.streams) == (4, 2)
    assert choice.rates == measured


def test_auto_takes_int8_where_it_was_calibrated_for_every_network(on: Any) -> None:
    both = ("a.onnx", "b.onnx")
    assert on(VNNI, ready=both, networks=both).runtime.precision == "int8"
    assert on(VNNI, ready=("a.onnx",), networks=both).runtime.precision == "f32"
    assert on(PLAIN, ready=both, networks=both).runtime.precision == "f32"  # slower there: the machine was changed
    assert on(VNNI, ready=both, networks=both, precision="f32").runtime.precision == "f32"
    assert on(VNNI, ready=both, networks=both, backend="onnxruntime").runtime.label == "onnxruntime cpu f32"


def test_hints_say_what_would_be_faster_and_what_is_slow(on: Any) -> None:
    assert on(VNNI).hints == ("--precision int8 would be 3.1 times as fast; it is calibrated on your pictures, once",)
    assert "1.5 times" in on(AMX).hints[0]
    assert "emulates" in on(VNNI, precision="bf16").hints[0]
    assert "0.9 times the speed" in on(PLAIN, precision="int8").hints[0]
    for quiet in ({"precision": "f32"}, {"precision": "int8"}, {"backend": "onnxruntime"}):
        assert on(VNNI, **quiet).hints == ()
    assert on(PLAIN).hints == on(GPU).hints == on(ARM).hints == on(AMX, precision="bf16").hints == ()


def test_what_is_asked_for_is_taken(on: Any) -> None:
    assert on(AMX, precision="f32").runtime.label == "openvino cpu f32"
    assert on(VNNI, backend="onnxruntime").runtime.label == "onnxruntime cpu f32"
    assert on(VNNI, precision="int8").runtime.label == "openvino cpu int8"
    assert on(VNNI, backend="torch").runtime.backend == "torch"
    assert on(GPU, device="cpu").runtime.label == "openvino cpu f32"
    assert on(GPU, device="cuda").runtime.device == "cuda"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"device": "cuda"}, r"device 'cuda' on onnxruntime is not there; found .*cpu.*onnxruntime-gpu.*--device cpu"),
        ({"device": "cuda:1"}, r"device 'cuda:1' on onnxruntime is not there"),
        ({"device": "tensorrt:0", "precision": "f16"}, r"device 'tensorrt:0' .*onnxruntime-gpu"),
        ({"device": "coreml"}, r"device 'coreml' .* a Mac"),
        ({"device": "cuda", "precision": "f16"}, r"torch .* sees 0 of CUDA"),
        ({"device": "cuda", "backend": "openvino"}, r"device 'cuda' on openvino is not there"),
        ({"precision": "f16"}, r"precision f16 on OpenVINO's CPU found; f32, bf16 or int8 are expected"),
        ({"backend": "onnxruntime", "precision": "int8"}, r"precision int8 on ONNX Runtime's cpu .*--backend openvino"),
    ],
)
def test_what_is_not_there_is_an_error_with_the_remedy(on: Any, wanted: dict[str, str], said: str) -> None:
    if {"cuda", "tensorrt", "coreml"} & set(probe.backends()["onnxruntime"]):
        pytest.skip("this machine has such a device")
    with pytest.raises(WeightsError, match=said):
        on(VNNI, **wanted)


def test_a_backend_that_is_not_installed_is_an_error(on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "backends", lambda: {"onnxruntime": ("cpu",)})
    with pytest.raises(
        WeightsError, match=r"backend 'openvino' is not installed \(found: onnxruntime\); run pip install"
    ):
        on(ARM, backend="openvino")
    with pytest.raises(WeightsError, match="backend 'openvino' is not installed"):
        on(ARM, precision="int8")
    with pytest.raises(WeightsError, match=r"kyara\[torch\]"):
        on(ARM, backend="torch")


def test_it_is_measured_once_a_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measurements = iter([VNNI, AMX, PLAIN])
    monkeypatch.setattr(probe, "measured", lambda: next(measurements))
    assert rates(tmp_path) == VNNI
    assert rates(tmp_path) == VNNI
    monkeypatch.setattr(probe, "versions", lambda: {"openvino": "2099.1"})
    assert rates(tmp_path) == AMX
    monkeypatch.setattr(probe, "cpu", lambda: "another")
    assert rates(tmp_path) == PLAIN
    monkeypatch.undo()
    assert rates(tmp_path) == VNNI


@pytest.mark.parametrize("memory", [b"", b"[]", b'{"x"', b"\xff"])
def test_a_damaged_memory_is_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: bytes) -> None:
    (tmp_path / choosing.MEMORY).write_bytes(memory)
    monkeypatch.setattr(probe, "measured", lambda: VNNI)
    assert rates(tmp_path) == VNNI
