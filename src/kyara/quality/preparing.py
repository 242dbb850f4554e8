"""What extractors may be shown in place of pixels as they are: without borders, in full colours, in one style.

Each is a small pure function that can be switched on by itself; none is by default. docs/quality.md says what they do
to attributes. They know no picture file and no extractor.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.records import Box

LEAST_RANGE = 64.0  # grey levels between a channel's percentiles; less is a dark or pale scene, not a faded print
WORTH = 0.01  # of the area: a thinner border is left where it is


@dataclass(frozen=True, slots=True)
class Preparation:
    """Which preparations are on; true where any is."""

    trim: bool = False
    colours: bool = False
    style: bool = False

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def version(self) -> str:
        """What raw outputs of prepared pixels depend on besides the network."""
        return " ".join(["prepared 1", *(field.name for field in fields(self) if getattr(self, field.name))])


def trimmed_box(inner: tuple[float, float, float, float], width: int, height: int) -> Box | None:
    """The box in pixels within plain borders; None where there are none worth it."""
    x0, y0, x1, y1 = inner
    if (x1 - x0) * (y1 - y0) > 1.0 - WORTH:
        return None
    return x0 * width, y0 * height, x1 * width, y1 * height


def gains(levels: tuple[float, ...]) -> NDArray[np.uint8] | None:
    """The table (256, 3) that spreads red, green and blue between their percentiles (`Measures.levels`) over 0..255.

    None where they are spread already, or where too narrow a range says that the scene itself is dark or pale.
    """
    low, high = np.array(levels[0::2]), np.array(levels[1::2])
    if (high - low).min() < LEAST_RANGE or (low.max() <= 8 and high.min() >= 247):
        return None
    spread = (np.arange(256)[:, None] - low) * (255.0 / (high - low))
    return np.asarray(np.clip(np.rint(spread), 0, 255), np.uint8)


def recoloured(pixels: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB pixels (h, w, 3) put through a table of `gains`."""
    return np.asarray(cv2.LUT(pixels, table[None]))


def flattened(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """RGB pixels in one style: brush strokes and grain smoothed away between edges, shades brought to a few steps.

    A bilateral filter (Tomasi & Manduchi 1998) and soft quantisation of lightness (Winnemöller 2006), so that a
    painting comes nearer to cel shading; hue stays.
    """
    smooth = cv2.bilateralFilter(np.ascontiguousarray(pixels), 7, 40, 5)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    lab[..., 0] = _STEPS[lab[..., 0]]
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


_LIGHT = np.arange(256)
_NEAREST = np.rint(_LIGHT / 32.0) * 32.0
_STEPS = np.clip(_NEAREST + 16.0 * np.tanh((_LIGHT - _NEAREST) / 10.0), 0, 255).astype(np.uint8)
