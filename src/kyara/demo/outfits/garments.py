"""Pieces that outfits are cut from: tops, skirts, trousers, collars, bows, folds, buttons. Body units.

Each piece draws itself from a `Wear`; which pieces make an outfit is said in the modules beside this one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kyara.demo.body import Sleeve, draw_leg, draw_shoe, draw_sock, torso
from kyara.demo.cast import Build
from kyara.demo.colours import Tones, mix
from kyara.demo.layer import Pen, Stencil
from kyara.demo.shapes import Path, Points, between, moved, outline, oval, ribbon, spline


@dataclass(frozen=True, slots=True)
class Wear:
    """Who wears it: the pen, the build, the skin and the three cloths of the outfit."""

    pen: Pen
    build: Build
    skin: Tones
    main: Tones
    second: Tones
    accent: Tones


Piece = Callable[[Wear], None]


@dataclass(frozen=True, slots=True)
class Cut:
    """An outfit as pieces in drawing order: below the waist, the top, what lies over the arms; and its sleeves."""

    lower: Piece
    top: Piece
    over: Piece
    sleeve: Callable[[Wear], Sleeve]


def top(wear: Wear, tones: Tones, ease: float = 3.0, neckline: Points = ((-15, -6), (0, 22), (15, -6))) -> Stencil:
    """The upper garment with its shade and folds; returns its stencil. `neckline` is cut out, from left to right."""
    pen, b = wear.pen, wear.build
    path = torso(b, ease)
    open_neck = outline(
        [
            (neckline[0][0], -60, 1),
            *[(*p[:2], 1 if i in (0, len(neckline) - 1) else 0) for i, p in enumerate(neckline)],
            (neckline[-1][0], -60, 1),
        ]
    )
    clip = pen.stencil(path).without(pen.stencil(open_neck))
    pen.fill(path, (tones.base, mix(tones.base, tones.shade, 0.12)), clip)
    right = [
        (b.shoulder * 0.62, 0),
        (b.chest * 0.62, 60),
        (b.chest * 0.7 + b.bust * 6, 92),
        (b.waist * 0.5, b.waist_y),
        (b.hip * 0.6, b.hip_y),
        (b.hip * 0.6, b.hip_y + 40),
    ]
    pen.fill([*spline(right).tolist(), (b.hip + 60, b.hip_y + 40), (b.shoulder + 60, 0)], tones.shade, clip, 0.85)
    if b.bust:
        for side in (-1, 1):
            pen.line(
                [(side * b.chest * 0.96, 76), (side * b.chest * 0.62, 98), (side * b.chest * 0.16, 96)],
                4.0 * b.bust,
                tones.shade,
                clip,
                (0, 0.7, 1, 0),
            )
    folds(wear, tones, clip)
    pen.edge(path, 1.6, tones.line, clip)
    pen.line(spline(neckline), 1.6, tones.line, taper=(1, 1))
    return clip


def folds(wear: Wear, tones: Tones, clip: Stencil) -> None:
    """Creases from the armpits and at the waist."""
    pen, b = wear.pen, wear.build
    for side in (-1, 1):
        pen.line(
            [(side * (b.chest + 4), 58), (side * b.chest * 0.78, 66), (side * b.chest * 0.56, 66)],
            1.6,
            tones.line,
            clip,
            (1, 0.7, 0),
        )
        pen.line(
            [
                (side * (b.waist + 6), b.waist_y - 4),
                (side * b.waist * 0.62, b.waist_y + 5),
                (side * b.waist * 0.3, b.waist_y + 4),
            ],
            1.5,
            tones.line,
            clip,
            (1, 0.6, 0),
        )
        pen.line(
            [
                (side * (b.waist + 6), b.waist_y + 12),
                (side * b.waist * 0.74, b.waist_y + 15),
                (side * b.waist * 0.5, b.waist_y + 12),
            ],
            3.4,
            tones.shade,
            clip,
            (1, 0.6, 0),
        )


def skirt(wear: Wear, tones: Tones, length: float, flare: float, pleats: int = 0, trim: Tones | None = None) -> None:
    """A skirt from the waist, `length` units long and `flare` wider at the hem; pleated or softly folded."""
    pen, b = wear.pen, wear.build
    top_y, low = b.waist_y + 8, b.waist_y + 8 + length
    hem_w = b.hip + flare
    count = pleats or 6
    x = np.linspace(-hem_w, hem_w, count * 2 + 1)
    hem = low + 8 * np.cos(x / hem_w * 1.4) + np.where(np.arange(len(x)) % 2, -5.0, 2.0)
    flank = spline([(b.waist + 3, top_y), (b.hip + flare * 0.32, top_y + length * 0.42), (hem_w, low)])
    path = np.vstack([(flank * (-1, 1))[::-1], flank, np.stack([x, hem], axis=1)[::-1]])
    pen.fill(path, tones.base)
    clip = pen.stencil(path)
    for i in range(1, len(x) - 1):
        up = (x[i] * (b.waist + 3) / hem_w, top_y)
        mid = between(up, (x[i], hem[i]), 0.5, 0.03 if x[i] < 0 else -0.03)
        if i % 2:
            pen.fill(
                [
                    up,
                    mid,
                    (x[i], hem[i] + 6),
                    (x[i + 1], hem[i + 1] + 6),
                    between(up, (x[i + 1], hem[i + 1]), 0.5),
                ],
                tones.shade,
                clip,
                0.9 if pleats else 0.6,
            )
        if pleats or i % 2:
            pen.line([up, mid, (x[i], hem[i])], 1.3, tones.line, clip, (0.5, 1, 1) if pleats else (0, 0.6, 1))
    if trim:
        band = np.stack([x, hem - 9], axis=1)
        pen.line(band, 4.0, trim.base, clip, (1, 1))
    pen.edge(path, 1.6, tones.line)


def trousers(wear: Wear, tones: Tones, loose: float, shoes: Tones) -> None:
    """Two legs of cloth, a seat, and shoes."""
    pen, b = wear.pen, wear.build
    for side in (-1, 1):
        draw_shoe(pen, b, side, shoes)
        draw_leg(pen, b, side, tones, loose)
    seat = outline(
        [
            (-b.hip - 1, b.hip_y - 20, 1),
            (-b.hip - 2, b.hip_y + 14, 1),
            (0, b.hip_y + 44, 1),
            (b.hip + 2, b.hip_y + 14, 1),
            (b.hip + 1, b.hip_y - 20, 1),
        ]
    )
    pen.fill(seat, tones.base)
    pen.line([(0, b.hip_y + 10), (1, b.hip_y + 30), (0, b.hip_y + 48)], 1.6, tones.line)
    for side in (-1, 1):
        pen.line(
            [
                (side * 6, b.hip_y + 30),
                (side * b.hip * 0.5, b.hip_y + 24),
                (side * b.hip * 0.8, b.hip_y + 14),
            ],
            1.4,
            tones.line,
        )
        knee = (side * b.hip * 0.47, b.knee_y)
        pen.line([(knee[0] - 12, knee[1] - 3), knee, (knee[0] + 9, knee[1] - 6)], 1.4, tones.line)


def bare_legs(wear: Wear, socks: Tones | None, sock_top: float, shoes: Tones) -> None:
    """Bare legs, with socks or stockings up to `sock_top` of the shin, and shoes."""
    for side in (-1, 1):
        draw_leg(wear.pen, wear.build, side, wear.skin)
        if socks:
            draw_sock(wear.pen, wear.build, side, socks, sock_top)
        draw_shoe(wear.pen, wear.build, side, shoes)


def bow(pen: Pen, at: tuple[float, float], size: float, tones: Tones, tails: bool = True) -> None:
    """A tied bow, with or without hanging ends."""
    x, y = at
    for side in (-1, 1):
        if tails:
            end = outline(
                [
                    (x, y, 1),
                    (x + side * 0.5 * size, y + 0.5 * size),
                    (x + side * 0.75 * size, y + 1.6 * size, 1),
                    (x + side * 0.38 * size, y + 1.42 * size, 1),
                    (x + side * 0.1 * size, y + 1.5 * size, 1),
                ]
            )
            pen.shape(end, tones, 1.3)
            pen.line(
                [(x + side * 0.3 * size, y + 0.5 * size), (x + side * 0.5 * size, y + 1.4 * size)],
                size * 0.16,
                tones.shade,
                pen.stencil(end),
                (1, 1),
            )
        loop = outline(
            [
                (x, y, 1),
                (x + side * 0.6 * size, y - 0.62 * size),
                (x + side * 1.2 * size, y - 0.45 * size),
                (x + side * 1.18 * size, y + 0.4 * size),
                (x + side * 0.6 * size, y + 0.42 * size),
            ]
        )
        pen.shape(loop, tones, 1.4)
        clip = pen.stencil(loop)
        pen.fill(oval(x + side * 1.0 * size, y + 0.3 * size, 0.75 * size, 0.36 * size), tones.shade, clip, 0.85)
        pen.line(
            [
                (x + side * 0.15 * size, y),
                (x + side * 0.5 * size, y - 0.1 * size),
                (x + side * 0.8 * size, y - 0.14 * size),
            ],
            1.3,
            tones.line,
            clip,
            (1, 0.6, 0),
        )
    knot = oval(x, y, 0.26 * size, 0.3 * size)
    pen.shape(knot, tones, 1.4)


def buttons(wear: Wear, x: float, heights: Sequence[float], tones: Tones, r: float = 3.2) -> None:
    """A row of round buttons."""
    for y in heights:
        wear.pen.shape(oval(x, y, r, r), tones, 1.1)
        wear.pen.fill(oval(x - r * 0.3, y - r * 0.3, r * 0.35, r * 0.35), tones.light)


def flap(pen: Pen, points: Points, tones: Tones, shade: bool = True) -> Stencil:
    """A flat piece of cloth with an inked edge and a soft shaded lower rim; returns its stencil."""
    path = outline(points)
    pen.fill(path, tones.base)
    clip = pen.stencil(path)
    if shade:
        pen.fill(path, tones.shade, clip.without(pen.stencil(moved(path, -4, -5))), 0.8)
    pen.edge(path, 1.5, tones.line)
    return clip


def both(points: Points, side: int) -> list[tuple[float, ...]]:
    """The points on the given side of the body."""
    return [(side * p[0], *p[1:]) for p in points]


def band(pen: Pen, spine: Points, width: float, tones: Tones) -> None:
    """A strap or belt of even width."""
    path: Path = ribbon(spine, [width, width])
    pen.shape(path, tones, 1.4)
    pen.line(moved(spine, 0, width * 0.28), width * 0.34, tones.shade, pen.stencil(path), (1, 1))


def frill(wear: Wear, spine: list[tuple[float, ...]], size: float) -> None:
    """A row of small rounds, one every `size` units along the spine."""
    line = spline(spine)
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(size / 2, far[-1], size)
    from_x, from_y = np.interp(at, far, line[:, 0]), np.interp(at, far, line[:, 1])
    for x, y in zip(from_x, from_y, strict=True):
        wear.pen.shape(oval(x, y, size * 0.72, size * 0.66), wear.accent, 1.2)
        wear.pen.fill(oval(x + size * 0.15, y + size * 0.25, size * 0.4, size * 0.3), wear.accent.shade)


def paler(tones: Tones) -> Tones:
    """A lapel: the same cloth, a little lighter."""
    return Tones(mix(tones.base, tones.light, 0.14), tones.shade, tones.light, tones.line)


def nothing(wear: Wear) -> None:
    """Nothing lies over the arms."""
    del wear


def flower(pen: Pen, at: tuple[float, float], r: float, tone: Tones) -> None:
    """A flower of five petals."""
    for angle in np.arange(5) * 2 * np.pi / 5 - np.pi / 2:
        pen.shape(
            oval(at[0] + r * 0.8 * np.cos(angle), at[1] + r * 0.8 * np.sin(angle), r * 0.66, r * 0.66),
            tone,
            1.0,
        )
    pen.fill(oval(*at, r * 0.62, r * 0.62), (246, 190, 70))
