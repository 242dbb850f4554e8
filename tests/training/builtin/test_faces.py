"""The command: from a toy pack to the files, killed at any time and started again, with the same weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from kyara.training.builtin.faces import main

FILES = ("faces.onnx", "faces.safetensors", "faces.toml", *(f"fold{fold}.onnx" for fold in (1, 2, 3, 4)))


def _arguments(toy, work: Path) -> list[str]:
    return ["--data", str(toy.data), "--splits", str(toy.splits), "--out", str(work), "--threads", "1", "--tiny"]


@pytest.fixture(scope="module")
def whole(toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("whole")
    assert main(_arguments(toy, work)) == 0
    return work


def test_makes_every_file(whole: Path) -> None:
    assert set(FILES) <= {path.name for path in whole.iterdir()}
    numbers = tomllib.loads((whole / "faces.toml").read_text(encoding="utf-8"))
    assert len(numbers["hair_color"]["labels"]) == 12
    assert 0.1 <= numbers["eye_color"]["temperature"] <= 10
    assert -1 <= numbers["same_character"]["far_1_percent"] <= numbers["same_character"]["far_0_1_percent"] <= 1


def test_killed_and_started_again_ends_with_the_same_weights(toy, whole: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kyara.training.builtin.faces", *_arguments(toy, tmp_path)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    while not list(tmp_path.glob("names-*/fold1.pt")):
        assert child.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "faces.safetensors").exists()
    assert main(_arguments(toy, tmp_path)) == 0
    for name in ("faces.safetensors", "faces.toml"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes()


def test_a_network_learns_from_another(toy, whole: Path, tmp_path: Path) -> None:
    assert main([*_arguments(toy, tmp_path), "--teacher", str(whole / "faces.onnx")]) == 0
    assert set(FILES) <= {path.name for path in tmp_path.iterdir()}
    assert "--teacher" in tomllib.loads((tmp_path / "faces.toml").read_text(encoding="utf-8"))["training"]["command"]


def test_absent_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--splits", str(tmp_path), "--out", str(tmp_path / "w")]) == 2
    assert "--splits" in capsys.readouterr().err
