"""Which cells answer for which head, and how wrong their answers are.

Assignment is TOOD's (arXiv 2108.07755) as YOLOv8 has it: of the cells inside a head, those that score and fit best.
Boxes are pulled by their complete IoU (arXiv 1911.08287). It knows no network and no scenes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from kyara.training.builtin.heads.network import STRIDES, Answers

BEST = 10  # cells a head gets
SCORE_POWER, FIT_POWER = 0.5, 4.0
BOX_WEIGHT = 5.0
TINY = 1e-7


class Asked(NamedTuple):
    """What a batch should have answered: heads (n, most, 4), which of them are real (n, most), regions (n, some, 4)."""

    heads: Tensor
    real: Tensor
    ignored: Tensor


def loss(answers: Answers, asked: Asked, height: int, width: int) -> Tensor:
    """The loss of a batch whose inputs are height x width."""
    cells = centres(height, width)
    wanted, targets = assigned(answers, asked, cells)
    weights = ((targets > 0) | ~_inside(cells, asked.ignored).any(1)).float()
    scores = functional.binary_cross_entropy_with_logits(answers.logits, targets, weights, reduction="sum")
    chosen = targets > 0
    boxes = ((1 - complete_iou(answers.boxes[chosen], wanted[chosen])) * targets[chosen]).sum()
    total: Tensor = (scores + BOX_WEIGHT * boxes) / targets.sum().clamp(min=1)
    return total


def centres(height: int, width: int) -> Tensor:
    """(cells, 2): the middle of every cell in input pixels, in the order of Answers."""
    grids = []
    for stride in STRIDES:
        y, x = (torch.arange(size // stride) + 0.5 for size in (height, width))
        grids.append(torch.cartesian_prod(y, x).flip(1) * stride)
    return torch.cat(grids)


@torch.no_grad()
def assigned(answers: Answers, asked: Asked, cells: Tensor) -> tuple[Tensor, Tensor]:
    """The box every cell should answer (n, cells, 4) and what it should score (n, cells); 0 where it has no head.

    A cell scores as well as it fits, the best of every head as well as its box overlaps (so that scores rank boxes).
    """
    fits = iou(asked.heads[:, :, None], answers.boxes.detach()[:, None])
    may = _inside(cells, asked.heads) & asked.real[:, :, None]
    rank = answers.logits.detach().sigmoid()[:, None] ** SCORE_POWER * fits**FIT_POWER * may
    kept = torch.zeros_like(may).scatter_(2, rank.topk(BEST, 2).indices, True) & may
    # a cell in several heads answers for the one it fits best
    kept &= functional.one_hot((fits * kept).argmax(1), kept.shape[1]).movedim(2, 1).bool()
    rank, fits = rank * kept, fits * kept
    targets = rank / rank.amax(2, keepdim=True).clamp(min=TINY) * fits.amax(2, keepdim=True)
    head = kept.float().argmax(1)
    return asked.heads.gather(1, head[..., None].expand(-1, -1, 4)), targets.amax(1)


def iou(some: Tensor, others: Tensor) -> Tensor:
    """Intersection over union of boxes (..., 4), broadcast."""
    shared, union = _shared_and_union(some, others)
    return shared / union


def complete_iou(some: Tensor, others: Tensor) -> Tensor:
    """IoU less how far centres lie apart and how much shapes differ, of boxes (..., 4)."""
    shared, union = _shared_and_union(some, others)
    overlap = shared / union
    spread = torch.maximum(some[..., 2:], others[..., 2:]) - torch.minimum(some[..., :2], others[..., :2])
    apart = (some[..., :2] + some[..., 2:] - others[..., :2] - others[..., 2:]).square().sum(-1) / 4
    size, other = some[..., 2:] - some[..., :2], others[..., 2:] - others[..., :2]
    bent = 4 / math.pi**2 * (torch.atan2(*other.unbind(-1)) - torch.atan2(*size.unbind(-1))).square()
    with torch.no_grad():
        weight = bent / (1 - overlap + bent + TINY)
    return overlap - apart / (spread.square().sum(-1) + TINY) - weight * bent


def _shared_and_union(some: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    low, high = torch.maximum(some[..., :2], others[..., :2]), torch.minimum(some[..., 2:], others[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    area, other = (some[..., 2:] - some[..., :2]).prod(-1), (others[..., 2:] - others[..., :2]).prod(-1)
    return shared, area + other - shared + TINY


def _inside(cells: Tensor, boxes: Tensor) -> Tensor:
    """(n, boxes, cells): whether a cell's middle lies in a box."""
    x, y = cells[:, 0], cells[:, 1]
    x0, y0, x1, y1 = boxes[..., None].unbind(2)
    return (x > x0) & (x < x1) & (y > y0) & (y < y1)
