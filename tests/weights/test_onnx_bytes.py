"""The network written byte by byte is a valid ONNX file that every backend reads as the same."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.weights import Runtime
from kyara.weights.on_onnxruntime import opened
from kyara.weights.on_openvino import compiled
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block


@pytest.mark.parametrize("int8", [False, True])
def test_it_is_valid_and_always_the_same(int8: bool) -> None:
    import onnx

    onnx.checker.check_model(onnx.load_from_string(vit_block(int8)), full_check=True)
    assert vit_block(int8) == vit_block(int8)


def test_the_int8_block_computes_in_int8() -> None:
    network = compiled(vit_block(int8=True), Runtime("openvino", precision="int8"))
    types = [op.get_rt_info()["runtimePrecision"].value for op in network.get_runtime_model().get_ops()]
    assert sum(kind in ("i8", "u8") for kind in types) >= 6  # q, k, v, out and both of the MLP


def test_both_backends_answer_alike() -> None:
    x = np.random.default_rng(0).standard_normal((2, TOKENS, WIDTH), np.float32)
    one = compiled(vit_block(int8=False), Runtime("openvino")).create_infer_request().infer([x])[0]
    other = opened(vit_block(int8=False), Runtime()).run(None, {"x": x})[0]
    assert one.std() > 0.5
    assert np.abs(one - other).max() < 1e-4
