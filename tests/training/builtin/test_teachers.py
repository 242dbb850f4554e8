"""A teacher answers with calibrated chances, several with the mean; an absent one is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kyara.errors import SourceError
from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.crops import COLOURS
from kyara.training.builtin.export import write_onnx, write_toml
from kyara.training.builtin.stem import TOY
from kyara.training.builtin.teachers import Teacher, together

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)


def test_a_teacher_speaks_with_calibrated_chances(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Faces(SMALL).eval()
    write_onnx(network, 96, tmp_path / "faces.onnx")
    write_toml({name: {"temperature": 4.0} for name in COLOURS}, tmp_path / "faces.toml", "toy")
    pixels = torch.rand(3, 3, 96, 96) * 2 - 1
    with torch.inference_mode():
        answer = network(pixels)
    for said, logits in zip(Teacher(tmp_path / "faces.onnx", 1)(pixels), (answer.hair, answer.eyes), strict=True):
        torch.testing.assert_close(said, functional.softmax(logits / 4, 1), atol=1e-5, rtol=1e-4)


def test_an_absent_teacher_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"faces\.toml beside it"):
        Teacher(tmp_path / "faces.onnx", 1)


def test_two_say_the_mean_of_what_each_says() -> None:
    def sure(pixels: Tensor) -> list[Tensor]:
        return [torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])]

    def doubtful(pixels: Tensor) -> list[Tensor]:
        return [torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.75]])]

    hair, eyes = together([sure, doubtful], torch.zeros(1, 3, 96, 96))
    torch.testing.assert_close(hair, torch.tensor([[0.75, 0.25]]))
    torch.testing.assert_close(eyes, torch.tensor([[0.125, 0.875]]))
