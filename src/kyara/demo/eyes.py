"""Eyes and brows: lids, graded iris, highlights, lashes, tears. Head units; knows nothing of the rest of the face."""

from dataclasses import dataclass

import numpy as np

from kyara.demo.cast import Face
from kyara.demo.colours import INK, RGB, WHITE, Tones, mix
from kyara.demo.layer import Pen, Stencil
from kyara.demo.shapes import Path, Points, oval, spline

_UPPER = [(-1.0, 0.3), (-0.74, -0.42), (-0.14, -0.91), (0.46, -0.86), (0.9, -0.38), (1.05, 0.08)]
_LOWER = [(1.04, 0.1), (0.88, 0.56), (0.48, 0.92), (-0.05, 1.0), (-0.62, 0.8), (-1.0, 0.3)]
_HINGE = 0.5  # the height the lids close towards


@dataclass(frozen=True, slots=True)
class Socket:
    """One eye's place: `side` -1 (left in the picture) or 1, `open` 0 to 1.1, `gaze` shifts the iris in eye units."""

    face: Face
    side: int
    open: float
    gaze: tuple[float, float]

    def at(self, points: Points) -> Path:
        """Eye units (inner corner -1, outer 1; top -1, bottom 1) to head units."""
        across, down = np.asarray([point[:2] for point in points], dtype=np.float64).T
        x = self.side * (self.face.eye_gap + across * self.face.eye_width)
        return np.stack([x, self.face.eye_y + down * self.face.eye_height], axis=1)

    def lid(self, points: Points) -> Path:
        """The same, for points that move with the lids."""
        return self.at([(x, _HINGE + (y - _HINGE) * self.open) for x, y in (point[:2] for point in points)])

    def spot(self, x: float, y: float, rx: float, ry: float) -> Path:
        """An ellipse in eye units that follows the gaze; x is to the right in the picture on both eyes."""
        dx, dy = self.gaze
        return self.at(oval(self.side * (x + dx), y + dy, rx, ry))


def draw_eye(pen: Pen, socket: Socket, iris: RGB, skin: Tones, ink: RGB) -> None:
    """One eye, open or closed; `ink` is the colour of its lashes."""
    if socket.open <= 0.15:
        _closed(pen, socket, ink)
        return
    upper, lower = spline(socket.lid(_UPPER)), spline(socket.lid(_LOWER))
    white = np.vstack([upper, lower])
    pen.fill(white, ((226, 226, 240), (254, 254, 255)))
    inside = pen.stencil(white)
    _iris(pen, socket, iris, inside)
    _lashes(pen, socket, skin, ink)


def _iris(pen: Pen, socket: Socket, iris: RGB, inside: Stencil) -> None:
    wide, tall = socket.face.iris, 0.96
    dark, glow = mix(iris, INK, 0.62), mix(iris, WHITE, 0.42)
    pen.fill(socket.spot(0, 0.02, wide, tall), dark, inside)
    pen.fill(socket.spot(0, 0.05, wide * 0.88, tall * 0.91), (mix(iris, INK, 0.4), mix(iris, WHITE, 0.12)), inside)
    pen.fill(socket.spot(0, 0.5, wide * 0.66, tall * 0.42), (iris, glow), inside, blur=1.0)
    pen.fill(socket.spot(0, 0.04, wide * 0.42, tall * 0.42), mix(iris, INK, 0.82), inside)
    pen.fill(socket.spot(0, 0.74, wide * 0.46, 0.1), mix(glow, WHITE, 0.35), inside, opacity=0.8)
    shadow = np.vstack([spline(socket.lid(_UPPER)), spline(socket.lid([(x, y + 0.42) for x, y in _UPPER[::-1]]))])
    pen.fill(shadow, INK, inside, opacity=0.34)
    pen.fill(socket.spot(-wide * 0.45, -0.4, wide * 0.38, 0.3), WHITE, inside)
    pen.fill(socket.spot(wide * 0.42, 0.36, wide * 0.17, 0.14), WHITE, inside, opacity=0.92)


def _lashes(pen: Pen, socket: Socket, skin: Tones, ink: RGB) -> None:
    weight = 1.0 if socket.face.lashes else 0.72
    under = [(x, y) for x, y in _UPPER]
    rise = [0.05, 0.24, 0.36, 0.4, 0.36, 0.06]
    over = [(x * 1.03, y - up * weight / max(socket.open, 0.5)) for (x, y), up in zip(under, rise, strict=True)]
    over[-1] = (1.3, -0.1) if socket.face.lashes else (1.14, 0.02)
    pen.fill(np.vstack([spline(socket.lid(under)), spline(socket.lid(over[::-1]))]), (mix(ink, INK, 0.5), ink))
    if socket.face.lashes:
        for start, tip in (((0.72, -0.66), (1.2, -0.92)), ((0.95, -0.2), (1.42, -0.4))):
            pen.line(
                socket.lid([start, ((start[0] + tip[0]) / 2, start[1] - 0.06), tip]),
                3.2,
                ink,
                taper=(1.2, 0.7, 0),
            )
    pen.line(socket.lid([(0.98, 0.34), (0.74, 0.76), (0.3, 1.0)]), 1.9, ink, taper=(0.9, 0.9, 0))
    pen.line(socket.lid([(-0.1, 1.05), (-0.4, 0.96), (-0.62, 0.84)]), 1.0, skin.line, taper=(0, 0.9, 0))
    fold = socket.lid([(-0.7, -0.86), (-0.1, -1.36), (0.5, -1.3), (0.9, -0.88)])
    pen.line(fold, 1.3, skin.line, taper=(0, 0.9, 0.8, 0), opacity=0.8)


def _closed(pen: Pen, socket: Socket, ink: RGB) -> None:
    """A closed lid: an arch when glad (negative opening), a bowl otherwise."""
    glad = socket.open < 0
    arc = [(-0.95, 0.5), (-0.5, -0.02), (0.05, -0.16), (0.6, 0.04), (1.08, 0.58)]
    if not glad:
        arc = [(-0.95, 0.2), (-0.5, 0.52), (0.05, 0.62), (0.6, 0.46), (1.12, 0.1)]
    pen.line(socket.at(arc), 4.4, ink, taper=(0.15, 0.8, 1, 1, 0.2))
    if socket.face.lashes:
        down = 0.12 if glad else 0.3
        pen.line(
            socket.at([(0.8, 0.3), (1.06, 0.3 + down * 0.6), (1.3, 0.3 + down * 0.4)]),
            2.6,
            ink,
            taper=(1, 0.7, 0),
        )


def draw_brow(pen: Pen, socket: Socket, mood_angle: float, lift: float, colour: RGB) -> None:
    """One brow; positive angle lowers the inner end (anger), negative raises it (worry). Lift in eye units."""
    face = socket.face
    tip = -1.58 - lift + mood_angle
    heart = -1.84 - lift + mood_angle * 0.2
    tail = -1.52 - lift - mood_angle * 0.5
    spine = socket.at([(-0.92, tip), (-0.1, heart), (0.6, (heart + tail) / 2), (1.12, tail)])
    spine[:, 1] += (1 - 15 / face.eye_height) * face.eye_height * 0.75  # brows keep their distance, whatever the eye
    pen.line(spine, face.brow, colour, taper=(0.55, 1, 0.9, 0.1))


def draw_tears(pen: Pen, socket: Socket) -> None:
    """A drop at the outer corner and a wet lower lid."""
    for x, y, size in ((0.7, 1.05, 1.0), (-0.3, 1.2, 0.7)):
        top, left = socket.at([(x, y)])[0], 3.4 * size
        drop = [
            (top[0], top[1] - 5 * size),
            (top[0] + left, top[1] + 2.6),
            (top[0], top[1] + 6 * size),
            (top[0] - left, top[1] + 2.6),
        ]
        path = spline(drop, closed=True)
        pen.fill(path, ((214, 240, 255), (150, 206, 250)), opacity=0.92)
        pen.edge(path, 0.7, (104, 160, 214))
        pen.fill(oval(top[0] - left * 0.3, top[1] + 1.5, 1.0, 1.6), WHITE)
