"""The ONNX file: YOLOv8's layout, any size, the same answers as the network in torch, and the detector reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from kyara.detect.detector import NetworkDetector
from kyara.detect.yolo import yolo
from kyara.flow import View
from kyara.images import Limits, Picture, encoded, probe
from kyara.records import Sample, Sighting
from kyara.training.builtin.heads.export import folded, write
from kyara.training.builtin.heads.network import Network
from kyara.training.builtin.heads.pictures import Picture as Made
from kyara.weights import Model, Runtime


@pytest.fixture(scope="module")
def network() -> Network:
    """Random weights with BatchNorm statistics that are not those of the start."""
    torch.manual_seed(1)
    made = Network()
    made.train()(torch.rand(2, 3, 64, 64))
    return made.eval()


@pytest.fixture(scope="module")
def file(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "heads.onnx"
    write(network, path)
    return path


def test_folding_changes_nothing(network: Network) -> None:
    images = torch.rand(1, 3, 96, 64)
    with torch.no_grad():
        before, after = network(images), folded(network)(images)
    assert torch.allclose(before.logits, after.logits, atol=1e-4)
    assert torch.allclose(before.boxes, after.boxes, atol=1e-2)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded(network).modules())


@pytest.mark.parametrize("size", [(96, 64), (128, 160)])
def test_it_answers_as_the_network_at_any_size(network: Network, file: Path, size: tuple[int, int]) -> None:
    images = np.random.default_rng(0).random((2, 3, *size), np.float32)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    (rows,) = session.run(["output0"], {"images": images})
    with torch.no_grad():
        answers = network(torch.from_numpy(images))
    boxes = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
    assert rows.shape == (2, 5, answers.logits.shape[1])
    assert np.allclose(rows[:, 4], answers.logits.sigmoid().numpy(), atol=1e-4)
    assert np.allclose(boxes.transpose(0, 2, 1), answers.boxes.numpy(), atol=0.05)


def test_a_picture_is_seen_alike_beside_others(file: Path) -> None:
    images = np.random.default_rng(0).random((3, 3, 64, 64), np.float32)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    together = session.run(None, {"images": images})[0]
    assert np.allclose(together[1:2], session.run(None, {"images": images[1:2]})[0], atol=1e-4)


def test_the_detector_reads_it(file: Path, picture: Made) -> None:
    detector = NetworkDetector("builtin", "head", Model(file, Runtime()), yolo(0.6, (128,)), 0.0)
    data = encoded(picture.pixels)
    header = probe(data, Limits())
    sample = Sample("k", "i", "u", width=header.width, height=header.height, sightings=(Sighting(),))
    (raw,) = detector.look([View(sample, 0, Picture(data, header, Limits()))])
    assert raw["boxes"].shape == (len(raw["scores"]), 4)
