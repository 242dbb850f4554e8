"""The network looking at whole pictures, letterboxed as the detector that ships feeds it. For choosing a threshold.

It knows neither scenes nor losses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from kyara.training.builtin.heads.network import STRIDES, Network
from kyara.training.builtin.heads.pictures import Boxes, Picture, Pixels
from kyara.training.builtin.heads.scenes import GROUND, INPUT_PX
from kyara.training.builtin.heads.scoring import Found, match

FLOOR, SAME_HEAD, WHITE = 0.05, 0.6, 255.0


def found(network: Network, pictures: Sequence[Picture]) -> list[Found]:
    """What `network` finds in each picture, held against its heads."""
    network.eval()
    return [match(*heads_of(network, one.pixels), one.heads, one.ignored) for one in pictures]


@torch.no_grad()
def heads_of(network: Network, pixels: Pixels) -> tuple[Boxes, NDArray[np.float32]]:
    """Boxes in pixels of the picture and their scores, best first."""
    put, scale, left, top = letterboxed(pixels)
    answers = network(as_input(put[None]))
    scores, boxes = answers.logits[0].sigmoid().numpy(), answers.boxes[0].numpy()
    some = scores > FLOOR
    scores, boxes = scores[some], boxes[some]
    kept = best(boxes, scores)
    return (boxes[kept] - np.array([left, top] * 2, np.float32)) / np.float32(scale), scores[kept]


def letterboxed(pixels: Pixels) -> tuple[Pixels, float, int, int]:
    """The picture in the least multiples of the coarsest stride, its scale and where it lies."""
    scale = INPUT_PX / max(pixels.shape[:2])
    height, width = (max(1, round(size * scale)) for size in pixels.shape[:2])
    outer = [math.ceil(size / STRIDES[-1]) * STRIDES[-1] for size in (height, width)]
    top, left = (outer[0] - height) // 2, (outer[1] - width) // 2
    put = np.full((*outer, 3), GROUND, np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    put[top : top + height, left : left + width] = cv2.resize(pixels, (width, height), interpolation=method)
    return put, scale, left, top


def as_input(batch: Pixels) -> torch.Tensor:
    """uint8 (n, h, w, 3) as float32 (n, 3, h, w) in 0..1, channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2).float() / WHITE


def best(boxes: Boxes, scores: NDArray[np.float32]) -> list[int]:
    """Indices of the boxes that no better one overlaps by more than SAME_HEAD."""
    sized = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)
    return [int(i) for i in cv2.dnn.NMSBoxes(sized.tolist(), scores.tolist(), 0.0, SAME_HEAD)]
