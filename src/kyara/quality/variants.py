"""Whether a face differs between two pictures that their fingerprints take for one: variants of a drawing, no copies.

Sixteen by sixteen coefficients see no mouth. So one picture is laid over the other by the features they share (SIFT:
Lowe 2004), and the middle of every head is compared in small cells, brightness matched. Only the middle: lettering that
a site puts into a corner often reaches the hair. Pure; it knows no files, and finds no heads itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy.optimize import isotonic_regression

from kyara.quality.measure import LONGER_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.quality.measure import Grey
    from kyara.records import Box

CHANGED = 24.0  # grey levels from which on a face is another: variants of the packs reach 28, copies 21
MIDDLE = 0.6  # share of a head's box, in width and height, that is compared
CELL_PX, SHIFT_PX, BLUR = 6, 1, 1.0
SUREST = 50  # the mean of one cell in so many: those that differ most
FEATURES, RATIO, OFF_PX = 1_200, 0.8, 2.0
LEAST_SHARED = 12  # features in one alignment
LEAST_CELLS, LEAST_SEEN = 4, 0.6  # of a face, and the share of it that lies in both pictures


@dataclass(frozen=True, slots=True)
class Features:
    """A picture at a longer side of LONGER_PX, and what it can be laid over another by."""

    grey: Grey
    points: NDArray[np.float32]  # (n, 2)
    descriptors: NDArray[np.float32]  # (n, 128)

    @classmethod
    def of(cls, grey: Grey) -> Features:
        height, width = grey.shape
        scale = LONGER_PX / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        same = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        keys, found = cv2.SIFT.create(FEATURES, contrastThreshold=0.02).detectAndCompute(same, None)
        points = np.array([key.pt for key in keys], np.float32).reshape(-1, 2)
        descriptors = np.zeros((0, 128)) if found is None else found
        return cls(np.asarray(same, np.uint8), points, np.asarray(descriptors, np.float32))

    def in_a_mirror(self) -> Features:
        return Features.of(np.ascontiguousarray(self.grey[:, ::-1]))


def change(one: Features, other: Features, heads: Sequence[Box]) -> float | None:
    """How far the most different cells of a face are apart, in grey levels (0..255), over all `heads` of `one`.

    Boxes are in shares of its width and height. None where no face can be compared: no alignment, or none in both.
    """
    place = _alignment(one, other)
    if place is None:
        return None
    height, width = one.grey.shape
    shown = _laid(other.grey, place, (width, height))
    seen = cv2.warpAffine(np.full(other.grey.shape, 255, np.uint8), place, (width, height)) == 255
    inside = _cells(seen.astype(np.float32)) == 1.0
    if not inside.any():
        return None
    cells = np.where(inside, _difference(one.grey, shown, seen, inside), 0.0)
    changes = []
    for x0, y0, x1, y1 in heads:
        across, down = (x1 - x0) * (1 - MIDDLE) / 2, (y1 - y0) * (1 - MIDDLE) / 2
        rows = slice(round(max(y0 + down, 0) * height / CELL_PX), round((y1 - down) * height / CELL_PX))
        columns = slice(round(max(x0 + across, 0) * width / CELL_PX), round((x1 - across) * width / CELL_PX))
        face = np.sort(cells[rows, columns], axis=None)[::-1]
        if len(face) >= LEAST_CELLS and inside[rows, columns].mean() >= LEAST_SEEN:
            changes.append(float(face[: max(1, round(len(face) / SUREST))].mean()))
    return max(changes, default=None)


def _alignment(one: Features, other: Features) -> NDArray[np.float64] | None:
    """The matrix (2, 3) that takes places in `other` to those in `one`: turned, scaled and shifted."""
    if min(len(one.points), len(other.points)) < LEAST_SHARED:
        return None
    matches: Any = cv2.BFMatcher().knnMatch(other.descriptors, one.descriptors, k=2)
    clear = [first for first, second in matches if first.distance < RATIO * second.distance]
    if len(clear) < LEAST_SHARED:
        return None
    source, target = other.points[[m.queryIdx for m in clear]], one.points[[m.trainIdx for m in clear]]
    place, fitting = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=OFF_PX)
    return None if place is None or int(fitting.sum()) < LEAST_SHARED else np.asarray(place, np.float64)


def _laid(grey: Grey, place: NDArray[np.float64], size: tuple[int, int]) -> Grey:
    """`grey` where it lies in the other picture; blurred first where it becomes smaller."""
    scale = float(np.sqrt(abs(np.linalg.det(place[:, :2]))))
    if scale < 0.8:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.4 / scale), np.uint8)
    return np.asarray(cv2.warpAffine(grey, place, size, flags=cv2.INTER_CUBIC), np.uint8)


def _difference(one: Grey, other: Grey, seen: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean difference in each cell, at its best within a pixel, brightness matched.

    Matched is the picture of more shades to that of fewer: what was brightened till it is white cannot be made out.
    """
    one, other = (np.asarray(cv2.GaussianBlur(some, (0, 0), BLUR), np.uint8) for some in (one, other))
    steps = range(-SHIFT_PX, SHIFT_PX + 1)
    found = []
    for still, changed in ((one, other), (other, one)):
        matched, plain = _shades(still[seen], changed[seen])[changed], still.astype(np.float32)
        moved = [np.roll(matched, (down, across), (0, 1)) for down in steps for across in steps]
        found.append(np.min([_cells(np.abs(plain - some)) for some in moved], axis=0))
    return np.asarray(min(found, key=lambda cells: float(cells[inside].mean())), np.float32)


def _shades(still: Grey, changed: Grey) -> NDArray[np.float32]:
    """For each shade of `changed` that of `still` in the same places, brighter for brighter (isotonic regression)."""
    count = np.bincount(changed, minlength=256)
    there = np.flatnonzero(count)
    mean = np.bincount(changed, still, 256)[there] / count[there]
    fitted = isotonic_regression(mean, weights=count[there]).x
    return np.asarray(np.interp(np.arange(256), there, fitted), np.float32)


def _cells(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over cells."""
    rows, columns = (side - side % CELL_PX for side in plane.shape)
    parts = plane[:rows, :columns].reshape(rows // CELL_PX, CELL_PX, columns // CELL_PX, CELL_PX)
    return np.asarray(parts.mean((1, 3)))
