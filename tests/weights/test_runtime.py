"""A runtime is a value: what of it answers depend on, and which GPU a worker takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.weights import Runtime
from kyara.weights.runtime import on_worker


def test_the_label_has_what_answers_depend_on_and_no_more() -> None:
    one = Runtime("onnxruntime", "cuda:0", "f32", threads=8, streams=2, folder=Path("here"))
    assert one.label == Runtime("onnxruntime", "cuda:3", "f32").label == "onnxruntime cuda f32"
    assert Runtime("openvino", precision="int8").label != Runtime("openvino").label


def test_threads_are_shared_by_streams() -> None:
    assert Runtime(threads=8, streams=3).threads_a_stream == 2
    assert Runtime(threads=1, streams=4).threads_a_stream == 1


def test_what_is_never_quantised_runs_at_full_precision_beside_it() -> None:
    assert Runtime("openvino", precision="int8", threads=3).full == Runtime("openvino", threads=3)
    assert Runtime("onnxruntime", "tensorrt:1", "f16").full.label == "onnxruntime tensorrt f32"
    assert Runtime("torch", "cuda:0", "f16").full.label == "onnxruntime cpu f32"


def test_what_bears_bf16_runs_so_where_openvino_was_asked_to() -> None:
    asked = Runtime("openvino", precision="bf16", threads=3)
    assert asked.full_or_bf16 == asked
    for other in (Runtime("openvino", precision="int8"), Runtime("onnxruntime", "cuda", "f16"), Runtime("torch")):
        assert other.full_or_bf16 == other.full


def test_workers_spread_over_gpus() -> None:
    asked = Runtime("onnxruntime", "cuda")
    assert [on_worker(asked, worker, 3).device for worker in range(5)] == [
        "cuda:0",
        "cuda:1",
        "cuda:2",
        "cuda:0",
        "cuda:1",
    ]
    assert {on_worker(asked, worker, 3).label for worker in range(3)} == {asked.label}
    assert on_worker(Runtime("onnxruntime", "tensorrt"), 1, 2).device == "tensorrt:1"


@pytest.mark.parametrize("device", ["cpu", "coreml", "cuda:1"])
def test_what_is_no_gpu_or_was_asked_for_by_number_stays(device: str) -> None:
    assert on_worker(Runtime("onnxruntime", device), 2, 4).device == device


def test_without_gpus_the_request_stays_and_fails_where_it_is_opened() -> None:
    assert on_worker(Runtime("onnxruntime", "cuda"), 1, 0).device == "cuda"
