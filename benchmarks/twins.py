"""Near-duplicate pictures: the same drawing shifted, mirrored, recoloured, blurred, or with another mouth.

Thumbnails of 32 px are compared wherever 8 px thumbnails agree: the best correlation, over shifts of up to an eighth,
of the middle three quarters of one with the other, each colour channel about its own mean. It knows no labels and no
files. Two pictures of one character in one pose are no twins; a few pale faces in dark hair, seen from the front, pass
for ones: that only ties them to one side of a split.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, COARSE, MARGIN = 32, 8, 4
COARSE_FROM = 0.78  # 19 of 20 twins found without this filter pass it; it leaves one pair in 700 to look at closely
TWINS_FROM = 0.88  # set by eye on the pack's pairs: nearly all above are one drawing, below 0.86 most are not
BLOCK = 1_000


def thumbnails(images: Sequence[bytes]) -> NDArray[np.uint8]:
    """N encoded pictures as N x 32 x 32 x 3."""
    return np.stack([thumbnail(image) for image in images])


def thumbnail(image: bytes) -> NDArray[np.uint8]:
    """An encoded picture as 32 x 32 x 3, on white where it is transparent."""
    with Image.open(io.BytesIO(image)) as opened:
        picture = opened.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX))


def pairs(thumbnails: NDArray[np.uint8]) -> list[tuple[int, int, float]]:
    """(index, later index, likeness) of all twins among N x 32 x 32 x 3 thumbnails."""
    turned = np.ascontiguousarray(thumbnails[:, :, ::-1])
    plain, mirrored = _directions(thumbnails), _directions(turned)
    found: dict[tuple[int, int], float] = {}
    for others, small in ((thumbnails, plain), (turned, mirrored)):
        for start in range(0, len(plain), BLOCK):
            ones, twos = np.nonzero(plain[start : start + BLOCK] @ small.T > COARSE_FROM)
            for one, two in zip((ones + start).tolist(), twos.tolist(), strict=True):
                if one < two:
                    like = likeness(thumbnails[one], others[two])
                    found[one, two] = max(like, found.get((one, two), 0.0))
    return [(one, two, like) for (one, two), like in sorted(found.items()) if like >= TWINS_FROM]


def chained(count: int, pairs: Iterable[tuple[int, int, float]]) -> list[int]:
    """For each of `count` pictures the number of the first one it is tied to by a chain of twins; itself if none."""
    first = list(range(count))

    def root(i: int) -> int:
        while first[i] != i:
            i = first[i]
        return i

    for one, other, _ in pairs:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return [root(i) for i in range(count)]


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """-1 to 1: how well the middle of either is found again in the other, wherever it fits best."""
    return max(_found_in(one, other), _found_in(other, one))


def _found_in(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    middle = np.ascontiguousarray(one[MARGIN:-MARGIN, MARGIN:-MARGIN])
    return float(cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED).max()) if middle.std() > 0 else 0.0


def _directions(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Unit vectors of the 8 px thumbnails, each colour channel about its mean: their products are correlations."""
    step = SIDE // COARSE
    small = thumbnails.reshape(-1, COARSE, step, COARSE, step, 3).mean((2, 4))
    flat = (small - small.mean((1, 2), keepdims=True)).reshape(len(small), -1).astype(np.float32)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-3)
