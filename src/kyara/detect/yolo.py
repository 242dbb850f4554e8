"""YOLOv8-style networks of deepghs: one output (batch, 4 + classes, anchors), boxes as centre and size, scores ready.

Read as dghs-imgutils reads them (imgutils/generic/yolo.py), but fed letterboxed, as they were trained; that library
bends every picture into a square. Square pictures are fed the same by both. Knows no weights and no thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kyara.detect.detector import Recipe
from kyara.detect.letterbox import Boxes, Size
from kyara.errors import ExtractorError
from kyara.flow import Pixels

SIDES_PX = (640,)  # what the published ones were trained at
GROUND = 114  # Ultralytics' grey


def yolo(iou: float, sides_px: tuple[int, ...] = SIDES_PX) -> Recipe:
    """The recipe of a YOLOv8 network."""
    return Recipe("yolo 1", sides_px, GROUND, iou, prepare, decode)


def prepare(pixels: Pixels) -> NDArray[np.float32]:
    """RGB uint8 (h, w, 3) to float32 (3, h, w) in 0..1."""
    return pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(255)


def decode(outputs: Mapping[str, NDArray[np.generic]], size: Size) -> tuple[Boxes, NDArray[np.float32]]:
    """Corner boxes and the highest class score of every anchor of the one output (4 + classes, anchors)."""
    shapes = {name: rows.shape for name, rows in outputs.items()}
    rows = next(iter(outputs.values())).astype(np.float32)
    if len(outputs) != 1 or rows.ndim != 2 or not 5 <= rows.shape[0] <= rows.shape[1]:
        raise ExtractorError(
            f"outputs {shapes} found; (4 + classes, anchors) of a YOLOv8 exported without NMS is expected"
        )
    centre, half = rows[:2], rows[2:4] / 2
    return np.concatenate([centre - half, centre + half]).T, rows[4:].max(0)
