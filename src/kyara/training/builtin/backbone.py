"""The network of the builtin faces: a convolutional stem, CLIP's own encoder layers, three questions asked of them.

The stem brings 96 pixels to 6 x 6 tokens while it is still cheap to look at eyes closely; three more tokens, one a
question (hair, eyes, who), go through transformers' CLIPEncoderLayer with them, so LoRA finds q_proj, k_proj, v_proj
and out_proj by the names it knows from CLIP. Knows no data and no loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPVisionConfig
from transformers.models.clip.modeling_clip import CLIPEncoderLayer

from kyara.training.builtin.crops import EYES, HAIR

QUESTIONS = 3
STRIDE = 16


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. `widths` are the channels after each of the four halvings; the last is the tokens'."""

    widths: tuple[int, int, int, int] = (32, 64, 112, 160)
    layers: int = 3
    heads: int = 5
    mlp: int = 320
    embedding: int = 128
    side_px: int = 96


class Answer(NamedTuple):
    """Logits (n, 12) and (n, 11); `embedding` (n, 128) of unit length."""

    hair: Tensor
    eyes: Tensor
    embedding: Tensor


class Faces(nn.Module):
    """RGB float32 (n, 3, side, side), normalised to about -1 … 1 (side a multiple of 16) → Answer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        first, second, third, width = shape.widths
        self.stem = nn.Sequential(
            _conv(3, first, 2), _conv(first, second, 2),
            _conv(second, third, 2), _Residual(third), _conv(third, width, 2),
        )  # fmt: skip
        side = shape.side_px // STRIDE
        self.places = nn.Parameter(torch.randn(1, width, side, side) * 0.02)
        self.questions = nn.Parameter(torch.randn(1, QUESTIONS, width) * 0.02)
        config = CLIPVisionConfig.from_dict({
            "hidden_size": width, "intermediate_size": shape.mlp, "num_attention_heads": shape.heads,
            "hidden_act": "gelu", "attn_implementation": "eager",
        })  # fmt: skip
        self.layers = nn.ModuleList(CLIPEncoderLayer(config) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        self.hair = nn.Linear(2 * width, len(HAIR))
        self.eyes = nn.Linear(2 * width, len(EYES))
        self.who = nn.Linear(2 * width, shape.embedding)

    def forward(self, pixels: Tensor) -> Answer:
        tokens = self.tokens(pixels)
        mean = tokens[:, QUESTIONS:].mean(1)
        hair, eyes, who = (torch.cat([tokens[:, i], mean], 1) for i in range(QUESTIONS))
        return Answer(self.hair(hair), self.eyes(eyes), functional.normalize(self.who(who), dim=1))

    def tokens(self, pixels: Tensor) -> Tensor:
        """(n, 3 + tokens, width): the questions first."""
        seen = self.stem(pixels)
        places: Tensor = self.places
        if places.shape[2:] != seen.shape[2:]:  # training begins on smaller crops
            places = functional.interpolate(places, size=seen.shape[2:], mode="bilinear", align_corners=False)
        seen = (seen + places).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.questions.expand(seen.shape[0], -1, -1), seen], 1)
        for layer in self.layers:
            tokens = layer(tokens, None)
        return torch.as_tensor(self.norm(tokens))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels, 1)
        self.second = _conv(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(x + self.second(self.first(x)))


def _conv(channels: int, out: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )  # fmt: skip
