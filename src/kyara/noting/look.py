"""The numbers of a whole picture, taken from its pixels once. What they mean is said by `page.py`, without OpenCV."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kyara.noting.colours import colours
from kyara.noting.ground import covered, drawn
from kyara.noting.page import Page
from kyara.noting.panels import panels
from kyara.noting.writing import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kyara.flow import Kind, Pixels, Raw, View

SIDE_PX = 384  # as the builtin detector asks for it, so that both share one decode
LONGER_PX = 512  # of what is measured


def page(pixels: Pixels) -> Page:
    """The numbers of a whole picture, RGB (h, w, 3)."""
    height, width = pixels.shape[:2]
    scale = LONGER_PX / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask, rim = drawn(pixels)
    cut = panels(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    return Page(*colours(pixels), rim, covered(mask), len(cut), writing(pixels))


class PageLooking:
    """The numbers of whole pictures as raw outputs, so that the cache keeps them: no picture is measured twice."""

    name = "notes"
    look_version = f"1 {SIDE_PX} {LONGER_PX} opencv {cv2.__version__}"  # and of the measures, all written in this room
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 64

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`page` float32 (7,), the fields of Page."""
        return [{"page": np.array(astuple(page(view.pixels("body", SIDE_PX))), np.float32)} for view in views]
