"""Calibrating on the very source: which pictures, which rows, and what is quantised."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.errors import WeightsError
from kyara.flow import Input, View
from kyara.images import Limits
from kyara.recipes.calibrating import MOST, REACH, calibrate, chosen
from kyara.records import Sighting
from kyara.sources import given, open_source
from kyara.weights import Model, Runtime
from kyara.weights.quantise import everything_int8, has_int8

SIDE = 16


class Means:
    """An extractor with a network: one convolution over a small picture."""

    name = "means"

    def __init__(self, path: Path, folder: Path) -> None:
        self.network = Model(path, Runtime("openvino", folder=folder))
        self.views: list[View] = []

    def feeds(self, views: Sequence[View]) -> dict[str, np.ndarray]:
        self.views += views
        small = [np.asarray(Image.fromarray(view.pixels("body", SIDE)).resize((SIDE, SIDE))) for view in views]
        return {"x": np.stack(small).transpose(0, 3, 1, 2).astype(np.float32) / 255}


class Plain:
    """An extractor without one."""

    name = "plain"


@pytest.fixture
def network(tmp_path: Path) -> Path:
    from onnx import TensorProto, helper, numpy_helper, save

    weights = np.random.default_rng(0).standard_normal((8, 3, 3, 3), np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["y"])],
        "means",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 8, SIDE - 2, SIDE - 2])],
        [numpy_helper.from_array(weights, "w")],
    )
    path = tmp_path / "means.onnx"
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def picture(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), np.uint8)
    Image.fromarray(pixels).save(file := io.BytesIO(), "PNG")
    return file.getvalue()


def test_it_quantises_what_lacks_int8_on_pictures_and_boxes(network: Path, tmp_path: Path) -> None:
    boxes = (Sighting(head=(2, 2, 20, 20)), Sighting(body=(5, 5, 30, 40)))
    inputs = [Input(f"{n}.png", "", lambda n=n: picture(n)) for n in range(18)]
    inputs[3] = Input("boxes", "", lambda: picture(3), sightings=boxes)
    inputs[4] = Input("broken", "", lambda: picture(4)[:60])
    inputs[5] = Input("words", "", text="a girl")
    extractor, told = Means(network, tmp_path / "models"), list[tuple[str, int, int]]()
    done = calibrate([Plain(), extractor], given(*inputs), Limits(), tmp_path / "models", lambda *say: told.append(say))
    assert list(done) == ["means"]
    assert list(everything_int8(tmp_path / "models")) == [done["means"]]
    assert done["means"].rows == len(extractor.views) == 15 + 2  # 15 whole pictures, and one by its two boxes
    assert [view.sighting for view in extractor.views if view.sample.key == "boxes"] == list(boxes)
    assert told[-1] == ("means", 17, 17)
    assert has_int8(network, tmp_path / "models")
    seen = len(extractor.views)
    assert calibrate([extractor], given(*inputs), Limits(), tmp_path / "models", lambda *say: None) == {}
    assert len(extractor.views) == seen


def test_too_few_pictures_are_an_error_with_the_remedy(network: Path, tmp_path: Path) -> None:
    source = given(*(picture(n) for n in range(3)))
    with pytest.raises(WeightsError, match=r"3 pictures in given found; int8 is calibrated on at least 16: .*larger"):
        calibrate([Means(network, tmp_path)], source, Limits(), tmp_path, lambda *say: None)


@pytest.mark.parametrize(("count", "last"), [(50, 49), (900, 897), (30_000, 33 * (MOST - 1))])
def test_pictures_are_spread_over_what_is_cheap_to_list(count: int, last: int) -> None:
    source = given(*(Input(f"{n}", "", bytes) for n in range(count)))
    keys = [int(item.key) for item in chosen(source)]
    assert len(keys) == min(count, MOST)
    assert keys[-1] == last < REACH
    assert len(set(np.diff(keys))) == 1


def test_real_pictures(network: Path, tmp_path: Path, shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("kohya_sample")
    done = calibrate([Means(network, tmp_path)], open_source(folder, {}), Limits(), tmp_path, lambda *say: None)
    assert done["means"].rows == 34
    assert done["means"].agreement["y"] > 0.99
