"""Static int8 by NNCF: near the original, kept under its content, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kyara.errors import MissingExtraError, WeightsError
from kyara.weights import Model, Runtime, quantise
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block

ROWS = 16


def rows(count: int = ROWS) -> Iterator[dict[str, np.ndarray]]:
    random = np.random.default_rng(0)
    return ({"x": random.standard_normal((1, TOKENS, WIDTH), np.float32)} for _ in range(count))


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("networks") / "block.onnx"
    path.write_bytes(vit_block(int8=False))
    return path


@pytest.fixture(scope="module")
def quantised(block: Path) -> tuple[Path, quantise.Quantised]:
    """The models folder, and what was said of the network in it."""
    return block.parent / "models", quantise.quantise(block, rows(), block.parent / "models")


def small_network(path: Path, weights: np.ndarray) -> Path:
    """One 1 x 1 convolution, input `x` (rows, channels, 8, 8)."""
    from onnx import TensorProto, helper, numpy_helper, save

    out, channels = weights.shape
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", channels, 8, 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", out, 8, 8])],
        [numpy_helper.from_array(weights[:, :, None, None], "w")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_its_answers_are_near_and_its_manifest_says_so(block: Path, quantised: tuple[Path, quantise.Quantised]) -> None:
    folder, said = quantised
    assert list(quantise.everything_int8(folder)) == [said]
    assert (said.source, said.rows, said.held_out) == ("block.onnx", ROWS, 4)
    assert 0.99 < said.agreement["y"] < 1 - 1e-7
    x = next(iter(rows()))
    full = Model(block, Runtime("openvino", folder=folder)).run(x)["y"].ravel()
    model = Model(block, Runtime("openvino", precision="int8", folder=folder))
    int8 = model.run(x)["y"].ravel()
    assert 0.99 < np.corrcoef(full, int8)[0, 1] < 1 - 1e-7
    assert model.session.inputs == {"x": (None, TOKENS, WIDTH)}


def test_it_really_computes_in_int8(block: Path, quantised: tuple[Path, quantise.Quantised]) -> None:
    from kyara.weights.on_openvino import compiled

    network = compiled(quantise.int8_of(block, quantised[0]), Runtime("openvino", precision="int8"))
    types = [op.get_rt_info()["runtimePrecision"].value for op in network.get_runtime_model().get_ops()]
    assert sum(kind in ("i8", "u8") for kind in types) >= 6


def test_its_rows_do_not_depend_on_each_other(block: Path, quantised: tuple[Path, quantise.Quantised]) -> None:
    model = Model(block, Runtime("openvino", precision="int8", threads=2, folder=quantised[0]))
    x = np.concatenate([row["x"] for row in rows()]) * np.linspace(0.2, 3, ROWS, dtype=np.float32)[:, None, None]
    together = model.run({"x": x})["y"]
    for size in (1, 3, 8, 15):
        assert np.array_equal(model.run({"x": x[:size]})["y"], together[:size])


def test_another_calibration_is_another_version(block: Path, quantised: tuple[Path, quantise.Quantised]) -> None:
    runtime = Runtime("openvino", precision="int8", folder=quantised[0])
    before = Model(block, runtime).digest
    xml = quantise.int8_of(block, quantised[0])
    xml.write_bytes(xml.read_bytes() + b"\n")
    assert Model(block, runtime).digest != before


def test_it_belongs_to_the_content_of_its_source(block: Path, quantised: tuple[Path, quantise.Quantised]) -> None:
    (copy := block.with_name("copy.onnx")).write_bytes(block.read_bytes())
    (other := block.with_name("other.onnx")).write_bytes(vit_block(int8=True))
    assert quantise.has_int8(copy, quantised[0])
    assert not quantise.has_int8(other, quantised[0])
    with pytest.raises(WeightsError, match="was never quantised"):
        quantise.int8_of(other, quantised[0])


def test_it_leaves_nothing_else_behind_and_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    network = small_network(tmp_path / "small.onnx", np.random.default_rng(0).standard_normal((8, 4), np.float32))
    random = np.random.default_rng(1)
    some = ({"x": random.standard_normal((1, 4, 8, 8), np.float32)} for _ in range(20))
    quantise.quantise(network, some, tmp_path / "models")
    (home,) = (tmp_path / "models" / "int8").iterdir()
    assert sorted(path.name for path in home.iterdir()) == ["manifest.json", "network.bin", "network.xml"]
    assert capfd.readouterr() == ("", "")


def test_a_network_that_does_not_bear_int8_is_refused(tmp_path: Path) -> None:
    """One channel a million times as large as the others takes all 256 steps, and is not even looked at."""
    weights = np.random.default_rng(0).standard_normal((8, 4), np.float32)
    weights[:, 0] = 0
    network = small_network(tmp_path / "small.onnx", weights)
    random = np.random.default_rng(1)
    scale = np.float32([1e6, 1, 1, 1])[None, :, None, None]
    some = ({"x": random.standard_normal((1, 4, 8, 8), np.float32) * scale} for _ in range(20))
    with pytest.raises(WeightsError, match=r"small\.onnx does not bear int8: y agrees"):
        quantise.quantise(network, some, tmp_path / "models")
    assert list((tmp_path / "models" / "int8").iterdir()) == []


def test_too_few_rows_are_refused_at_once(block: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="15 samples to calibrate on found; at least 16"):
        quantise.quantise(block, rows(15), tmp_path)
    assert list((tmp_path / "int8").iterdir()) == []


def test_a_failing_child_is_an_error_in_one_line(tmp_path: Path) -> None:
    (broken := tmp_path / "broken.onnx").write_bytes(vit_block(int8=True)[:-3000])
    with pytest.raises(WeightsError, match=r"broken\.onnx cannot be quantised: .*OpenVINO cannot load") as refused:
        quantise.quantise(broken, rows(), tmp_path)
    assert "\n" not in str(refused.value)
    assert list((tmp_path / "int8").iterdir()) == []


def test_a_kill_leaves_nothing_that_is_taken_for_a_network(block: Path, tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from kyara.weights.quantise import quantise\n"
        f"rows = ({{'x': np.ones((1, {TOKENS}, {WIDTH}), np.float32)}} for _ in range(16))\n"
        "quantise(Path(sys.argv[1]), rows, Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, block, tmp_path], start_new_session=True)
    while not list(tmp_path.glob("int8/.making-*/rows/00016.npz")):
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (left,) = (tmp_path / "int8").iterdir()
    assert not quantise.has_int8(block, tmp_path)
    assert list(quantise.everything_int8(tmp_path)) == []
    os.utime(left, (0, 0))  # a day later
    with pytest.raises(WeightsError, match="at least 16"):
        quantise.quantise(block, rows(2), tmp_path)
    assert list((tmp_path / "int8").iterdir()) == []


def test_without_nncf_it_says_what_to_install(block: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyara.extras.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r"kyara\[int8\]"):
        quantise.quantise(block, rows(), tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error(block: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WeightsError, match="cannot write"):
        quantise.quantise(block, rows(), tmp_path / "file")
