"""The network: a narrow convolutional trunk, a path down and up over strides 8, 16 and 32, and one answer a cell.

Blocks and their order are YOLOv8's (C2f, SPPF), made narrower; a side of a box is one number (FCOS, arXiv 1904.01355)
in place of YOLOv8's sixteen. It knows neither losses nor data.
"""

from __future__ import annotations

import math
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
WIDTHS = (16, 32, 64, 96, 128)  # at strides 2, 4, 8, 16, 32; halves too are multiples of 16, as wide as a register
NECK, BRANCH = 64, 32
PRIOR = 0.01  # what a cell scores at first: heads are rare (RetinaNet, arXiv 1708.02002)


class Answers(NamedTuple):
    """Of every cell, finest stride first: logits (n, cells) and corners (n, cells, 4) in input pixels."""

    logits: Tensor
    boxes: Tensor


class Conv(nn.Sequential):
    """Convolution, BatchNorm, SiLU."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.SiLU(inplace=True),
        )


class Split(nn.Module):
    """C2f: half of the channels go through `depth` pairs of 3 x 3, and every stage is kept."""

    def __init__(self, inputs: int, outputs: int, depth: int = 1, residual: bool = True) -> None:
        super().__init__()
        half = outputs // 2
        self.enter = Conv(inputs, 2 * half)
        self.pairs = nn.ModuleList(nn.Sequential(Conv(half, half, 3), Conv(half, half, 3)) for _ in range(depth))
        self.leave = Conv((2 + depth) * half, outputs)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        stages = list(self.enter(x).chunk(2, 1))
        for pair in self.pairs:
            stages.append(stages[-1] + pair(stages[-1]) if self.residual else pair(stages[-1]))
        out: Tensor = self.leave(torch.cat(stages, 1))
        return out


class Pools(nn.Module):
    """SPPF: three maxima over ever wider squares beside the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter, self.leave = Conv(width, width // 2), Conv(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        stages = [self.enter(x)]
        for _ in range(3):
            stages.append(functional.max_pool2d(stages[-1], 5, 1, 2))
        out: Tensor = self.leave(torch.cat(stages, 1))
        return out


class Branches(nn.Module):
    """The answer of one stride: a logit and four sides a cell."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.score = nn.Sequential(Conv(NECK, BRANCH, 3), _said(1, -math.log(1 / PRIOR - 1)))
        self.sides = nn.Sequential(Conv(NECK, BRANCH, 3), _said(4, 1.0))

    def forward(self, x: Tensor) -> Answers:
        logits, sides = self.score(x), functional.softplus(self.sides(x)) * 2
        ones = torch.ones_like(logits)  # running sums of ones are cell numbers at whatever size the input has
        centres = torch.cat([ones.cumsum(3) - 0.5, ones.cumsum(2) - 0.5], 1)
        boxes = torch.cat([centres - sides[:, :2], centres + sides[:, 2:]], 1) * self.stride
        return Answers(logits.flatten(1), boxes.flatten(2).transpose(1, 2))


def _said(numbers: int, first: float) -> nn.Conv2d:
    """The last layer of a branch, which says about `first` before it has learned anything."""
    layer = nn.Conv2d(BRANCH, numbers, 1)
    nn.init.constant_(cast(Tensor, layer.bias), first)
    return layer


class Network(nn.Module):
    """RGB in 0..1 (n, 3, h, w), sides multiples of 32, to Answers."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = WIDTHS
        self.to4 = nn.Sequential(Conv(3, a, 3, 2), Conv(a, b, 3, 2))
        self.to8 = nn.Sequential(Conv(b, c, 3, 2), Split(c, c))
        self.to16 = nn.Sequential(Conv(c, d, 3, 2), Split(d, d, 2))
        self.to32 = nn.Sequential(Conv(d, e, 3, 2), Split(e, e), Pools(e))
        self.down16 = Split(d + e, d, residual=False)
        self.down8 = Split(c + d, NECK, residual=False)
        self.up16, self.at16 = Conv(NECK, NECK, 3, 2), Split(NECK + d, NECK, residual=False)
        self.up32, self.at32 = Conv(NECK, NECK, 3, 2), Split(NECK + e, NECK, residual=False)
        self.answers = nn.ModuleList(Branches(stride) for stride in STRIDES)

    def forward(self, x: Tensor) -> Answers:
        x8 = self.to8(self.to4(x))
        x16 = self.to16(x8)
        x32 = self.to32(x16)
        y16 = self.down16(torch.cat([functional.interpolate(x32, scale_factor=2.0), x16], 1))
        y8 = self.down8(torch.cat([functional.interpolate(y16, scale_factor=2.0), x8], 1))
        z16 = self.at16(torch.cat([self.up16(y8), y16], 1))
        z32 = self.at32(torch.cat([self.up32(z16), x32], 1))
        found = [answer(level) for answer, level in zip(self.answers, (y8, z16, z32), strict=True)]
        return Answers(torch.cat([one.logits for one in found], 1), torch.cat([one.boxes for one in found], 1))
