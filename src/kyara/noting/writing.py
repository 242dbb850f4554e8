"""How much of a picture is writing: small strokes of like size in rows or columns, on plain ground. Pure.

It reads nothing and knows no script: glyphs of Japanese, Latin and handwriting are alike in being many, small, and in
line with one another. Large lettering of titles is not found; lace and petals in rows may be taken for writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kyara.flow import Pixels

    Grey = NDArray[np.uint8]

LIGHT, DARK = 222, 130  # grey levels: the ground of writing is lighter than one, its strokes darker than the other
LEAST, MOST = 4, 32  # pixels, of a glyph's longer side, in a picture of 512
STEP, ASIDE = 2.0, 0.35  # in glyphs: how far the next one of a line may be, and how far beside the line
TOGETHER = 6  # glyphs that make a block
GLYPHS = 1200  # looked at: a picture with more is texture, and lines among these show as well
AROUND = 0.8  # of a glyph's size is added to a block on each side: the ground that writing needs
PLAIN = 0.38  # of a block is ground
LINKS = 1.05  # a glyph in a line has two neighbours, at an end one; strokes of a drawing that happen to meet fewer


def writing(pixels: Pixels) -> float:
    """The share of RGB (h, w, 3), longer side about 512, that blocks of writing cover, ground included.

    Ground is white (or black, with light writing), not merely light: outlines on light hair are no writing.
    """
    red, green, blue = cv2.split(pixels)  # numpy's own minimum over the last axis takes several times as long
    darkest = np.asarray(cv2.min(cv2.min(red, green), blue), np.uint8)
    lightest = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    return min(1.0, _dark_on_light(darkest) + _dark_on_light(255 - lightest))


def _dark_on_light(grey: Grey) -> float:
    boxes = _glyphs(grey)
    if len(boxes) < TOGETHER:
        return 0.0
    centres, sizes = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].max(axis=1)
    ones, twos = _in_line(centres, sizes)
    blocks = np.zeros(grey.shape, np.uint8)
    for one, two in zip(ones.tolist(), twos.tolist(), strict=True):
        low = np.minimum(boxes[one, :2], boxes[two, :2])
        high = np.maximum(boxes[one, :2] + boxes[one, 2:], boxes[two, :2] + boxes[two, 2:])
        reach = AROUND * max(sizes[one], sizes[two])
        x0, y0 = np.maximum(low - reach, 0).astype(int)
        x1, y1 = (high + reach).astype(int)
        blocks[y0:y1, x0:x1] = 1
    count, labels, shapes, _ = cv2.connectedComponentsWithStats(blocks)
    lined = np.unique(np.concatenate([ones, twos]))
    at = centres[lined].astype(int)
    held = np.bincount(labels[at[:, 1], at[:, 0]], minlength=count)
    plain = np.bincount(labels.ravel(), (grey >= LIGHT).ravel(), count) / np.maximum(1, shapes[:, 4])
    first = centres[ones].astype(int)
    links = np.bincount(labels[first[:, 1], first[:, 0]], minlength=count)
    kept = (held >= TOGETHER) & (plain >= PLAIN) & (links >= LINKS * held)
    kept[0] = False
    return float(shapes[kept, 4].sum()) / grey.size


def _glyphs(grey: Grey) -> NDArray[np.int64]:
    """Boxes (n, 4) as x, y, width, height of small dark shapes whose surroundings are light."""
    ground = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((MOST // 2 + 1,) * 2, np.uint8))
    strokes = ((ground >= LIGHT) & (grey <= DARK)).astype(np.uint8)
    joined = cv2.dilate(strokes, np.ones((3, 3), np.uint8))  # the strokes of one kanji
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    sides = stats[:, 2:4].max(axis=1) - 2
    found = stats[(sides >= LEAST) & (sides <= MOST), :4].astype(np.int64)
    return found[:GLYPHS]


def _in_line(centres: NDArray[np.float64], sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of glyphs of like size that stand beside or below one another."""
    apart = np.abs(centres[:, None] - centres[None])
    larger = np.maximum(sizes[:, None], sizes[None])
    alike = larger <= 2 * np.minimum(sizes[:, None], sizes[None])
    near, straight = apart <= STEP * larger[..., None], apart <= ASIDE * larger[..., None]
    linked = alike & ((near[..., 0] & straight[..., 1]) | (near[..., 1] & straight[..., 0]))
    ones, twos = np.nonzero(np.triu(linked, 1))
    return ones, twos
