"""Heads cut out with soft edges and laid on other pictures, where they stand in a strange context at any size.

A face crop of the packs shows a head nearly to its edge (the top of the hair and the sides are cut), so the oval inside
the crop is a head and its bounding box the label. It knows no network.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from kyara.training.builtin.heads.pictures import Boxes, Picture, Pixels

LEAST_PX, MOST_PX = 18, 150
ROUNDNESS = 2.6  # exponent of the oval: 2 is an ellipse, more is nearer to the box
SOFT = 0.12  # of the radius, over which an edge fades
COVERED = 0.5  # of a head: more hidden by what is pasted, and nobody is asked for it
BARELY = 0.2  # of a new head: it is not laid where it would hide or touch more than this of another


def cut_out(picture: Picture, rng: np.random.Generator) -> Pixels | None:
    """One head of a picture, its box cut whole; None where the picture has none of use."""
    large = picture.heads[(picture.heads[:, 2:] - picture.heads[:, :2]).min(1) >= 2 * LEAST_PX]
    if not len(large):
        return None
    x0, y0, x1, y1 = large[rng.integers(len(large))].astype(int)
    return picture.pixels[max(0, y0) : y1, max(0, x0) : x1]


def paste(
    scene: Pixels, heads: Boxes, piece: Pixels, rng: np.random.Generator
) -> tuple[Pixels, Boxes, NDArray[np.bool_]]:
    """`piece` laid at a random place and size: the scene, its heads, the new one last, and which are still asked for.

    Where it would lie on another head the scene comes back as it was.
    """
    asked = np.ones(len(heads), np.bool_)
    side = scene.shape[0]
    height, width = _size(piece, min(MOST_PX, 0.6 * side), rng)
    left, top = (int(rng.integers(-size // 4, side - size + size // 4 + 1)) for size in (width, height))
    box = np.array([max(0, left), max(0, top), min(side, left + width), min(side, top + height)], np.float32)
    hidden, hiding = _shared(box, heads)
    if len(heads) and hiding.max() > BARELY:
        return scene, heads, asked
    piece = np.asarray(cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    if rng.random() < 0.5:
        piece = piece[:, ::-1]
    x0, y0, x1, y1 = box.astype(int)
    window = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    mask = _oval(height, width)[window]
    scene = scene.copy()
    under = scene[y0:y1, x0:x1]
    scene[y0:y1, x0:x1] = np.round(under + (piece[window].astype(np.float32) - under) * mask)
    return scene, np.concatenate([heads, box[None]]), np.append(hidden <= COVERED, True)


def _size(piece: Pixels, most: float, rng: np.random.Generator) -> tuple[int, int]:
    """Height and width of the pasted piece: small ones as likely as large ones, its shape kept."""
    longest = float(np.exp(rng.uniform(np.log(LEAST_PX), np.log(most))))
    scale = longest / max(piece.shape[:2])
    return max(8, round(piece.shape[0] * scale)), max(8, round(piece.shape[1] * scale))


def _shared(box: NDArray[np.float32], heads: Boxes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of every head the share that `box` hides, and the share of `box` that lies on it."""
    low, high = np.maximum(box[:2], heads[:, :2]), np.minimum(box[2:], heads[:, 2:])
    area = np.clip(high - low, 0, None).prod(1)
    return area / (heads[:, 2:] - heads[:, :2]).prod(1), area / (box[2:] - box[:2]).prod()


@lru_cache(512)
def _oval(height: int, width: int) -> NDArray[np.float32]:
    """How opaque every pixel of a piece is, (height, width, 1)."""
    y, x = (np.abs(np.linspace(-1, 1, size, dtype=np.float32)) for size in (height, width))
    radius = (y[:, None] ** ROUNDNESS + x[None, :] ** ROUNDNESS) ** (1 / ROUNDNESS)
    return np.clip((1 - radius) / SOFT, 0, 1)[..., None].astype(np.float32)
