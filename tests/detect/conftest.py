"""Networks to look through: one that sees red discs and nothing else, and a narrow YOLOv8 of random weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from kyara.flow import View
from kyara.images import Limits, Picture, encoded, probe
from kyara.records import Sample, Sighting
from kyara.weights import Model, Runtime

DISC_PX = 40  # the diameter in input pixels that the seeing network answers to
Show = Callable[[NDArray[np.uint8]], View]


@pytest.fixture(scope="session")
def show() -> Show:
    """show(RGB pixels) → the view of a whole picture that a detector gets."""

    def shown(pixels: NDArray[np.uint8]) -> View:
        data = encoded(pixels)
        header = probe(data, Limits())
        sample = Sample("k", "i", "u", width=header.width, height=header.height, sightings=(Sighting(),))
        return View(sample, 0, Picture(data, header, Limits()))

    return shown


@pytest.fixture(scope="session")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int | None], Model]:
    """seeing(side) → a network shaped as YOLOv8 that sees red discs of 40 input pixels (side None: free input).

    An anchor every second pixel, each with a box of 40 x 40; its score is the share of red in a disc of that size less
    the share of red in the ring around it: 1 where the disc is, less for one of another place, size or colour.
    """
    folder = tmp_path_factory.mktemp("seeing")

    def made(side: int | None) -> Model:
        path = folder / f"{side}.onnx"
        if not path.exists():
            _save_seeing(path, side)
        return Model(path, Runtime())

    return made


@pytest.fixture(scope="session")
def random_yolo(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """YOLOv8 as published, an eighth of s as wide, with random weights and two classes."""
    path = tmp_path_factory.mktemp("yolo") / "model.onnx"
    _save_yolo(path)
    return Model(path, Runtime())


def _save_seeing(path: Path, side: int | None) -> None:
    size = DISC_PX + 18
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = np.hypot(x, y)
    disc, ring = radius <= DISC_PX / 2, (radius > DISC_PX / 2) & (radius <= size / 2)
    kernel = (disc / disc.sum() - ring / ring.sum()).astype(np.float32)
    constants = {
        "colour": np.array([1, -1, -1], np.float32).reshape(1, 3, 1, 1), "kernel": kernel[None, None],
        "two": np.float32(2), "one": np.float32(1),
        "zero": np.float32(0), "disc": np.float32(DISC_PX), "x": np.int64(3), "y": np.int64(2),
        "flat": np.array([0, 5, -1], np.int64),
    }  # fmt: skip
    pad = (size - 2) // 2
    nodes = [
        helper.make_node("Conv", ["images", "colour"], ["mixed"]),
        helper.make_node("Relu", ["mixed"], ["red"]),
        helper.make_node("Conv", ["red", "kernel"], ["raw"], strides=[2, 2], pads=[pad] * 4),
        helper.make_node("Clip", ["raw", "zero", "one"], ["score"]),
        helper.make_node("Mul", ["score", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "two"], ["twos"]),
        helper.make_node("Add", ["nothing", "disc"], ["sides"]),
        helper.make_node("CumSum", ["twos", "x"], ["right"]),
        helper.make_node("CumSum", ["twos", "y"], ["down"]),
        helper.make_node("Sub", ["right", "one"], ["cx"]),
        helper.make_node("Sub", ["down", "one"], ["cy"]),
        helper.make_node("Concat", ["cx", "cy", "sides", "sides", "score"], ["grid"], axis=1),
        helper.make_node("Reshape", ["grid", "flat"], ["output0"]),
    ]
    inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, side or "h", side or "w"])]
    outputs = [helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["batch", 5, "anchors"])]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "seeing", inputs, outputs, tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def _save_yolo(path: Path) -> None:
    import torch
    from torch import nn

    class Conv(nn.Sequential):
        def __init__(self, before: int, after: int, kernel: int = 1, stride: int = 1) -> None:
            plain = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
            super().__init__(plain, nn.BatchNorm2d(after, eps=1e-3), nn.SiLU())

    class C2f(nn.Module):
        def __init__(self, before: int, after: int, shortcut: bool) -> None:
            super().__init__()
            self.half, self.shortcut = after // 2, shortcut
            self.first, self.last = Conv(before, after), Conv(3 * self.half, after)
            self.inner = nn.Sequential(Conv(self.half, self.half, 3), Conv(self.half, self.half, 3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            a, b = self.first(x).chunk(2, 1)
            return self.last(torch.cat([a, b, self.inner(b) + b if self.shortcut else self.inner(b)], 1))

    class Pools(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.first, self.last = Conv(width, width // 2), Conv(2 * width, width)
            self.pool = nn.MaxPool2d(5, 1, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            parts = [self.first(x)]
            for _ in range(3):
                parts.append(self.pool(parts[-1]))
            return self.last(torch.cat(parts, 1))

    class Yolo(nn.Module):
        """Backbone, neck and head of YOLOv8 (Ultralytics' yolov8.yaml), boxes as distributions over 16 distances."""

        def __init__(self, widths: tuple[int, ...] = (4, 8, 16, 32, 64), classes: int = 2) -> None:
            super().__init__()
            a, b, c, d, e = widths
            self.stem = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 2), C2f(b, b, True), Conv(b, c, 3, 2))
            self.third, self.fourth = C2f(c, c, True), nn.Sequential(Conv(c, d, 3, 2), C2f(d, d, True))
            self.fifth = nn.Sequential(Conv(d, e, 3, 2), C2f(e, e, True), Pools(e))
            self.up = nn.Upsample(scale_factor=2)
            self.merge4, self.merge3 = C2f(e + d, d, False), C2f(d + c, c, False)
            self.down3, self.out4 = Conv(c, c, 3, 2), C2f(c + d, d, False)
            self.down4, self.out5 = Conv(d, d, 3, 2), C2f(d + e, e, False)
            self.box = nn.ModuleList(nn.Sequential(Conv(w, 16, 3), nn.Conv2d(16, 64, 1)) for w in (c, d, e))
            self.cls = nn.ModuleList(nn.Sequential(Conv(w, 16, 3), nn.Conv2d(16, classes, 1)) for w in (c, d, e))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            p3 = self.third(self.stem(x))
            p4 = self.fourth(p3)
            p5 = self.fifth(p4)
            m4 = self.merge4(torch.cat([self.up(p5), p4], 1))
            m3 = self.merge3(torch.cat([self.up(m4), p3], 1))
            m4 = self.out4(torch.cat([self.down3(m3), m4], 1))
            m5 = self.out5(torch.cat([self.down4(m4), p5], 1))
            return torch.cat([self.read(i, grid) for i, grid in enumerate((m3, m4, m5))], 2)

        def read(self, level: int, grid: torch.Tensor) -> torch.Tensor:
            h, w = grid.shape[-2:]
            bins = self.box[level](grid).reshape(grid.shape[0], 4, 16, -1).softmax(2)
            sides = (bins * torch.arange(16.0).view(1, 1, 16, 1)).sum(2)
            y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
            middle = torch.stack([x.flatten(), y.flatten()]).float() + 0.5
            low, high = middle - sides[:, :2], middle + sides[:, 2:]
            box = torch.cat([(low + high) / 2, high - low], 1) * 2 ** (level + 3)
            return torch.cat([box, self.cls[level](grid).flatten(2).sigmoid()], 1)

    torch.manual_seed(3)
    model = Yolo()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
        elif isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.normal_(module.weight, std=0.25)
    blots = nn.functional.interpolate(torch.rand(4, 3, 12, 10), scale_factor=16)
    model(blots)  # what a trained network's norms hold: else the picture fades away layer by layer
    model.eval()
    free = {"images": {0: "batch", 2: "height", 3: "width"}, "output0": {0: "batch", 2: "anchors"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter that Ultralytics uses warns of its successor
        names = {"input_names": ["images"], "output_names": ["output0"], "dynamic_axes": free}
        torch.onnx.export(model, (torch.rand(1, 3, 96, 64),), path, **names, dynamo=False, opset_version=17)
