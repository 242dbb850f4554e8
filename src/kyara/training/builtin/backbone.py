"""The network of the builtin faces: a convolutional stem, CLIP's own encoder layers, three questions asked of them.

The stem brings 96 pixels to 6 x 6 tokens; three more tokens, one a question (hair, eyes, who), go through
transformers' CLIPEncoderLayer with them, so LoRA finds q_proj, k_proj, v_proj and out_proj by the names it knows from
CLIP. Beside them every question looks at a few places of its own at a quarter of the size and reads the colour there,
since an iris is lost in a token of 16 pixels. Who it is, is read from all of that. Knows no data and no loss.
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
WHO = 256  # inner width of the head that names


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network. `widths` are the channels after each of the four halvings; the last is the tokens'."""

    widths: tuple[int, int, int, int] = (32, 64, 112, 160)
    layers: int = 3
    heads: int = 5
    mlp: int = 320
    embedding: int = 128
    places: int = 4  # that a question looks at
    colours: int = 48
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
        self.shape = shape
        first, second, third, width = shape.widths
        self.near = nn.Sequential(_conv(3, first, 2), _conv(first, second, 2))
        self.far = nn.Sequential(_conv(second, third, 2), _Residual(third))
        self.last = _conv(third, width, 2)
        self.look = _Look(second, third, shape)
        side = shape.side_px // STRIDE
        self.places = nn.Parameter(torch.randn(1, width, side, side) * 0.02)
        self.questions = nn.Parameter(torch.randn(1, QUESTIONS, width) * 0.02)
        config = CLIPVisionConfig.from_dict({
            "hidden_size": width, "intermediate_size": shape.mlp, "num_attention_heads": shape.heads,
            "hidden_act": "gelu", "attn_implementation": "eager",
        })  # fmt: skip
        self.layers = nn.ModuleList(CLIPEncoderLayer(config) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        read = 2 * width + shape.places * shape.colours
        self.hair = nn.Linear(read, len(HAIR))
        self.eyes = nn.Linear(read, len(EYES))
        everything = (QUESTIONS + 1) * width + QUESTIONS * shape.places * shape.colours
        self.who = nn.Sequential(
            nn.LayerNorm(everything), nn.Linear(everything, WHO), nn.GELU(), nn.Linear(WHO, shape.embedding)
        )

    def forward(self, pixels: Tensor) -> Answer:
        tokens, colours = self.seen(pixels)
        mean = tokens[:, QUESTIONS:].mean(1)
        hair, eyes = (torch.cat([tokens[:, i], mean, colours[:, i]], 1) for i in range(2))
        return Answer(self.hair(hair), self.eyes(eyes), self.named(everything(tokens, colours)))

    def seen(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, 3 + tokens, width), the questions first; and the colours (n, 3, ...) where the questions look."""
        near = self.near(pixels)
        far = self.far(near)
        return self._tokens(self.last(far)), self.look(pixels, near, far)

    def named(self, everything: Tensor) -> Tensor:
        """The embedding of what `everything` made of a crop."""
        return functional.normalize(self.who(everything), dim=1)

    def _tokens(self, seen: Tensor) -> Tensor:
        places: Tensor = self.places
        if places.shape[2:] != seen.shape[2:]:  # training begins on smaller crops
            places = functional.interpolate(places, size=seen.shape[2:], mode="bilinear", align_corners=False)
        seen = (seen + places).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.questions.expand(seen.shape[0], -1, -1), seen], 1)
        for layer in self.layers:
            tokens = layer(tokens, None)
        return torch.as_tensor(self.norm(tokens))


def everything(tokens: Tensor, colours: Tensor) -> Tensor:
    """(n, 4 * width + 3 * places * colours): what the questions found, the mean of the rest, the colours."""
    return torch.cat([tokens[:, :QUESTIONS].flatten(1), tokens[:, QUESTIONS:].mean(1), colours.flatten(1)], 1)


class _Look(nn.Module):
    """Where every question looks, and the colours there: (n, 3, places * colours)."""

    def __init__(self, near: int, far: int, shape: Shape) -> None:
        super().__init__()
        self.colours = nn.Sequential(nn.Conv2d(3, 32, 1), nn.ReLU(), nn.Conv2d(32, shape.colours, 1), nn.ReLU())
        self.near = nn.Conv2d(near, QUESTIONS * shape.places, 1)
        self.far = nn.ConvTranspose2d(far, QUESTIONS * shape.places, 2, 2)

    def forward(self, pixels: Tensor, near: Tensor, far: Tensor) -> Tensor:
        colours = functional.avg_pool2d(self.colours(functional.avg_pool2d(pixels, 2)), 2)
        where = (self.near(near) + self.far(far)).flatten(2).softmax(2)
        seen = where @ colours.flatten(2).transpose(1, 2)
        return torch.as_tensor(seen.unflatten(1, (QUESTIONS, -1)).flatten(2))


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
