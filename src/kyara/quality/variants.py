"""Two pictures that their fingerprints take for one, laid over each other: a copy, another face, or another picture.

Sixteen by sixteen coefficients see no mouth. So one picture is laid over the other by the features they share (SIFT:
Lowe 2004), and the middle of every head is compared in small cells, brightness matched. Only the middle: lettering that
a site puts into a corner often reaches the hair. Pure; it knows no files, and finds no heads itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from kyara.quality.measure import LONGER_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.quality.measure import Grey
    from kyara.records import Box

PLAIN, ROUGH, CHANGED = 15.0, 2.5, 24.0  # grey levels: a face is another from PLAIN + ROUGH × what most of the picture
# differs by on, and from CHANGED on at the latest. Variants of the packs reach 21, copies 21 where all is rough.
MIDDLE = 0.6  # share of a head's box, in width and height, that is compared
CELL_PX, SHIFT_PX, BLUR = 6, 1, 1.0
SUREST = 50  # the mean of one cell in so many: those that differ most
FEATURES, RATIO, OFF_PX = 1_200, 0.8, 2.0
ENOUGH = 60  # features of a picture; copies of one that has so many share LEAST_SHARED, whatever was done to them
LEAST_SHARED, LARGEST = 12, 4.0  # features in one alignment, and how much one may be larger than the other in it
LEAST_CELLS, LEAST_SEEN = 4, 0.6  # of a face, and the share of it that lies in both pictures


class Verdict(StrEnum):
    """What a look at two pictures says. UNKNOWN: there is too little in one of them."""

    COPY = "copy"
    ANOTHER_FACE = "another face"
    ANOTHER_PICTURE = "another picture"
    UNKNOWN = "unknown"


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


def compared(one: Features, other: Features, heads: Sequence[Box]) -> Verdict:
    """A copy shares its features, and shows the same faces where there are any.

    `heads` are boxes of `one`, in shares of its width and height.
    """
    place = _alignment(one, other)
    if place is None:
        rich = min(len(one.points), len(other.points)) >= ENOUGH
        return Verdict.ANOTHER_PICTURE if rich else Verdict.UNKNOWN
    height, width = one.grey.shape
    shown = _laid(other.grey, place, (width, height))
    seen = cv2.warpAffine(np.full(other.grey.shape, 255, np.uint8), place, (width, height)) == 255
    inside = _cells(seen.astype(np.float32)) == 1.0
    if not inside.any():
        return Verdict.UNKNOWN
    cells = np.where(inside, _difference(one.grey, shown, seen, inside), 0.0)
    bar = min(PLAIN + ROUGH * float(np.percentile(cells[inside], 90)), CHANGED)
    return Verdict.ANOTHER_FACE if any(change >= bar for change in _changes(cells, inside, heads)) else Verdict.COPY


def _changes(cells: NDArray[np.float32], inside: NDArray[np.bool_], heads: Sequence[Box]) -> Iterator[float]:
    """Of each face that lies in both pictures the mean of the cells that differ most."""
    height, width = cells.shape
    for x0, y0, x1, y1 in heads:
        across, down = (x1 - x0) * (1 - MIDDLE) / 2, (y1 - y0) * (1 - MIDDLE) / 2
        rows = slice(round(max(y0 + down, 0) * height), round((y1 - down) * height))
        columns = slice(round(max(x0 + across, 0) * width), round((x1 - across) * width))
        face = np.sort(cells[rows, columns], axis=None)[::-1]
        if len(face) >= LEAST_CELLS and inside[rows, columns].mean() >= LEAST_SEEN:
            yield float(face[: max(1, round(len(face) / SUREST))].mean())


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
    if place is None or int(fitting.sum()) < LEAST_SHARED or not 1 / LARGEST < _scale(place) < LARGEST:
        return None
    return np.asarray(place, np.float64)


def _scale(place: NDArray[Any]) -> float:
    return float(np.sqrt(abs(np.linalg.det(place[:, :2]))))


def _laid(grey: Grey, place: NDArray[np.float64], size: tuple[int, int]) -> Grey:
    """`grey` where it lies in the other picture; blurred first where it becomes smaller."""
    scale = _scale(place)
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
    from scipy.optimize import isotonic_regression  # half a second, and only near pairs need it

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
