"""IR on OpenVINO: its weights lie in memory once, in the layout that is multiplied; answers are as from the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kyara.errors import WeightsError
from kyara.weights.on_openvino import OpenVinoSession, compiled, core
from kyara.weights.onnx_bytes import TOKENS, WIDTH, vit_block
from kyara.weights.runtime import Runtime

X = np.random.default_rng(1).standard_normal((3, TOKENS, WIDTH), np.float32)
RUNTIME = Runtime("openvino", threads=2, streams=2)


@pytest.fixture
def ir(tmp_path: Path) -> Path:
    """A block of a ViT as IR: 28 MB of weights."""
    import openvino

    path = tmp_path / "block.xml"
    openvino.save_model(core().read_model(vit_block(int8=False), b""), path, compress_to_fp16=False)
    return path


def resident_kb(file: Path) -> int:
    """How much of `file` this process has in memory by way of mappings."""
    total, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.split()[0].endswith(":"):
            total += int(line.split()[1]) if ours and line.startswith("Rss:") else 0
        else:
            ours = line.endswith(str(file))
    return total


def test_the_pages_of_the_file_are_given_back(ir: Path) -> None:
    weights = ir.with_suffix(".bin")
    session = OpenVinoSession(ir, RUNTIME)
    assert weights.stat().st_size > 25e6
    assert str(weights) in Path("/proc/self/maps").read_text()
    assert resident_kb(weights) < 1000
    session.run({"x": X})
    assert resident_kb(weights) < 1000


def test_answers_are_those_of_the_file_as_openvino_opens_it(ir: Path) -> None:
    expected = compiled(ir, RUNTIME).create_infer_request().infer([X])[0]
    assert np.array_equal(OpenVinoSession(ir, RUNTIME).run({"x": X})["y"], expected)


@pytest.mark.parametrize("damage", ["gone", "empty", "short", "not text"])
def test_damaged_ir_is_one_error(ir: Path, damage: str) -> None:
    weights = ir.with_suffix(".bin")
    match damage:
        case "gone":
            weights.unlink()
        case "empty":
            weights.write_bytes(b"")
        case "short":
            weights.write_bytes(weights.read_bytes()[:1000])
        case "not text":
            ir.write_bytes(b"\xff\xfe<net")
    with pytest.raises(WeightsError, match=r"OpenVINO cannot load .*block\.xml.*fetch the model again"):
        OpenVinoSession(ir, RUNTIME)
