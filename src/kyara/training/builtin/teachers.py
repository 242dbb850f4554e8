"""Larger networks that a smaller one learns from: what they say together is the mean of their calibrated chances."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kyara.errors import SourceError
from kyara.training.builtin.crops import COLOURS
from kyara.training.builtin.export import INPUT
from kyara.weights import Model, Runtime

# Chances (n, 12) of hair and (n, 11) of eyes for float32 (n, 3, 96, 96) from -1 to 1.
Asked = Callable[[Tensor], list[Tensor]]


class Teacher:
    """A network of this package (faces.onnx with faces.toml beside it) that answers with calibrated chances."""

    def __init__(self, path: Path, threads: int) -> None:
        """Raises SourceError where one of the files is missing."""
        numbers = path.with_suffix(".toml")
        for file in (path, numbers):
            if not file.is_file():
                raise SourceError(f"{file} is absent; a teacher is a faces.onnx with its faces.toml beside it")
        table = tomllib.loads(numbers.read_text(encoding="utf-8"))
        self._temperatures = [float(table[name]["temperature"]) for name in COLOURS]
        self._network = Model(path, Runtime("openvino", "cpu", "f32", threads, 1))

    def __call__(self, pixels: Tensor) -> list[Tensor]:
        said = self._network.run({INPUT: np.ascontiguousarray(pixels.numpy())})
        return [
            functional.softmax(torch.from_numpy(np.array(said[name], np.float32)) / divisor, 1)
            for name, divisor in zip(COLOURS, self._temperatures, strict=True)
        ]


def together(teachers: Sequence[Asked], pixels: Tensor) -> list[Tensor]:
    """Mean chances (n, 12) of hair and (n, 11) of eyes."""
    said = [teacher(pixels) for teacher in teachers]
    return [torch.stack(chances).mean(0) for chances in zip(*said, strict=True)]
