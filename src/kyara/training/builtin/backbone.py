"""The network of the builtin faces: a convolutional stem, CLIP's own encoder layers, three questions asked of them.

The stem brings 96 pixels to 6 x 6 tokens; three more tokens, one a question (hair, eyes, who), go through
transformers' CLIPEncoderLayer with them, so LoRA finds q_proj, k_proj, v_proj and out_proj by the names it knows from
CLIP. Beside them every question looks at a few places of its own at a quarter of the size and reads what is there,
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
from kyara.training.builtin.stem import LITE0, Stage, Stem

QUESTIONS = 3
STRIDE = 16
WHO = 256  # inner width of the head that names


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network; `width` is the tokens'."""

    stages: tuple[Stage, ...] = LITE0
    width: int = 160
    layers: int = 2
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
    """RGB float32 (n, 3, side, side), from -1 to 1 (side a multiple of 16) → Answer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.stem = Stem(shape.stages)
        near, far, last = self.stem.channels
        self.to_tokens = nn.Sequential(nn.Conv2d(last, width, 1, bias=False), nn.BatchNorm2d(width))
        self.look = _Look(near, far, shape)
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
        near, far, last = self.stem(pixels)
        return self._tokens(self.to_tokens(last)), self.look(near, far)

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
    """Where every question looks, and what is there: (n, 3, places * colours)."""

    def __init__(self, near: int, far: int, shape: Shape) -> None:
        super().__init__()
        self.colours = nn.Sequential(nn.Conv2d(near, shape.colours, 1), nn.ReLU())
        self.near = nn.Conv2d(near, QUESTIONS * shape.places, 1)
        self.far = nn.ConvTranspose2d(far, QUESTIONS * shape.places, 2, 2)

    def forward(self, near: Tensor, far: Tensor) -> Tensor:
        where = (self.near(near) + self.far(far)).flatten(2).softmax(2)
        seen = where @ self.colours(near).flatten(2).transpose(1, 2)
        return torch.as_tensor(seen.unflatten(1, (QUESTIONS, -1)).flatten(2))
