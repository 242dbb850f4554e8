"""Panels of a comic page or a collage: a picture cut along straight gutters, again and again. Pure; knows pixels only.

A gutter is a band of one tone, near white or near black, right across what is being cut, with a straight edge on at
least one side: the white beside a single figure has none, and is no gutter. Slanted panels are not found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.records import Box

    Mask = NDArray[np.bool_]

WHITE, BLACK = 225, 70  # grey levels from which and up to which a gutter may be
ACROSS_WHITE, ACROSS_BLACK = 0.95, 0.85  # of a row lie in the gutter's tone: balloons and sound words reach across
EDGE = 0.5  # of the row beside a gutter leave its tone at once: the straight side of a panel
THICKEST = 0.02  # of the page: a black band that is wider is no line between panels
LEAST = 0.14  # of the longer side of the page: the least side of a panel
DEPTH = 5  # cuts within cuts


def panels(grey: NDArray[np.uint8]) -> list[Box]:
    """Boxes (x0, y0, x1, y1) of the panels in a grey picture (h, w); one box where it is not cut."""
    height, width = grey.shape
    longer = max(height, width)
    return _cut(grey >= WHITE, grey <= BLACK, (0, 0, width, height), longer, DEPTH)


def _cut(light: Mask, dark: Mask, box: tuple[int, int, int, int], longer: int, depth: int) -> list[Box]:
    x0, y0, x1, y1 = box = _trimmed(light, box)
    if depth:
        for turned in (False, True):
            bright, black = ((tone[y0:y1, x0:x1].T if turned else tone[y0:y1, x0:x1]) for tone in (light, dark))
            parts = _parts(bright, black, longer)
            if len(parts) > 1:
                boxes = [(x0 + a, y0, x0 + b, y1) if turned else (x0, y0 + a, x1, y0 + b) for a, b in parts]
                return [found for one in boxes for found in _cut(light, dark, one, longer, depth - 1)]
    return [box]


def _trimmed(light: Mask, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The box without white rows and columns at its sides."""
    x0, y0, x1, y1 = box
    inside = ~light[y0:y1, x0:x1]
    rows = np.flatnonzero(inside.mean(axis=1) > 1 - ACROSS_WHITE)
    columns = np.flatnonzero(inside.mean(axis=0) > 1 - ACROSS_WHITE)
    if not len(rows) or not len(columns):
        return box
    return x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 1, y0 + int(rows[-1]) + 1


def _parts(bright: Mask, black: Mask, longer: int) -> list[tuple[int, int]]:
    """Rows (from, to) of the parts between gutters across the rows, without those too small for a panel."""
    size = len(bright)
    cuts = _gutters(bright.mean(axis=1), ACROSS_WHITE, size)
    lines = _gutters(black.mean(axis=1), ACROSS_BLACK, size)
    cuts += [(a, b) for a, b in lines if b - a <= max(2, THICKEST * longer)]
    parts, start = [], 0
    for first, last in [*sorted(cuts), (size, size)]:
        if first - start >= LEAST * longer:
            parts.append((start, first))
        start = max(start, last)
    return parts


def _gutters(share: NDArray[np.float64], across: float, size: int) -> list[tuple[int, int]]:
    """Bands of rows, not at the very ends, whose `share` in the gutter's tone is full and ends in a straight edge."""
    ends = np.flatnonzero(np.diff(np.concatenate(([False], share >= across, [False])).astype(np.int8)))
    bands = zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True)
    return [
        (a, b) for a, b in bands if a > 0 and b < size and min(*share[max(0, a - 3) : a], *share[b : b + 3]) <= EDGE
    ]
