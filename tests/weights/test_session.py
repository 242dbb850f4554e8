"""Sessions on OpenVINO and ONNX Runtime: the same names and answers, feeds checked, nothing done in silence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kyara.errors import ExtractorError, WeightsError
from kyara.weights import Runtime
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.session import open_session

BACKENDS = ("openvino", "onnxruntime")


@pytest.fixture(scope="module")
def block(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("networks") / "block.onnx"
    path.write_bytes(vit_block(int8=False))
    return path


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, TOKENS, WIDTH), np.float32)


def by_hand(x: np.ndarray, path: Path) -> np.ndarray:
    """What the reference implementation of ONNX, plain numpy, makes of the file."""
    import onnx
    from onnx.numpy_helper import to_array
    from onnx.reference import ReferenceEvaluator

    model = onnx.load(path)
    assert all(to_array(one).dtype in (np.float32, np.int64) for one in model.graph.initializer)
    return ReferenceEvaluator(model).run(None, {"x": x})[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_answer_is_the_reference_s(block: Path, backend: str) -> None:
    session = open_session(block, Runtime(backend))
    x = pictures(2)
    assert session.inputs == {"x": (None, TOKENS, WIDTH)}
    answer = session.run({"x": x})
    assert list(answer) == ["y"]
    assert np.abs(answer["y"] - by_hand(x, block)).max() < 1e-4


@pytest.mark.parametrize("backend", BACKENDS)
def test_threads_do_not_disturb_each_other(block: Path, backend: str) -> None:
    session = open_session(block, Runtime(backend, threads=2, streams=2))
    asked = [pictures(3, seed) for seed in range(12)]
    alone = [session.run({"x": x})["y"] for x in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: session.run({"x": x})["y"], asked))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_answer_is_the_caller_s_own(block: Path, backend: str) -> None:
    session = open_session(block, Runtime(backend))
    first = session.run({"x": pictures(2)})["y"]
    before = first.copy()
    session.run({"x": pictures(2, seed=1)})
    assert np.array_equal(first, before)


@pytest.mark.parametrize("backend", BACKENDS)
def test_read_only_and_turned_feeds_are_read(block: Path, backend: str) -> None:
    session = open_session(block, Runtime(backend))
    x = pictures(2)
    expected = session.run({"x": x})["y"]
    turned = np.ascontiguousarray(x.transpose(2, 1, 0)).transpose(2, 1, 0)
    frozen = x.copy()
    frozen.flags.writeable = False
    assert not turned.flags["C_CONTIGUOUS"]
    assert np.array_equal(session.run({"x": turned})["y"], expected)
    assert np.array_equal(session.run({"x": frozen})["y"], expected)


WRONG: dict[str, Callable[[], dict[str, np.ndarray]]] = {
    "name": lambda: {"pixels": pictures(1)},
    "one too many": lambda: {"x": pictures(1), "z": pictures(1)},
    "type": lambda: {"x": pictures(1).astype(np.float64)},
    "shape": lambda: {"x": pictures(1)[:, :, :-1]},
    "dimensions": lambda: {"x": pictures(1)[0]},
    "no rows": lambda: {"x": pictures(0)},
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("feeds", WRONG.values(), ids=WRONG)
def test_wrong_feeds_are_refused(block: Path, backend: str, feeds: Callable[[], dict[str, np.ndarray]]) -> None:
    with pytest.raises(ExtractorError, match=r"block\.onnx: input.* found; .*expected"):
        open_session(block, Runtime(backend)).run(feeds())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_damaged_file_is_an_error_in_one_line(tmp_path: Path, backend: str) -> None:
    (path := tmp_path / "cut.onnx").write_bytes(vit_block(int8=True)[:-3000])
    with pytest.raises(WeightsError, match=r"cannot load .*cut\.onnx") as refused:
        open_session(path, Runtime(backend))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("device", ["cuda:0", "tensorrt:0", "coreml"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_an_absent_device_is_an_error(block: Path, backend: str, device: str) -> None:
    import onnxruntime

    from kyara.weights.on_onnxruntime import PROVIDERS

    if PROVIDERS[device.partition(":")[0]] in onnxruntime.get_available_providers():
        pytest.skip(f"{device} is there")
    with pytest.raises(WeightsError, match=f"device '{device}'"):
        open_session(block, Runtime(backend, device))


@pytest.mark.parametrize(
    ("backend", "precision"),
    [("onnxruntime", "int8"), ("onnxruntime", "bf16"), ("onnxruntime", "f16"), ("openvino", "f16")],
)
def test_a_precision_the_backend_lacks_is_an_error(block: Path, backend: str, precision: str) -> None:
    with pytest.raises(WeightsError, match=f"precision {precision} on"):
        open_session(block, Runtime(backend, precision=precision))


def test_full_precision_is_asked_for_and_checked(block: Path) -> None:
    """OpenVINO computes f32 networks in bf16 on CPUs with AMX unless it is told."""
    from kyara.weights.on_openvino import compiled

    assert compiled(block, Runtime("openvino")).get_property("INFERENCE_PRECISION_HINT").to_string() == "f32"
    assert (
        compiled(block, Runtime("openvino", precision="bf16")).get_property("INFERENCE_PRECISION_HINT").to_string()
        == "bf16"
    )


def test_openvino_takes_the_threads_it_is_given(block: Path) -> None:
    from kyara.weights.on_openvino import compiled

    network = compiled(block, Runtime("openvino", threads=2, streams=2))
    assert (network.get_property("NUM_STREAMS"), network.get_property("INFERENCE_NUM_THREADS")) == (2, 2)
    assert network.get_property("ENABLE_CPU_PINNING") is False
