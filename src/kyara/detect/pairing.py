"""Heads and bodies that belong together become sightings. Pure geometry; it knows no network.

A head belongs to a body that holds it, near its upper edge. Where figures overlap a head often lies in two bodies, so
all are assigned at once: taking the best pair first can leave a head without the only body it could have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kyara.detect.assignment import assign
from kyara.detect.letterbox import Boxes
from kyara.detect.overlap import areas, best, intersections
from kyara.flow import Detection
from kyara.records import Sighting

CROWD = 64  # sightings of one picture at most
SAME = 0.5  # heads (or bodies) that overlap further are one, found by two detectors
BELONGS = 0.3  # least worth of a pair


@dataclass(frozen=True, slots=True)
class Figures:
    """`sightings` are from left to right; of a `crowd` only the 64 found with the highest scores."""

    sightings: tuple[Sighting, ...]
    crowd: bool


def paired(detections: Sequence[Detection], width: int, height: int) -> Figures:
    """The figures in one picture of `width` × `height` pixels.

    They do not depend on the order of the detections. A head without a body and a body without a head are sightings
    of their own. Boxes are cut at the picture's border; those that then hold no whole pixel are nobody.
    """
    heads, bodies = (_distinct(detections, part, width, height) for part in ("head", "body"))
    pairs = _pairs(heads, bodies)
    found = [(max(h.score, b.score), Sighting(h.box, b.box)) for h, b in pairs]
    taken = {id(one) for pair in pairs for one in pair}
    found += [(h.score, Sighting(head=h.box)) for h in heads if id(h) not in taken]
    found += [(b.score, Sighting(body=b.box)) for b in bodies if id(b) not in taken]
    found.sort(key=lambda one: (-one[0], _place(one[1])))
    return Figures(tuple(sorted((sighting for _, sighting in found[:CROWD]), key=_place)), len(found) > CROWD)


def _distinct(
    detections: Sequence[Detection], part: Literal["head", "body"], width: int, height: int
) -> list[Detection]:
    """The detections of `part`, best first, each character once; so many that a crowd is known by them, no more."""
    cut = [replace(d, box=_cut(d, width, height)) for d in detections if d.part == part]
    cut = [d for d in cut if d.box[2] - d.box[0] >= 1 and d.box[3] - d.box[1] >= 1]
    cut.sort(key=lambda d: (-d.score, d.box))
    kept = best(_boxes(cut), np.array([d.score for d in cut], np.float32), SAME)
    return [cut[i] for i in sorted(kept)[: CROWD + 1]]


def _pairs(heads: Sequence[Detection], bodies: Sequence[Detection]) -> list[tuple[Detection, Detection]]:
    if not heads or not bodies:
        return []
    worth = _worth(_boxes(heads), _boxes(bodies))
    return [(heads[i], bodies[j]) for i, j in assign(worth) if worth[i, j] >= BELONGS]


def _worth(heads: Boxes, bodies: Boxes) -> NDArray[np.float64]:
    """How well each head sits in each body, 0..1: the share of it that lies inside, the less the lower it begins.

    A pair that is not worth it counts nothing, so that no good pair is given up for two poor ones.
    """
    inside = intersections(heads, bodies) / areas(heads)[:, None]
    down = (heads[:, None, 1] - bodies[None, :, 1]) / (bodies[:, 3] - bodies[:, 1])
    worth = (inside * (1 - np.clip(down, 0, 1))).astype(np.float64)
    return np.where(worth >= BELONGS, worth, 0.0)


def _boxes(detections: Sequence[Detection]) -> Boxes:
    return np.array([d.box for d in detections], np.float32).reshape(-1, 4)


def _cut(detection: Detection, width: int, height: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = detection.box
    return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))


def _place(sighting: Sighting) -> tuple[float, ...]:
    """From left to right by the middle of the head, else of the body; then by all there is."""
    x0, _, x1, _ = sighting.head or sighting.body or (0.0, 0.0, 0.0, 0.0)
    return ((x0 + x1) / 2, *(sighting.head or ()), *(sighting.body or ()))
