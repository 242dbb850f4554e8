"""What may happen to a face crop in training and leaves its answers alone: framing, light, things in front of it.

Framing varies by what a head detector's boxes do. Hue is left alone, since hue is what is asked; of mixing two crops
only a little is done, with their answers. Everything follows from the generator given. Knows no network.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

COVER_SHARE = (0.15, 0.35)  # of the side, how wide a thing in front is
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Variation:
    """How much: sizes as ± shares of the crop, `turn` in degrees, `covered` the share of crops behind something."""

    scale: float = 0.15
    shift: float = 0.08
    aspect: float = 0.08
    turn: float = 10.0
    light: float = 0.05
    contrast: float = 0.08
    saturation: float = 0.08
    covered: float = 0.1


def normalised(pixels: Tensor, side_px: int | None = None) -> Tensor:
    """uint8 (n, 3, h, w) as float32 from -1 to 1, brought to `side_px` where that is smaller."""
    scaled = pixels.float().div_(127.5).sub_(1)
    if side_px is None or side_px == scaled.shape[-1]:
        return scaled
    return functional.interpolate(scaled, size=(side_px, side_px), mode="area")


def varied(pixels: Tensor, side_px: int, how: Variation, generator: Generator) -> Tensor:
    """uint8 (n, 3, h, w) → float32 (n, 3, side, side) from -1 to 1, each crop varied in its own way."""
    framed = _framed(normalised(pixels), side_px, how, generator)
    return _covered(_lit(framed, how, generator), how.covered, generator)


def mixed(pixels: Tensor, answers: list[Tensor], share: float, generator: Generator) -> tuple[Tensor, list[Tensor]]:
    """Mixup (arXiv:1710.09412) of neighbours in the batch: each keeps 1 - `share` to 1 of itself, answers likewise."""
    keep = 1 - share * _random(len(pixels), generator)
    other = torch.roll(torch.arange(len(pixels)), 1)
    mix = keep[:, None, None, None]
    return pixels * mix + pixels[other] * (1 - mix), [
        a * keep[:, None] + a[other] * (1 - keep[:, None]) for a in answers
    ]


def _framed(images: Tensor, side_px: int, how: Variation, generator: Generator) -> Tensor:
    count = len(images)
    size = torch.exp(_spread(count, generator) * how.scale)
    aspect = torch.exp(_spread(count, generator) * how.aspect)
    turn = _spread(count, generator) * math.radians(how.turn)
    flip = torch.where(_random(count, generator) < 0.5, -1.0, 1.0)
    shift = 2 * how.shift * torch.stack([_spread(count, generator), _spread(count, generator)], 1)
    across, down = size * aspect, size / aspect
    matrix = torch.stack(
        [flip * across * turn.cos(), -down * turn.sin(), flip * across * turn.sin(), down * turn.cos()], 1
    )
    theta = torch.cat([matrix.view(count, 2, 2), shift[:, :, None]], 2)
    grid = functional.affine_grid(theta, [count, 3, side_px, side_px], align_corners=False)
    if side_px < images.shape[-1]:  # else every second pixel would be skipped
        images = functional.interpolate(images, size=(side_px, side_px), mode="area")
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _lit(images: Tensor, how: Variation, generator: Generator) -> Tensor:
    count = len(images)
    luma = (images * torch.tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    images = luma + (images - luma) * _around_one(count, how.saturation, generator)
    middle = luma.mean((2, 3), keepdim=True)
    images = middle + (images - middle) * _around_one(count, how.contrast, generator)
    return (images + _spread(count, generator)[:, None, None, None] * how.light).clamp_(-1, 1)


def _covered(images: Tensor, share: float, generator: Generator) -> Tensor:
    """A rectangle of one colour in front of some (random erasing, arXiv:1708.04896)."""
    count, side = len(images), images.shape[-1]
    low, high = COVER_SHARE
    size = side * (low + (high - low) * torch.rand(count, 2, generator=generator))
    corner = torch.rand(count, 2, generator=generator) * (side - size)
    end = torch.where(_random(count, generator)[:, None] < share, corner + size, 0)
    place = torch.arange(side)
    inside = (place >= corner[..., None]) & (place < end[..., None])  # (n, 2, side)
    colour = torch.rand(count, 3, 1, 1, generator=generator) * 2 - 1
    return torch.where((inside[:, 0, :, None] & inside[:, 1, None, :])[:, None], colour, images)


def _random(count: int, generator: Generator) -> Tensor:
    return torch.rand(count, generator=generator)


def _spread(count: int, generator: Generator) -> Tensor:
    """-1 … 1, even."""
    return 2 * _random(count, generator) - 1


def _around_one(count: int, by: float, generator: Generator) -> Tensor:
    return (1 + by * _spread(count, generator))[:, None, None, None]
