"""The answer for a row depends neither on the other rows nor on their number: bit for bit, on every backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kyara.weights import Runtime, Session
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.session import open_session

MOST = 33  # one more than a batch
SIZES = (
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    17,
    31,
    32,
)  # all of 1 to 33 were tried when this was written, and take three times as long
RUNTIMES = (
    Runtime("openvino"),
    Runtime("openvino", threads=2),
    Runtime("openvino", threads=2, streams=2),
    Runtime("openvino", precision="int8"),
    Runtime("openvino", precision="int8", threads=2),
    Runtime("onnxruntime"),
    Runtime("onnxruntime", threads=2),
)


def convolutions(path: Path) -> None:
    """Two convolutions as detectors have them, input `x` (rows, 3, 64, 64)."""
    from onnx import TensorProto, helper, numpy_helper, save

    random = np.random.default_rng(0)
    weights = [random.standard_normal(shape, np.float32) / 8 for shape in ((32, 3, 3, 3), (64, 32, 3, 3))]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["a"], ["s"]),
        helper.make_node("Mul", ["a", "s"], ["m"]),
        helper.make_node("Conv", ["m", "w1"], ["y"], strides=[2, 2], pads=[1, 1, 1, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3, 64, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 64, 16, 16])],
        [numpy_helper.from_array(array, f"w{i}") for i, array in enumerate(weights)],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("networks")
    paths = {name: folder / f"{name}.onnx" for name in ("f32", "int8", "convolutions")}
    paths["f32"].write_bytes(vit_block(int8=False))
    paths["int8"].write_bytes(vit_block(int8=True))
    convolutions(paths["convolutions"])
    yield paths
    for path in paths.values():
        path.unlink()


def rows(name: str) -> np.ndarray:
    shape = (MOST, 3, 64, 64) if name == "convolutions" else (MOST, TOKENS, WIDTH)
    return np.random.default_rng(1).standard_normal(shape, np.float32)


def broken(session: Session, x: np.ndarray) -> list[object]:
    """Where an answer moves with the batch: sizes, and places in it."""
    together = session.run({"x": x})["y"]
    sizes = [n for n in SIZES if not np.array_equal(session.run({"x": x[:n]})["y"], together[:n])]
    turned = [
        k for k in (1, 7, 16) if not np.array_equal(np.roll(session.run({"x": np.roll(x, k, 0)})["y"], -k, 0), together)
    ]
    return [*sizes, *turned]


@pytest.mark.parametrize("runtime", RUNTIMES, ids=lambda r: f"{r.label} {r.threads}/{r.streams}")
def test_a_row_is_answered_alike_in_any_batch(networks: dict[str, Path], runtime: Runtime) -> None:
    name = "int8" if runtime.precision == "int8" else "f32"
    assert broken(open_session(networks[name], runtime), rows(name)) == []


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_convolutions_too(networks: dict[str, Path], backend: str) -> None:
    assert broken(open_session(networks["convolutions"], Runtime(backend, threads=2)), rows("convolutions")) == []


@pytest.mark.parametrize(("backend", "precision"), [("openvino", "f32"), ("openvino", "int8"), ("onnxruntime", "f32")])
def test_threads_and_streams_change_no_byte(networks: dict[str, Path], backend: str, precision: str) -> None:
    name = "int8" if precision == "int8" else "f32"
    paces = ((1, 1), (2, 1), (2, 2), (3, 1))
    answers = [
        open_session(networks[name], Runtime(backend, precision=precision, threads=t, streams=s)).run(
            {"x": rows(name)[:5]}
        )
        for t, s in paces
    ]
    assert all(np.array_equal(answer["y"], answers[0]["y"]) for answer in answers)


def test_the_check_sees_a_batch_that_matters(networks: dict[str, Path]) -> None:
    class Dynamic:
        """Scales by the whole batch, as dynamic quantisation does."""

        @property
        def inputs(self) -> dict[str, tuple[int | None, ...]]:
            return {"x": (None, TOKENS, WIDTH)}

        def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {"y": feeds["x"] / np.abs(feeds["x"]).max()}

    assert broken(Dynamic(), rows("f32"))
