"""How far boxes overlap, and which of those that overlap too far are kept. Pure; it knows no network.

Non-maximum suppression is OpenCV's (compiled, with the areas of a plane). The published code of deepghs counts pixel
rows and columns instead, each side one longer: boxes of 100 pixels then overlap 0.01 more, which moves its threshold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kyara.detect.letterbox import Boxes


def best(boxes: Boxes, scores: NDArray[np.float32], iou: float) -> NDArray[np.intp]:
    """Indices of the boxes no better one overlaps by more than `iou`, best first; of equal scores the first is better.

    Boxes (n, 4) with x0 <= x1 and y0 <= y1; two empty ones overlap wholly, as OpenCV has it.
    """
    import cv2

    if not len(boxes):
        return np.empty(0, np.intp)
    order = np.argsort(-scores, kind="stable")
    sized = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).astype(np.float64)[order]
    ranks = np.arange(len(boxes), 0, -1)  # in place of scores, of which it would drop those of 0
    return order[np.asarray(cv2.dnn.NMSBoxes(sized.tolist(), ranks.tolist(), 0.0, iou), np.intp).reshape(-1)]


def intersections(some: Boxes, others: Boxes) -> NDArray[np.float32]:
    """The area that each of `some` (n, 4) shares with each of `others` (m, 4): (n, m)."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(-1))


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """The area of each box, (n,)."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).prod(-1))
