"""`kyara doctor`: what is here, what networks run on, and what is wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from kyara.weights import probe

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def measured(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that was measured before."""
    versions = [f"{name} {version}" for name, version in probe.versions().items() if name != "torch"]
    name = ", ".join([probe.cpu(), *probe.flags(), *versions])
    rates = {"openvino cpu f32": 10.0, "openvino cpu int8": 31.0, "onnxruntime cpu f32": 9.0}
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "machine.json").write_bytes(orjson.dumps({name: rates}))
    return {"KYARA_MODELS__FOLDER": str(tmp_path / "models")}


def test_it_says_what_networks_run_on_and_why(kyara: Run, measured: dict[str, str]) -> None:
    done = kyara("doctor", **measured)
    assert done.returncode == 0, done.stderr
    assert "openvino cpu f32: nothing else is over 1.15 times as fast here" in done.stdout
    assert "openvino cpu f32 10, openvino cpu int8 31, onnxruntime cpu f32 9" in done.stdout
    assert "--precision int8 would be 3.1 times as fast" in done.stdout
    assert probe.cpu() in done.stdout
    assert f"openvino {probe.versions()['openvino']} (cpu)" in done.stdout
    assert "none; `kyara models list` says which there are" in done.stdout
    assert done.stderr == ""


def test_a_device_that_is_not_there_is_said_and_the_rest_too(kyara: Run, measured: dict[str, str]) -> None:
    if "cuda" in probe.backends()["onnxruntime"]:
        pytest.skip("CUDA is there")
    done = kyara("doctor", **measured, KYARA_MODELS__DEVICE="cuda")
    assert done.returncode == 0
    assert "device 'cuda' on onnxruntime is not there" in done.stdout
    assert "extra heif" in done.stdout


def test_it_measures_a_new_machine_and_remembers(kyara: Run, tmp_path: Path) -> None:
    folder = {"KYARA_MODELS__FOLDER": str(tmp_path / "new")}
    assert "networks run on" in kyara("doctor", **folder).stdout
    (rates,) = orjson.loads((tmp_path / "new" / "machine.json").read_bytes()).values()
    assert set(rates) >= {"openvino cpu f32", "onnxruntime cpu f32"}
