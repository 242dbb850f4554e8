"""How well boxes are found: matches at IoU 0.5 as benchmarks/data/builtin/HEADS.md has them, and what follows.

It knows no network; detections come as boxes and scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
SAME = 0.5
MOSTLY = 0.5  # of a detection's own area in an ignored region: then it counts for nothing


@dataclass(frozen=True, slots=True)
class Found:
    """Of one picture: scores of the detections that count, which of them are right, and the score each head got.

    A head that was not found has the score 0.
    """

    scores: NDArray[np.float32]
    right: NDArray[np.bool_]
    heads: NDArray[np.float32]


def match(boxes: Boxes, scores: NDArray[np.float32], heads: Boxes, ignored: Boxes) -> Found:
    """Detections (n, 4) held against the heads of a picture, best first, each head once."""
    order = np.argsort(-scores, kind="stable")
    got = np.zeros(len(heads), np.float32)
    counted, right = [], []
    for index in order:
        overlaps = iou(boxes[index], heads) * (got == 0)
        hit = bool(len(heads)) and overlaps.max() >= SAME
        if hit:
            got[overlaps.argmax()] = scores[index]
        elif len(ignored) and _share(boxes[index], ignored).max() >= MOSTLY:
            continue
        counted.append(scores[index])
        right.append(hit)
    return Found(np.array(counted, np.float32), np.array(right, np.bool_), got)


def recall_precision(found: Sequence[Found], threshold: float) -> tuple[float, float]:
    """Recall and precision of the detections that score above `threshold`; where there are none nothing is wrong."""
    scores, right, heads = _joined(found)
    above = scores > threshold
    return float((heads > threshold).sum() / max(1, len(heads))), float(right[above].mean()) if above.any() else 1.0


def best_threshold(found: Sequence[Found]) -> float:
    """The threshold (in hundredths, from 0.05) with the best F1; of several such ones that in the middle."""
    f1 = {}
    for hundredth in range(5, 99):
        recall, precision = recall_precision(found, hundredth / 100)
        f1[hundredth] = 2 * recall * precision / max(recall + precision, 1e-9)
    best = [hundredth for hundredth, score in f1.items() if score == max(f1.values())]
    return best[len(best) // 2] / 100


def average_precision(found: Sequence[Found]) -> float:
    """The area under precision over recall, precision made to fall (as COCO's, at IoU 0.5)."""
    scores, right, heads = _joined(found)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float((precision * right[order]).sum() / max(1, len(heads)))


def iou(box: NDArray[np.float32], others: Boxes) -> NDArray[np.float32]:
    """(n,) of one box with each of `others`."""
    shared = _shared(box, others)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(shared / ((box[2:] - box[:2]).prod() + areas - shared), np.float32)


def _share(box: NDArray[np.float32], regions: Boxes) -> NDArray[np.float32]:
    return np.asarray(_shared(box, regions) / (box[2:] - box[:2]).prod(), np.float32)


def _shared(box: NDArray[np.float32], others: Boxes) -> NDArray[np.float32]:
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(1), np.float32)


def _joined(found: Sequence[Found]) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]:
    return (
        np.concatenate([one.scores for one in found]),
        np.concatenate([one.right for one in found]),
        np.concatenate([one.heads for one in found]),
    )
