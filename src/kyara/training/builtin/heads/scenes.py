"""What the network is shown: square scenes made of pictures moved, turned, scaled, mixed, pasted on and recoloured.

A scene depends on its number and the seed alone, so that training goes on after a stop as if there had been none. It
knows no network.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kyara.training.builtin.heads.pasting import cut_out, paste
from kyara.training.builtin.heads.pictures import Boxes, Picture, Pixels, decoded

GROUND = 114  # what letterboxed pictures have around them
INPUT_PX = 384  # the longer side of a picture as the network is given it when it works
SCALES = (0.45, 1.5)
MOSAIC, PASTED, FACE, FILLED = 0.45, 0.5, 0.5, 0.85
GREY, BLURRED, TURNED = 0.12, 0.1, 0.2
SEEN, IN_DOUBT = 0.45, 0.08  # of a head left in the scene: so much counts, less is ignored, hardly any is forgotten
LEAST_PX = 10.0


@dataclass(frozen=True, slots=True)
class Material:
    """What scenes are made of: illustrations and encoded face crops (may be none)."""

    illustrations: Sequence[Picture]
    faces: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Scene:
    """A square of pixels, the heads in it, and the regions that count for nothing."""

    pixels: Pixels
    heads: Boxes
    ignored: Boxes


def scene(material: Material, side: int, seed: int, number: int) -> Scene:
    """Scene `number` of `side` x `side` pixels."""
    rng = np.random.default_rng([seed, number])
    made = _mosaic(material, side, rng) if rng.random() < MOSAIC else _placed(_picked(material, rng), side, side, rng)
    if rng.random() < PASTED:
        made = _pasted(made, material, rng)
    return Scene(recoloured(made.pixels, rng), made.heads, made.ignored)


def recoloured(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """The same in other light: hue, saturation, brightness and contrast; now and then grey, or blurred."""
    hsv = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV), np.uint8)
    values = np.arange(256)
    hue = ((values + rng.integers(-12, 13)) % 180).astype(np.uint8)
    saturation = np.clip(values * rng.uniform(0.5, 1.5), 0, 255).astype(np.uint8)
    light = np.clip((values - 128) * rng.uniform(0.75, 1.25) + 128 * rng.uniform(0.7, 1.25), 0, 255).astype(np.uint8)
    hsv = np.stack([hue[hsv[..., 0]], saturation[hsv[..., 1]], light[hsv[..., 2]]], -1)
    out = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    if rng.random() < GREY:
        out = np.repeat(np.asarray(cv2.cvtColor(out, cv2.COLOR_RGB2GRAY), np.uint8)[..., None], 3, -1)
    if rng.random() < BLURRED:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), float(rng.uniform(0.5, 1.5))), np.uint8)
    return out


def _picked(material: Material, rng: np.random.Generator) -> Picture:
    return material.illustrations[int(rng.integers(len(material.illustrations)))]


def _mosaic(material: Material, side: int, rng: np.random.Generator) -> Scene:
    """Four pictures around a random cross."""
    x, y = (int(cross) for cross in rng.uniform(0.3, 0.7, 2) * side)
    pixels = np.empty((side, side, 3), np.uint8)
    heads, ignored = [], []
    for left, top, right, bottom in ((0, 0, x, y), (x, 0, side, y), (0, y, x, side), (x, y, side, side)):
        part = _placed(_picked(material, rng), right - left, bottom - top, rng, 0.7)
        pixels[top:bottom, left:right] = part.pixels
        shift = np.array([left, top, left, top], np.float32)
        heads.append(part.heads + shift)
        ignored.append(part.ignored + shift)
    return Scene(pixels, np.concatenate(heads), np.concatenate(ignored))


def _placed(picture: Picture, width: int, height: int, rng: np.random.Generator, smaller: float = 1.0) -> Scene:
    """A picture scaled, turned, perhaps mirrored, and moved so that a window of width x height shows part of it."""
    low, high = (math.log(scale * smaller) for scale in SCALES)
    scale = math.exp(rng.uniform(low, high)) * INPUT_PX / max(picture.pixels.shape[:2])
    angle = _angle(rng)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn = scale * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turn = turn @ np.diag([mirror * rng.uniform(0.9, 1.1), 1.0])
    shift = np.array([width, height]) * rng.uniform(0.1, 0.9, 2) - turn @ _anchor(picture, rng)
    if rng.random() < FILLED:
        shift = _filling(turn, shift, picture.pixels.shape, (width, height))
    matrix = np.concatenate([turn, shift[:, None]], 1)
    pixels = np.full((height, width, 3), GROUND if rng.random() < 0.7 else int(rng.integers(256)), np.uint8)
    method = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    cv2.warpAffine(picture.pixels, matrix, (width, height), dst=pixels, flags=method, borderMode=cv2.BORDER_TRANSPARENT)
    heads, share = _inside(_moved(picture.heads, matrix), width, height)
    sized = (heads[:, 2:] - heads[:, :2]).min(1) >= LEAST_PX
    sure = (share >= SEEN) & sized
    doubtful = ~sure & (share >= IN_DOUBT)
    ignored, share = _inside(_moved(picture.ignored, matrix), width, height)
    return Scene(pixels, heads[sure], np.concatenate([heads[doubtful], ignored[share > 0]]))


def _filling(
    turn: NDArray[np.float64], shift: NDArray[np.float64], shape: tuple[int, ...], window: tuple[int, int]
) -> NDArray[np.float64]:
    """`shift` changed so that as little of the window as can be is left empty."""
    corners = turn @ np.array([[0, shape[1], 0, shape[1]], [0, 0, shape[0], shape[0]]])
    first, last = -corners.min(1), np.array(window) - corners.max(1)
    return np.asarray(np.clip(shift, np.minimum(first, last), np.maximum(first, last)), np.float64)


def _angle(rng: np.random.Generator) -> float:
    """Mostly a few degrees; now and then lying or upside down."""
    if rng.random() >= TURNED:
        return float(rng.normal(0, math.radians(6)))
    return float(rng.uniform(-math.pi, math.pi) if rng.random() < 0.4 else rng.normal(0, math.radians(25)))


def _anchor(picture: Picture, rng: np.random.Generator) -> NDArray[np.float64]:
    """The point of a picture that is put into the middle part of the window: mostly a head's centre."""
    if len(picture.heads) and rng.random() < 0.8:
        box = picture.heads[rng.integers(len(picture.heads))].astype(np.float64)
        return np.asarray((box[:2] + box[2:]) / 2, np.float64)
    height, width = picture.pixels.shape[:2]
    return np.asarray(rng.uniform(0, 1, 2) * (width, height), np.float64)


def _moved(boxes: Boxes, matrix: NDArray[np.float64]) -> Boxes:
    """Boxes around the ellipses inside `boxes` once `matrix` has moved them: a turned head is no turned square."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = np.sqrt(((boxes[:, 2:] - boxes[:, :2]) / 2) ** 2 @ (matrix[:, :2] ** 2).T)
    return np.concatenate([centre - half, centre + half], 1).astype(np.float32)


def _inside(boxes: Boxes, width: int, height: int) -> tuple[Boxes, NDArray[np.float32]]:
    """Boxes cut at the window's edge, and which share of each is left."""
    cut = np.clip(boxes, 0, np.array([width, height] * 2, np.float32))
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return cut, (cut[:, 2:] - cut[:, :2]).prod(1) / np.maximum(whole, 1e-6)


def _pasted(made: Scene, material: Material, rng: np.random.Generator) -> Scene:
    """One to four heads more: face crops, and heads of other pictures."""
    pixels, heads, ignored = made.pixels, made.heads, made.ignored
    for _ in range(rng.integers(1, 5)):
        if rng.random() < FACE and len(material.faces):
            piece: Pixels | None = decoded(material.faces[int(rng.integers(len(material.faces)))])
        else:
            piece = cut_out(_picked(material, rng), rng)
        if piece is None:
            continue
        pixels, heads, asked = paste(pixels, heads, recoloured(piece, rng), rng)
        ignored = np.concatenate([ignored, heads[~asked]])
        heads = heads[asked]
    return Scene(pixels, heads, ignored)
