"""YuNet, the photo-face network of OpenCV's model zoo: three grids of anchors, each with class, object and box outputs.

It runs through our own sessions and not through cv2.FaceDetectorYN, which is the reference in the tests: that one runs
on OpenCV's own threads and backend only, beside what the run chose and records, holds state (an instance a thread),
and takes two to three times as long. Landmarks are not read. Knows no weights and no thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kyara.detect.detector import Recipe
from kyara.detect.letterbox import Boxes, Size
from kyara.flow import Pixels

STRIDES = (8, 16, 32)
SIDES_PX = (320, 960)  # a close-up needs the small one, a face of 2 % of the picture the large one; docs/benchmarks.md
IOU = 0.3  # FaceDetectorYN's default


def yunet(sides_px: tuple[int, ...] = SIDES_PX) -> Recipe:
    """The recipe of YuNet."""
    return Recipe("yunet 1", sides_px, 0, IOU, prepare, decode)


def prepare(pixels: Pixels) -> NDArray[np.float32]:
    """RGB uint8 (h, w, 3) to BGR float32 (3, h, w) in 0..255."""
    return pixels[..., ::-1].transpose(2, 0, 1).astype(np.float32)


def decode(outputs: Mapping[str, NDArray[np.generic]], size: Size) -> tuple[Boxes, NDArray[np.float32]]:
    """Corner boxes and scores of every anchor. A score is the geometric mean of class and object score."""
    grids = [_grid(outputs, size, stride) for stride in STRIDES]
    return np.concatenate([boxes for boxes, _ in grids]), np.concatenate([scores for _, scores in grids])


def _grid(outputs: Mapping[str, NDArray[np.generic]], size: Size, stride: int) -> tuple[Boxes, NDArray[np.float32]]:
    """One anchor a cell, row by row: the box's centre in cells from the cell's corner, the logarithm of its sides."""
    columns, rows = size[0] // stride, size[1] // stride
    corners = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    cls, obj, box = (outputs[f"{kind}_{stride}"].astype(np.float32) for kind in ("cls", "obj", "bbox"))
    centre = (corners.astype(np.float32) + box[:, :2]) * stride
    half = np.exp(box[:, 2:]) * (stride / 2)
    scores = np.sqrt(np.clip(cls, 0, 1) * np.clip(obj, 0, 1)).reshape(-1)
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32), scores.astype(np.float32)
