"""The body under the clothes: torso outline, neck, legs, arms and hands. Body units: the origin is the pit of the neck.

Knows the build and the pose, not the outfit: sleeves and stockings are told to it as tones and lengths.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kyara.demo.cast import Build
from kyara.demo.colours import Tones, mix
from kyara.demo.layer import Pen, Stencil
from kyara.demo.shapes import Path, Points, between, moved, outline, oval, ribbon

FRONT_POSES = ("clasp", "book", "flowers")


@dataclass(frozen=True, slots=True)
class Sleeve:
    """Cloth over an arm: how far down (0 none to 1 the wrist), extra width at shoulder and at its end, cuff, glove."""

    tones: Tones
    reach: float = 1.0
    loose: float = 6.0
    flare: float = 4.0
    puff: float = 0.0
    cuff: Tones | None = None
    glove: Tones | None = None


def torso(build: Build, ease: float = 0.0) -> Path:
    """Neck to hips as a closed path; `ease` is how far the cloth stands off."""
    b, e = build, ease
    half = [
        (13, -8),
        (22, 3),
        (b.shoulder * 0.62, 10 - e * 0.3),
        (b.shoulder - 4 + e * 0.4, 17 - e * 0.3),
        (b.shoulder + e * 0.5, 36),
        (b.chest + 4 + e, 62),
        (b.chest + b.bust * 5 + e, 84),
        (b.waist + e, b.waist_y),
        (b.hip + e, b.hip_y),
        (b.hip + e + 1, b.hip_y + 26),
    ]
    return outline(
        [
            *[(*p, 1 if i in (0, 9) else 0) for i, p in enumerate(half)],
            *[(-x, y, 1 if i in (0, 9) else 0) for i, (x, y) in reversed(list(enumerate(half)))],
        ]
    )


def draw_neck(pen: Pen, build: Build, skin: Tones) -> None:
    """Neck, collar bones and the shadow of the chin."""
    n = build.neck
    path = outline(
        [
            (-n, -40, 1),
            (-n + 1, -14),
            (-n - 6, 4),
            (-build.shoulder * 0.7, 16, 1),
            (0, 60, 1),
            (build.shoulder * 0.7, 16, 1),
            (n + 6, 4),
            (n - 1, -14),
            (n, -40, 1),
        ]
    )
    pen.fill(path, skin.base)
    clip = pen.stencil(path)
    pen.fill(outline([(-n - 2, -44, 1), (-n - 2, -20), (-2, 6), (n + 2, -12), (n + 2, -44, 1)]), skin.shade, clip)
    for side in (-1, 1):
        pen.line(
            [(side * n, -34), (side * (n - 1), -14), (side * (n + 6), 4), (side * build.shoulder * 0.5, 11)],
            1.5,
            skin.line,
        )
        pen.line([(side * 5, 13), (side * 16, 9), (side * 32, 11)], 1.3, mix(skin.shade, skin.line, 0.3))


def leg_spine(build: Build, side: int) -> list[tuple[float, float]]:
    """Hip, knee and ankle of one leg, with the bends between."""
    b = build
    x = b.hip * 0.5
    return [
        (side * x, b.hip_y),
        (side * x * 1.0, (b.hip_y + b.knee_y) / 2),
        (side * x * 0.94, b.knee_y),
        (side * x * 0.98, b.knee_y + (b.ankle_y - b.knee_y) * 0.4),
        (side * x * 0.86, b.ankle_y),
    ]


def draw_leg(pen: Pen, build: Build, side: int, tones: Tones, loose: float = 0.0) -> None:
    """One leg from hip to ankle, bare, stockinged or trousered."""
    w = build.leg
    widths = [w * 1.24 + loose, w * 1.12 + loose, w * 0.84 + loose, w * 0.86 + loose, w * 0.52 + loose * 1.2]
    path = ribbon(leg_spine(build, side), widths)
    pen.shape(path, tones, 1.5)
    clip = pen.stencil(path)
    spine = moved(leg_spine(build, side), w * 0.36, 0)
    pen.line(spine, w * 0.5, tones.shade, clip, taper=(1, 1, 0.9, 1, 0.8))


def draw_sock(pen: Pen, build: Build, side: int, tones: Tones, top: float) -> None:
    """A sock or boot leg over the lower `top` share of the shin."""
    spine = leg_spine(build, side)
    knee, calf, ankle = spine[2], spine[3], spine[4]
    start = between(ankle, knee, top)
    w = build.leg
    path = ribbon(
        [
            start,
            between(start, ankle, 0.4) if top > 0.7 else calf if top > 0.62 else between(start, ankle, 0.5),
            ankle,
        ],
        [w * 0.92, w * 0.86, w * 0.58],
    )
    pen.shape(path, tones, 1.4)
    pen.line(
        [(ankle[0] + w * 0.3, y) for y in (start[1], (start[1] + ankle[1]) / 2, ankle[1])],
        w * 0.3,
        tones.shade,
        pen.stencil(path),
    )


def draw_shoe(pen: Pen, build: Build, side: int, tones: Tones) -> None:
    """One shoe, seen from the front."""
    x, y = leg_spine(build, side)[4]
    s = build.leg / 40
    half = [(-12, -6, 1), (-13, 6), (-17, 20), (-17, 28, 1), (19, 28, 1), (18, 18), (13, 4), (12, -6, 1)]
    path = outline([(x + side * px * s, y + py * s, *c) for px, py, *c in half])
    pen.shape(path, tones, 1.5)
    clip = pen.stencil(path)
    pen.fill([(x - 30, y + 22 * s), (x + 30, y + 22 * s), (x + 30, y + 40), (x - 30, y + 40)], tones.shade, clip)
    pen.line([(x - 10 * s, y + 8 * s), (x, y + 11 * s), (x + 10 * s, y + 8 * s)], 1.4, tones.line, clip)


def arm_joints(build: Build, side: int, pose: str) -> list[tuple[float, float]]:
    """Shoulder, elbow and wrist for a pose."""
    b = build
    sx, sy, r = b.shoulder - b.arm * 0.42, 30.0, b.arm_length / 100
    places = {
        "down": ((sx + 15 * r, sy + 92 * r), (sx + 17 * r, sy + 178 * r)),
        "behind": ((sx + 22 * r, sy + 90 * r), (sx - 4, sy + 164 * r)),
        "hip": ((sx + 62 * r, sy + 78 * r), (b.waist + 10, b.waist_y + 20)),
        "pocket": ((sx + 30 * r, sy + 90 * r), (b.hip - 4, b.hip_y - 6)),
        "wave": ((sx + 46 * r, sy + 64 * r), (sx + 62 * r, sy - 24 * r)),
        "peace": ((sx + 40 * r, sy + 72 * r), (sx + 34 * r, sy - 14 * r)),
        "clasp": ((sx + 16 * r, sy + 88 * r), (11, b.waist_y + 56 * r)),
        "book": ((sx + 14 * r, sy + 90 * r), (26, 126 * r)),
        "flowers": ((sx + 14 * r, sy + 88 * r), (9 + 4 * side, 120 * r)),
    }
    elbow, wrist = places[pose]
    return [(side * x, y) for x, y in ((sx, sy), elbow, wrist)]


def draw_arm(pen: Pen, build: Build, side: int, pose: str, skin: Tones, sleeve: Sleeve) -> None:
    """One arm with its sleeve and hand."""
    shoulder, elbow, wrist = arm_joints(build, side, pose)
    spine = [
        shoulder,
        between(shoulder, elbow, 0.5, -0.04 * side),
        elbow,
        between(elbow, wrist, 0.5, -0.03 * side),
        wrist,
    ]
    a = build.arm
    if pose not in ("behind", "pocket"):
        draw_hand(pen, elbow, wrist, a / 25, side, pose, sleeve.glove or skin)
    if sleeve.reach < 0.95:
        _limb(pen, spine, [a, a * 0.96, a * 0.84, a * 0.84, a * 0.6], sleeve.glove or skin)
    if sleeve.reach > 0:
        _draw_sleeve(pen, spine, a, side, sleeve)


def _limb(pen: Pen, spine: Points, widths: list[float], tones: Tones) -> Stencil:
    """A limb that may bend sharply in its middle: two rounded parts inked as one; returns its stencil."""
    parts = [
        oval(spine[0][0], spine[0][1], widths[0] * 0.5, widths[0] * 0.5),
        ribbon(spine[:3], widths[:3], round_end=len(spine) > 3),
    ]
    if len(spine) > 3:
        parts += [oval(spine[2][0], spine[2][1], widths[2] * 0.5, widths[2] * 0.5), ribbon(spine[2:], widths[2:])]
    for part in parts:
        pen.edge(part, 3.0, tones.line)
    for part in parts:
        pen.fill(part, tones.base)
    clip = pen.stencil(*parts)
    pen.line(moved(spine, widths[0] * 0.3, 0), widths[0] * 0.42, tones.shade, clip, taper=(0, 0.8, 1, 1))
    return clip


def _draw_sleeve(pen: Pen, spine: list[tuple[float, float]], a: float, side: int, sleeve: Sleeve) -> None:
    count = max(2, round(1 + 4 * sleeve.reach))
    cut = spine[:count]
    wide = np.linspace(a + sleeve.loose, a * (1 - 0.25 * sleeve.reach) + sleeve.loose + sleeve.flare, count)
    if sleeve.puff:
        wide = wide + sleeve.puff * np.sin(np.linspace(0.3, np.pi * 0.9, count))
    clip = _limb(pen, cut, wide.tolist(), sleeve.tones)
    for share, drop in ((0.0, -4.0), (0.22, -2.0)) if count > 3 else ():
        x, y = between(cut[2], cut[3], share)
        crease = [(x - side * a * 0.45, y - 4), (x, y + drop), (x + side * a * 0.1, y - 6)]
        pen.line(crease, 1.4, sleeve.tones.line, clip)
    if sleeve.cuff:
        end, before = cut[-1], cut[-2]
        top = between(end, before, 0.24 if count > 3 else 0.3)
        pen.shape(ribbon([top, end], [wide[-1] + 2, wide[-1] + 3]), sleeve.cuff, 1.4)


_RELAXED = [(-3, -7.5, 1), (8, -10), (20, -9), (29, -4), (31, 2), (26, 8), (12, 9.5), (-3, 7.5, 1)]
_PALM = [(-3, -7.5, 1), (8, -10), (19, -11), (22, 0), (19, 11), (8, 10), (-3, 7.5, 1)]


def draw_hand(
    pen: Pen,
    elbow: tuple[float, float],
    wrist: tuple[float, float],
    size: float,
    side: int,
    pose: str,
    skin: Tones,
) -> None:
    """A hand at the end of a forearm: relaxed, open for a wave, or two fingers raised."""
    along = np.subtract(wrist, elbow) / max(1e-6, float(np.hypot(*np.subtract(wrist, elbow))))
    if pose == "peace":
        along = np.array([0.0, -1.0])
    across = np.array([-along[1], along[0]]) * side

    def at(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        spots = [np.asarray(wrist) + size * (p[0] * along + p[1] * across) for p in points]
        return [(float(s[0]), float(s[1]), *p[2:]) for s, p in zip(spots, points, strict=True)]

    if pose in ("wave", "peace"):
        _raised(pen, at, size, pose, skin)
        return
    path = outline(at(_RELAXED))
    pen.shape(path, skin, 1.4)
    pen.line(at([(2, 6), (14, 8), (27, 5)]), 5 * size, skin.shade, pen.stencil(path))
    for y in (-4.5, 0.5, 4.8):
        pen.line(at([(17, y), (24, y + 0.6), (30, y + 0.4)]), 1.1, skin.line)
    pen.shape(
        ribbon(at([(3, -6), (10, -11), (19, -11)]), [6 * size, 6 * size, 4.4 * size], round_end=True),
        skin,
        1.2,
    )


def _raised(
    pen: Pen,
    at: Callable[[list[tuple[float, ...]]], list[tuple[float, ...]]],
    size: float,
    pose: str,
    skin: Tones,
) -> None:
    up = [(-9.0, 37.0, -15.0), (-3.2, 42.0, -5.0), (2.8, 41.0, 4.6), (8.4, 34.0, 13.0)]
    for i, (y, reach, out) in enumerate(up):
        if pose == "wave" or i in (0, 1):
            finger = ribbon(
                at([(14, y * 0.92), ((14 + reach) / 2, (y + out) / 2), (reach, out)]),
                [7 * size, 6.6 * size, 5.4 * size],
                round_end=True,
            )
            pen.shape(finger, skin, 1.3)
    pen.shape(ribbon(at([(4, -7), (12, -16), (22, -21)]), [7 * size, 7 * size, 5 * size], round_end=True), skin, 1.3)
    palm = outline(at(_PALM))
    pen.fill(palm, skin.base)
    pen.line(at([(1, -9), (8, -10.6), (17, -11.4)]), 1.2, skin.line)
    pen.line(at([(-3, 8), (8, 10.4), (18, 11.6)]), 1.4, skin.line)
    pen.line(at([(5, -4), (10, 0), (11, 6)]), 1.1, skin.shade)
    if pose == "peace":
        for y in (3.0, 8.6):
            knuckle = at([(17, y)])[0]
            pen.shape(oval(knuckle[0], knuckle[1], 4.6 * size, 5 * size), skin, 1.2)
        pen.shape(
            ribbon(at([(6, -9), (13, -2), (16, 6)]), [6.6 * size, 6.4 * size, 5 * size], round_end=True),
            skin,
            1.3,
        )
