"""One opened picture: decodes when somebody looks, at the scale that is needed, and remembers both pixels and failures.

A crop depends on the picture, the box and the wanted side alone, never on what was asked before, so that results do
not change with the extractors chosen or with what a cache already answered. Knows no extractor and does no last resize.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from kyara.errors import UnreadableImageError
from kyara.images.decode import decode
from kyara.records import Reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.images.decode import Decoded
    from kyara.images.header import Header, Limits
    from kyara.records import Box

JPEG_SCALES = (8, 4, 2)  # libjpeg decodes straight to 1/8, 1/4 or 1/2


class Picture:
    """A picture used by one thread at a time.

    `header` must be that of `data` by `probe`; a function as `data` is called once, when somebody looks, and may raise
    UnreadableImageError. `before_decode` is called right before every real decode,
    `after_decode` when it came back.
    """

    __slots__ = ("_after_decode", "_before_decode", "_data", "_failure", "_scaled", "header", "limits")

    def __init__(
        self,
        data: bytes | Callable[[], bytes],
        header: Header,
        limits: Limits,
        before_decode: Callable[[], None] | None = None,
        after_decode: Callable[[], None] | None = None,
    ) -> None:
        self.header = header
        self.limits = limits
        self._data = data
        self._before_decode, self._after_decode = before_decode, after_decode
        self._scaled: dict[int, Decoded] = {}
        self._failure: tuple[str, str] | None = None

    def crop(self, box: Box | None, side_px: int) -> NDArray[np.uint8]:
        """What is inside `box` (pixels of the upright picture at full size; None = all), RGB (h, w, 3), read-only.

        Scaled down by the largest whole factor that leaves the shorter side at least 2 × `side_px`, and never
        scaled up: the last resize is the extractor's. A box is widened to whole pixels and cut at the border.
        Raises UnreadableImageError where the picture cannot be decoded, ValueError where the box lies outside it.
        """
        left, top, right, bottom = self._whole_pixels(box)
        shorter = min(right - left, bottom - top)
        scale = self._scale(shorter // (2 * side_px))
        area = (left // scale, top // scale, -(-right // scale), -(-bottom // scale))
        factor = min(area[2] - area[0], area[3] - area[1]) // (2 * side_px)
        return _cut(self.decode(scale), area, max(factor, 1))

    def decode(self, scale: int = 1) -> Decoded:
        """The whole upright RGB picture at 1 / `scale` of its size (other than 1 for JPEGs only: 2, 4, 8).

        Decoded once per scale. Raises UnreadableImageError, the same one again without a second attempt, except
        after out_of_memory, which may pass.
        """
        if self._failure is not None:
            raise UnreadableImageError(*self._failure)
        if scale not in self._scaled:
            try:
                if not isinstance(self._data, bytes):
                    self._data = self._data()
                if self._before_decode is not None:
                    self._before_decode()
                try:
                    self._scaled[scale] = decode(self._data, self.header, scale)
                finally:
                    if self._after_decode is not None:
                        self._after_decode()
            except UnreadableImageError as error:
                if error.reason != Reason.OUT_OF_MEMORY:
                    self._failure = (error.reason, error.detail)
                raise
        return self._scaled[scale]

    def forget(self) -> None:
        """Lets go of decoded pixels (3 or 4 bytes each); the next look decodes again."""
        self._scaled.clear()

    def _scale(self, factor: int) -> int:
        """The largest scale up to `factor` that the decoder itself can give."""
        if self.header.format != "JPEG":
            return 1
        return next((scale for scale in JPEG_SCALES if scale <= factor), 1)

    def _whole_pixels(self, box: Box | None) -> tuple[int, int, int, int]:
        width, height = self.header.width, self.header.height
        if box is None:
            return 0, 0, width, height
        x0, y0, x1, y1 = box
        if not (x0 < x1 and y0 < y1 and x0 < width and y0 < height and x1 > 0 and y1 > 0):  # NaN fails too
            raise ValueError(f"box {box} holds no pixel of a {width}x{height} picture; expected x0 < x1, y0 < y1 in it")
        return math.floor(max(x0, 0)), math.floor(max(y0, 0)), math.ceil(min(x1, width)), math.ceil(min(y1, height))


def _cut(whole: Decoded, area: tuple[int, int, int, int], factor: int) -> NDArray[np.uint8]:
    """The area's pixels averaged over blocks of `factor`; no copy where all is wanted as it is."""
    left, top, right, bottom = area
    if isinstance(whole, Image.Image):
        pixels = np.asarray(whole.reduce(factor, area) if factor > 1 else whole.crop(area))
    else:
        pixels = np.ascontiguousarray(whole[top:bottom, left:right])
        if factor > 1:
            pixels = np.asarray(Image.fromarray(pixels).reduce(factor))
    pixels.flags.writeable = False
    return pixels
