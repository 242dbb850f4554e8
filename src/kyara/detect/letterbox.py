"""Fits a picture into a network's input without bending it, and brings boxes back. Pure geometry; it knows no network.

The picture is scaled to touch the limit and centred on a plain ground: what YOLOv8 is trained and validated with
(Ultralytics' LetterBox).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyara.flow import Pixels
from kyara.images import resized

BICUBIC = 3  # Pillow's number for it, and its default, which dghs-imgutils leaves
Size = tuple[int, int]  # width, height
Boxes = NDArray[np.float32]  # (n, 4): x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a picture of `picture` pixels lies in an input of `outer` pixels: `inner` pixels from `left`, `top` on."""

    picture: Size
    inner: Size
    outer: Size
    left: int
    top: int

    @classmethod
    def fit(cls, picture: Size, limit: Size, multiple: int | None = None) -> Letterbox:
        """The letterbox for a picture in at most `limit` pixels.

        `outer` is the least multiple of `multiple` that holds the scaled picture, or `limit` itself (None).
        """
        scale = min(limit[0] / picture[0], limit[1] / picture[1])
        width, height = (max(1, round(side * scale)) for side in picture)
        outer = limit if multiple is None else (_next(width, multiple), _next(height, multiple))
        return cls(picture, (width, height), outer, (outer[0] - width) // 2, (outer[1] - height) // 2)

    @property
    def side_px(self) -> int:
        """The shorter side of the scaled picture: what to ask `View.pixels` for."""
        return min(self.inner)

    def put(self, pixels: Pixels, ground: int) -> Pixels:
        """`pixels` of the whole picture, at any scale, in the input: RGB uint8 (outer height, outer width, 3).

        Where they were scaled down by a whole factor first, their last row and column may cover less than that many
        pixels: what they show lies less than half an input pixel off.
        """
        width, height = self.inner
        put = np.full((self.outer[1], self.outer[0], 3), ground, np.uint8)
        put[self.top : self.top + height, self.left : self.left + width] = resized(pixels, (height, width), BICUBIC)
        return put

    def back(self, boxes: Boxes) -> Boxes:
        """Boxes in input pixels, (n, 4), as boxes in pixels of the picture; they may reach beyond its border."""
        (width, height), (inner_width, inner_height) = self.picture, self.inner
        shift = np.array([self.left, self.top, self.left, self.top], np.float32)
        ratio = np.array([width / inner_width, height / inner_height] * 2, np.float32)
        return (boxes - shift) * ratio


def cut(boxes: Boxes, picture: Size) -> Boxes:
    """Boxes (n, 4) cut at the border of a picture; one that lies outside comes out with no area."""
    return np.clip(boxes, np.float32(0), np.array([*picture, *picture], np.float32))


def _next(side: int, multiple: int) -> int:
    return math.ceil(side / multiple) * multiple
