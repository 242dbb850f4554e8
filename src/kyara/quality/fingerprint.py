"""The fingerprint of a picture: 16 × 16 cosine coefficients of its grey, one byte each, and what is read out of them.

All that near duplicates need follows from these 256 bytes by arithmetic: 64-bit hashes of the whole, of its mirror
image, of its turns and of windows in it, and how alike two pictures are in the best alignment. A picture with plain
margins has two, one of all and one of what lies within. Pure; it knows no file and no index.

The sign hash is the pHash of Zauner (2010) against 0 in place of the median: all means are taken out already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Coefficients = NDArray[np.float32]  # (n, SIDE, SIDE): vertical frequency, horizontal frequency
    Hashes = NDArray[np.uint64]

SIDE, THUMB = 16, 64
BYTES = SIDE * SIDE
FLAT = 4.0  # grey levels of spread, below which a picture has no fingerprint: nothing in it to be known again by

OUTSTANDING = 12  # grey levels


def _cosines(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The orthonormal cosine basis (SIDE, len(points)) at `points` of 0..1."""
    waves = np.cos(np.pi * np.arange(SIDE)[:, None] * points[None, :])
    waves[1:] *= np.sqrt(2)
    return waves


_POINTS = (np.arange(THUMB) + 0.5) / THUMB
_BASIS = (_cosines(_POINTS) / THUMB).astype(np.float32)
_ORDER = sorted(((v, h) for v in range(SIDE) for h in range(SIDE) if v + h), key=lambda at: (sum(at), at))[:64]
_V, _H = (np.array([at[i] for at in _ORDER]) for i in (0, 1))
# Spectra of pictures fall with frequency: without weights the coarsest coefficients alone would decide.
_WEIGHTS = np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.float32) ** 0.75


def fingerprint(grey: NDArray[np.uint8], inner: tuple[float, float, float, float] = (0, 0, 1, 1)) -> bytes:
    """One fingerprint of a whole picture in grey; where `inner` leaves out more than one part in fifty, one of what
    lies within beside it. In a frame it is that alone: all pictures in black frames are alike, as wholes."""
    height, width = grey.shape
    x0, y0, x1, y1 = inner
    left, top, right, bottom = round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height)
    if (x1 - x0) * (y1 - y0) >= 0.98 or min(right - left, bottom - top) < 8:
        return _encoded(grey)
    within = _encoded(grey[top:bottom, left:right])
    return within if _framed(grey, (left, top, right, bottom)) else _encoded(grey) + within


def _framed(grey: NDArray[np.uint8], inner: tuple[int, int, int, int]) -> bool:
    """Whether most of the edge of `inner` stands out from what lies around it, as it does not around a figure on white.

    Two pixels to either side are compared, past the line that a reduction has blended.
    """
    left, top, right, bottom = inner
    height, width = grey.shape
    steps = []
    if top >= 2:
        steps.append((grey[top - 2, left:right], grey[top + 2, left:right]))
    if bottom + 2 <= height:
        steps.append((grey[bottom + 1, left:right], grey[bottom - 3, left:right]))
    if left >= 2:
        steps.append((grey[top:bottom, left - 2], grey[top:bottom, left + 2]))
    if right + 2 <= width:
        steps.append((grey[top:bottom, right + 1], grey[top:bottom, right - 3]))
    if not steps:
        return False
    outside, inside = (np.concatenate([step[i] for step in steps]).astype(np.int16) for i in (0, 1))
    return bool((np.abs(outside - inside) > OUTSTANDING).mean() > 0.5)


def _encoded(grey: NDArray[np.uint8]) -> bytes:
    thumb = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA).astype(np.float32)
    if thumb.std() < FLAT:
        return b""
    plane = _BASIS @ thumb @ _BASIS.T
    plane[0, 0] = 0.0
    plane /= np.abs(plane).max()
    return bytes(np.rint(127 * np.sign(plane) * np.sqrt(np.abs(plane))).astype(np.int8))  # the root keeps small ones


def decoded(fingerprints: NDArray[np.int8]) -> Coefficients:
    """Coefficients of (n, BYTES) bytes."""
    roots = fingerprints.reshape(-1, SIDE, SIDE).astype(np.float32)
    return np.asarray(roots * np.abs(roots))


def window(start: float, size: float) -> NDArray[np.float32]:
    """The matrix that takes coefficients along one axis of a whole to those of its part from `start`, `size` long."""
    return ((_cosines(_POINTS) / THUMB) @ _cosines(start + size * _POINTS).T).astype(np.float32)


def seen_through(planes: Coefficients, down: NDArray[np.float32], across: NDArray[np.float32]) -> Coefficients:
    """Coefficients of the part that the two `window`s cut out."""
    return np.asarray(np.matmul(np.matmul(down, planes), across.T))


def turned(planes: Coefficients, quarters: int) -> Coefficients:
    """Coefficients of the picture turned by so many quarters, counter-clockwise."""
    odd = (-1.0) ** np.arange(SIDE, dtype=np.float32)
    for _ in range(quarters % 4):
        planes = planes.transpose(0, 2, 1) * odd[None, :, None]
    return planes


def mirrored(planes: Coefficients) -> Coefficients:
    """Coefficients of the picture as a mirror shows it."""
    return planes * (-1.0) ** np.arange(SIDE, dtype=np.float32)


def hashes(planes: Coefficients, poses: NDArray[np.float32] | None = None) -> Hashes:
    """64 signs of the coarsest coefficients, the coarsest in the lowest bits: (n, poses), or (n,) as they are.

    `poses` (BYTES, 64 × count) are the columns of `pose`, side by side: one product sees a picture in all of them.
    """
    flat = planes.reshape(len(planes), BYTES)
    seen = flat[:, _V * SIDE + _H] if poses is None else flat @ poses
    found = (
        np.packbits(np.ascontiguousarray(seen > 0), axis=1, bitorder="little").view("<u8").astype(np.uint64, copy=False)
    )
    return found[:, 0] if poses is None else found


def pose(quarters: int, down: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.float32]:
    """(BYTES, 64): what takes the coefficients of a whole to the hashed ones of it turned and seen through windows."""
    units = np.eye(BYTES, dtype=np.float32).reshape(BYTES, SIDE, SIDE)
    return seen_through(turned(units, quarters), down, across)[:, _V, _H]


# Mirroring changes the sign of odd horizontal waves, which are these bits.
MIRROR = np.bitwise_or.reduce(np.where(_H % 2 == 1, np.uint64(1) << np.arange(64, dtype=np.uint64), np.uint64(0)))


def distances(some: Hashes, others: Hashes) -> NDArray[np.uint8]:
    """In how many of 64 signs they differ."""
    return np.asarray(np.bitwise_count(some ^ others))


def directions(planes: Coefficients) -> NDArray[np.float32]:
    """(n, BYTES) weighted and of length 1: their dot product is how alike two pictures are, -1..1."""
    flat = (planes * _WEIGHTS).reshape(len(planes), -1)
    lengths = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(lengths, 1e-9))
