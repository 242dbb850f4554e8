"""What is drawn and what is plain ground around it. Pure; knows pixels only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.flow import Pixels

NEAR = 20  # levels, of the channel that differs most: so far from the ground a pixel still belongs to it
RIM = 0.02  # of the shorter side: what is looked at for the colour of the ground


def drawn(pixels: Pixels) -> tuple[NDArray[np.bool_], float]:
    """(mask of what is not ground (h, w), how plain the rim is: the share of its pixels that have the ground's colour).

    The ground is the median colour of the rim of RGB (h, w, 3), so a mask means little where the rim is not plain.
    """
    height, width = pixels.shape[:2]
    rim = max(1, round(min(height, width) * RIM))
    edge = np.concatenate(
        [side.reshape(-1, 3) for side in (pixels[:rim], pixels[-rim:], pixels[:, :rim], pixels[:, -rim:])]
    )
    ground = np.median(edge, axis=0).astype(np.int16)
    plain = float((np.abs(edge.astype(np.int16) - ground).max(axis=1) <= NEAR).mean())
    low, high = np.clip(ground - NEAR, 0, 255), np.clip(ground + NEAR, 0, 255)
    inside = cv2.inRange(pixels, tuple(map(int, low)), tuple(map(int, high)))
    return inside == 0, plain


def covered(mask: NDArray[np.bool_]) -> float:
    """The share of the picture that what is drawn takes, with the ground it encloses within a few pixels."""
    size = max(3, min(mask.shape) // 32)
    kernel = np.ones((size, size), np.uint8)
    return float(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel).mean())
