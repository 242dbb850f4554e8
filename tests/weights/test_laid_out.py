"""OpenVINO's own copy of an ONNX file: made once where it is worth it, and every bit of its answers the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kyara.weights import Model, Runtime, laid_out
from kyara.weights.laid_out import laid_out as copy_of
from kyara.weights.laid_out import laid_out_of
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.session import open_session

X = {"x": np.random.default_rng(2).standard_normal((3, TOKENS, WIDTH), np.float32)}


@pytest.fixture
def block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A block of a ViT, 28 MB, of which copies are made here."""
    monkeypatch.setattr(laid_out, "LARGE", 1_000_000)
    path = tmp_path / "block.onnx"
    path.write_bytes(vit_block(int8=False))
    return path


@pytest.mark.parametrize("precision", ["f32", "bf16"])
@pytest.mark.parametrize("streams", [1, 2])
def test_answers_are_those_of_the_onnx_file(block: Path, tmp_path: Path, precision: str, streams: int) -> None:
    runtime = Runtime("openvino", precision=precision, threads=2, streams=streams, folder=tmp_path)
    copy = copy_of(block, runtime, tmp_path)
    assert copy.suffix == ".xml"
    assert np.array_equal(open_session(copy, runtime).run(X)["y"], open_session(block, runtime).run(X)["y"])


def test_weights_are_turned(block: Path, tmp_path: Path) -> None:
    def products(path: Path) -> list[bool]:
        code = (
            "import sys, openvino; ops = openvino.Core().read_model(sys.argv[1]).get_ops()\n"
            "weighed = [o for o in ops if o.get_type_name() == 'MatMul' "
            "and o.input_value(1).get_node().get_type_name() == 'Constant']\n"
            "print(*[o.get_attributes()['transpose_b'] for o in weighed])"
        )
        done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True, text=True)
        return [word == "True" for word in done.stdout.split()]

    before, after = products(block), products(copy_of(block, Runtime("openvino"), tmp_path))
    assert before
    assert not any(before)
    assert after == [True] * len(before)


def test_a_model_runs_the_copy_and_keeps_its_digest(block: Path, tmp_path: Path) -> None:
    runtime = Runtime("openvino", folder=tmp_path / "models")
    digest = Model(block, runtime).digest
    assert list(laid_out_of(block, tmp_path / "models")) == []
    model = Model(block, runtime)
    model.run(X)
    (home,) = laid_out_of(block, tmp_path / "models")
    assert str(home / "network.bin") in Path("/proc/self/maps").read_text()
    assert Model(block, runtime).digest == digest


def test_no_copy_is_made_where_it_is_not_worth_one(
    block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copy_of(block, Runtime("onnxruntime"), tmp_path) == block
    monkeypatch.setattr(laid_out, "LARGE", 100_000_000)
    assert copy_of(block, Runtime("openvino"), tmp_path) == block
    assert list(laid_out_of(block, tmp_path)) == []


def test_without_room_for_a_copy_the_onnx_file_does(
    block: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "openvino").write_text("in the way")
    runtime = Runtime("openvino", folder=tmp_path / "models")
    assert Model(block, runtime).run(X)["y"].shape == X["x"].shape
    assert "going on with block.onnx" in caplog.text


def test_an_onnx_file_that_openvino_cannot_read_is_said_by_the_session(
    block: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    block.write_bytes(b"\0" * 2_000_000)
    assert copy_of(block, Runtime("openvino"), tmp_path) == block
    assert "cannot be laid out" in caplog.text
    assert list(laid_out_of(block, tmp_path)) == []
