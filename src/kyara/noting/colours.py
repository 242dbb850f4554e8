"""How much colour a picture has, and how many hues. Pure; knows pixels only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from kyara.flow import Pixels

COLOURED = 24  # largest minus smallest channel: below it JPEG's own tints of grey
BESIDE_DEG = 20  # hues so near to the main one are one ink


def colours(pixels: Pixels) -> tuple[float, float, float]:
    """(share of pixels that have a colour, share of all colour beside one hue, the strongest hue in degrees).

    Of RGB (h, w, 3). Colour is weighed by chroma, so that a few pale spots count little; without any it is (0, 1, 0).
    """
    hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    chroma = (hsv[..., 1].astype(np.float32) * hsv[..., 2] / 255.0).ravel()
    coloured = chroma > COLOURED
    weights = np.bincount(hsv[..., 0].ravel()[coloured], chroma[coloured], 180)  # OpenCV's hues are half degrees
    total = float(weights.sum())
    if total == 0:
        return 0.0, 1.0, 0.0
    around = np.concatenate([weights[-BESIDE_DEG // 2 :], weights, weights[: BESIDE_DEG // 2]])
    sums = np.convolve(around, np.ones(BESIDE_DEG + 1), "valid")
    return float(coloured.mean()), float(sums.max()) / total, 2.0 * int(weights.argmax())
