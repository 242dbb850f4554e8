"""What a picture's pixels are like, whatever its size: measured at a common scale, in a millisecond or two.

Pure: pixels in, numbers out. It knows no file, no cache and no threshold. docs/quality.md says what each number means
and how well they follow known degradations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

LONGER_PX = 384  # of what is measured; the side that the builtin head detector asks for, so that both share one decode
BLOCK = 8  # pixels: JPEG's grid
PATCH_PX = 384  # of the middle, where block edges are looked for; noise in half of it
SHARP = 0.03  # Laplacian variance ÷ variance at which a picture is half sharp: a blur of 1.5 px at LONGER_PX
NOISE = 6.0  # grey levels at which noise halves the score
SIZE_PX = 256  # shorter side at which size halves the score
PLAIN, STRAY = 12, 0.02  # a line of the border lies within so many grey levels, but for so great a share of its pixels
LEAST = 0.25  # of a side must be left when a border is trimmed; less is a picture of nothing
_EXCESS = np.array([[-1, 2, -1]], np.float32)
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)  # Immerkær 1996: blind to edges


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers of `records.Quality` that pixels give; `inner` is what lies within plain borders, as shares
    (x0, y0, x1, y1) of width and height, `levels` the 1st and 99th percentile of red, green and blue."""

    sharpness: float
    exposure: float
    contrast: float
    noise: float
    compression: float
    inner: tuple[float, float, float, float]
    levels: tuple[float, ...]

    @property
    def border(self) -> float:
        """The plain share of the area."""
        x0, y0, x1, y1 = self.inner
        return 1.0 - (x1 - x0) * (y1 - y0)

    def score(self, size_px: int) -> float:
        """All in one, 0..1, for a picture whose shorter side has `size_px` pixels: each fault takes its share."""
        sharp = self.sharpness / (self.sharpness + SHARP)
        clean = NOISE / (NOISE + self.noise)
        blocks = 1.0 / max(self.compression, 1.0)
        return sharp * clean * blocks * size_px / (size_px + SIZE_PX)


def measured(pixels: NDArray[np.uint8], reduced: int = 1) -> Measures:
    """The measures of a whole picture, RGB (h, w, 3), that was reduced to 1 / `reduced` of its size on the way."""
    grey = grey_of(pixels)
    small = scaled(grey)
    mean, spread = (float(one[0, 0]) for one in cv2.meanStdDev(small))
    laplacian = float(cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))[1][0, 0])
    return Measures(
        sharpness=laplacian**2 / (spread**2 + 1.0),
        exposure=mean / 255.0,
        contrast=spread / 127.5,
        noise=noise(grey),
        compression=block_edges(grey, BLOCK // reduced) if reduced <= 2 else 1.0,
        inner=within_borders(small),
        levels=_levels(pixels),
    )


def grey_of(pixels: NDArray[np.uint8]) -> Grey:
    """RGB (h, w, 3) in grey (h, w)."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def scaled(grey: Grey) -> Grey:
    """`grey` with a longer side of at most LONGER_PX, each pixel the mean of those it stands for."""
    height, width = grey.shape
    scale = LONGER_PX / max(height, width)
    if scale >= 1:
        return grey
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def noise(grey: Grey) -> float:
    """The standard deviation of noise in grey levels, from the calmer half of the middle."""
    rough = np.abs(cv2.filter2D(_middle(grey, PATCH_PX // 2), cv2.CV_16S, _NOISE_KERNEL))
    counts = np.cumsum(np.bincount(rough.ravel()))
    median = float(np.searchsorted(counts, counts[-1] / 2))
    return median / (6 * 0.6745)  # 36 σ² is the variance behind the kernel, 0.6745 σ the median


def block_edges(grey: Grey, period: int) -> float:
    """How much rougher the grid of `period` pixels is than what lies between: 1 = no grid to be seen, 2 = twice."""
    patch = _middle(grey)
    if min(patch.shape) < 4 * period:
        return 1.0
    rough: NDArray[np.float64] = _roughness(patch, period) + _roughness(_upended(patch), period)
    between = float(np.delete(rough, period - 1).mean())
    return (float(rough[period - 1]) + 1.0) / (between + 1.0)


def _roughness(patch: Grey, period: int) -> NDArray[np.float64]:
    """By place in the period: how far the step to the next pixel exceeds the steps before and after it."""
    steps = cv2.absdiff(np.ascontiguousarray(patch[:, 1:]), np.ascontiguousarray(patch[:, :-1]))
    jumps = np.abs(cv2.filter2D(steps, cv2.CV_16S, _EXCESS)).astype(np.float32)
    means = cv2.reduce(jumps, 0, cv2.REDUCE_AVG)[0, 1:-1]  # the outermost lack a neighbour
    place = np.arange(1, len(means) + 1) % period
    return np.bincount(place, means, period) / np.bincount(place, minlength=period)


def within_borders(grey: Grey) -> tuple[float, float, float, float]:
    """What is left when plain lines are taken off each side, again and again (a frame of white around one of black).

    Shares (x0, y0, x1, y1) of width and height; the whole where hardly anything would be left.
    """
    height, width = grey.shape
    left, top, right, bottom = 0, 0, width, height
    for _ in range(8):  # frames in frames, and the blended line between two
        before = left, top, right, bottom
        rows = _busy(np.ascontiguousarray(grey[top:bottom, left:right]))
        top, bottom = top + rows[0], top + rows[1]
        columns = _busy(_upended(grey[top:bottom, left:right]))
        left, right = left + columns[0], left + columns[1]
        if (left, top, right, bottom) == before:
            break
    if right - left < LEAST * width or bottom - top < LEAST * height:
        return 0.0, 0.0, 1.0, 1.0
    return left / width, top / height, right / width, bottom / height


def _busy(grey: Grey) -> tuple[int, int]:
    """The first row that is not plain in the colour of the first, and the end behind the last that is not in its."""
    plain = (1.0 - STRAY) * 255.0
    ends = []
    for colour in (float(np.median(grey[0])), float(np.median(grey[-1]))):
        alike = cv2.inRange(grey, colour - PLAIN, colour + PLAIN)
        ends.append(np.flatnonzero(cv2.reduce(alike, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0] < plain))
    if not len(ends[0]) or not len(ends[1]):
        return 0, len(grey)
    return int(ends[0][0]), int(ends[1][-1]) + 1


def _upended(grey: Grey) -> Grey:
    return np.ascontiguousarray(grey.T)


def _middle(grey: Grey, side_px: int = PATCH_PX) -> Grey:
    """The middle of a picture, beginning on JPEG's grid."""
    top, left = (max(0, (side - side_px) // 2) // BLOCK * BLOCK for side in grey.shape)
    return np.ascontiguousarray(grey[top : top + side_px, left : left + side_px])


def _levels(pixels: NDArray[np.uint8]) -> tuple[float, ...]:
    """The 1st and 99th percentile of red, green and blue, in turn, from some ten thousand pixels evenly picked."""
    step = max(1, min(pixels.shape[:2]) // 100)
    some = np.sort(np.ascontiguousarray(pixels[::step, ::step].reshape(-1, 3).T), axis=1)
    count = some.shape[1]
    return tuple(float(level) for level in some[:, [count // 100, (count - 1) * 99 // 100]].ravel())
