"""Outfits that open in front: jacket, cardigan, suit, belted coat. Body units."""

from kyara.demo.body import Sleeve
from kyara.demo.colours import cloth, mix
from kyara.demo.outfits.garments import (
    Cut,
    Wear,
    band,
    bare_legs,
    both,
    buttons,
    flap,
    nothing,
    paler,
    skirt,
    top,
    trousers,
)

_BLACK = cloth("#33323f")
_WHITE = cloth("#f7f7fb")
_BROWN = cloth("#7a4a33")
_STEEL = cloth("#c9ced8")


def _jacket_lower(wear: Wear) -> None:
    trousers(wear, cloth("#39405a"), 8, _WHITE)


def _jacket_top(wear: Wear) -> None:
    b = wear.build
    top(wear, wear.second, 3, [(-22, 0), (0, 15), (22, 0)])
    for side in (-1, 1):
        s = b.shoulder
        half = [
            (20, -8, 1),
            (s - 6, 12),
            (s + 2, 40),
            (b.chest + 8, 70),
            (b.waist + 8, b.waist_y),
            (b.hip + 8, b.hip_y + 18, 1),
            (20, b.hip_y + 22, 1),
            (24, b.waist_y),
            (26, 60),
        ]
        clip = flap(wear.pen, both(half, side), wear.main)
        if side > 0:
            wear.pen.line(
                [(b.chest + 6, 40), (b.waist + 2, b.waist_y), (b.hip + 6, b.hip_y + 20)],
                34,
                wear.main.shade,
                clip,
                (1, 1),
            )
        wear.pen.line(
            both([(25, 10), (28, 60), (26, b.waist_y), (22, b.hip_y + 20)], side),
            3.0,
            _STEEL.base,
            taper=(1, 1),
        )
        wear.pen.line(
            both([(b.waist * 0.72, b.waist_y + 26), (b.waist * 0.9, b.hip_y)], side),
            2.4,
            wear.main.line,
            taper=(1, 1),
        )


def _jacket_over(wear: Wear) -> None:
    for side in (-1, 1):
        flap(
            wear.pen,
            both([(17, -22, 1), (30, -10), (46, 10, 1), (32, 44, 1), (20, 12)], side),
            paler(wear.main),
        )


def _cardigan_lower(wear: Wear) -> None:
    trousers(wear, cloth("#4a4452"), 3, _BROWN)


def _cardigan_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    clip = top(wear, wear.second, 2, [(-16, -8), (0, -2), (16, -8)])
    for x in range(-24, 25, 8):
        pen.line([(x, 0), (x * 1.05, 100), (x, b.hip_y + 20)], 1.1, wear.second.shade, clip, (1, 1))
    for side in (-1, 1):
        s = b.shoulder
        half = [
            (22, -4, 1),
            (s - 6, 12),
            (s + 2, 38),
            (b.chest + 8, 70),
            (b.waist + 9, b.waist_y),
            (b.hip + 12, b.hip_y + 40, 1),
            (14, b.hip_y + 44, 1),
            (24, b.waist_y),
            (34, 60),
        ]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line(
                [(b.chest + 6, 40), (b.waist + 4, b.waist_y), (b.hip + 8, b.hip_y + 40)],
                26,
                wear.main.shade,
                clip,
                (1, 1),
            )
        edge = [(24, -2), (35, 60), (25, b.waist_y), (17, b.hip_y + 42)]
        pen.line(both(edge, side), 8, mix(wear.main.base, wear.main.light, 0.35), clip, (1, 1))
        pen.line(
            both([(30, 0), (40, 60), (30, b.waist_y), (22, b.hip_y + 42)], side),
            1.2,
            wear.main.line,
            clip,
            (1, 1),
        )
        flap(
            pen,
            both(
                [
                    (24, b.waist_y + 36, 1),
                    (b.waist + 2, b.waist_y + 34, 1),
                    (b.waist + 4, b.hip_y + 22, 1),
                    (24, b.hip_y + 24, 1),
                ],
                side,
            ),
            wear.main,
        )


def _turtleneck(wear: Wear) -> None:
    n = wear.build.neck + 3
    clip = flap(
        wear.pen,
        [
            (-n, -26, 1),
            (0, -21),
            (n, -26, 1),
            (n + 4, -2),
            (n + 8, 6, 1),
            (0, 14),
            (-n - 8, 6, 1),
            (-n - 4, -2),
        ],
        wear.second,
    )
    for x in range(-12, 13, 6):
        wear.pen.line([(x, -22), (x * 1.2, 10)], 1.1, wear.second.shade, clip, (1, 1))
    wear.pen.line([(-n - 3, -8), (0, -3), (n + 3, -8)], 1.4, wear.second.line, clip)


def _suit_lower(wear: Wear) -> None:
    trousers(wear, wear.main, 6, _BLACK)


def _necktie(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    flap(
        pen,
        [
            (-7, 6, 1),
            (7, 6, 1),
            (9, 20, 1),
            (13, b.waist_y - 20, 1),
            (0, b.waist_y - 4, 1),
            (-11, b.waist_y - 20, 1),
            (-8, 20, 1),
        ],
        wear.accent,
    )
    for y in (44, 66, 88, 110):
        pen.line(
            [(-10, y + 6), (11, y - 6)],
            3.0,
            mix(wear.accent.base, wear.accent.light, 0.6),
            pen.stencil([(-8, 20), (8, 20), (12, b.waist_y - 20), (0, b.waist_y - 6), (-11, b.waist_y - 20)]),
            (1, 1),
        )
    flap(pen, [(-10, 2, 1), (10, 2, 1), (7, 20, 1), (-7, 20, 1)], wear.accent, False)


def _suit_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 3, [(-18, -10), (0, 4), (18, -10)])
    _necktie(wear)
    for side in (-1, 1):
        s = b.shoulder
        half = [
            (24, -6, 1),
            (s - 6, 10),
            (s + 3, 40),
            (b.chest + 7, 70),
            (b.waist + 7, b.waist_y),
            (b.hip + 9, b.hip_y + 34, 1),
            (2 - 5 * side, b.hip_y + 38, 1),
            (-3 * side, b.waist_y + 12, 1),
            (26, 62),
        ]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line(
                [(b.chest + 8, 40), (b.waist + 4, b.waist_y), (b.hip + 8, b.hip_y + 30)],
                36,
                wear.main.shade,
                clip,
                (1, 1),
            )
        flap(
            pen,
            both([(22, -8, 1), (44, 26, 1), (38, 34, 1), (50, 42, 1), (2, b.waist_y + 4, 1), (22, 66)], side),
            paler(wear.main),
        )
        flap(pen, both([(15, -18, 1), (24, -12), (30, 6, 1), (12, 24, 1), (3, 6, 1)], side), wear.second)
    buttons(wear, 5, [b.waist_y + 20, b.waist_y + 46], _BLACK)


def _coat_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 1.0, _BROWN)


def _coat_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    skirt(wear, wear.main, b.knee_y - b.waist_y - 30, 20)
    top(wear, wear.main, 6, [(-20, -6), (0, 40), (20, -6)])
    for side in (-1, 1):
        flap(
            pen,
            both([(14, -8, 1), (34, 2), (52, 20, 1), (38, 66, 1), (2, 104, 1), (10, 40)], side),
            paler(wear.main),
        )
        buttons(wear, side * 17, [b.waist_y - 12, b.waist_y + 34], _BROWN, 4.4)
    band(
        pen,
        [(-b.waist - 7, b.waist_y + 6), (0, b.waist_y + 10), (b.waist + 7, b.waist_y + 6)],
        13,
        paler(wear.main),
    )
    pen.line([(1, b.waist_y + 16), (2, b.hip_y + 30), (0, b.knee_y - 30)], 1.6, wear.main.line, taper=(1, 1))


TAILORED: dict[str, Cut] = {
    "jacket": Cut(_jacket_lower, _jacket_top, _jacket_over, lambda w: Sleeve(w.main, 1.0, 13, 2, cuff=w.accent)),
    "cardigan": Cut(_cardigan_lower, _cardigan_top, _turtleneck, lambda w: Sleeve(w.main, 1.0, 10, 6, cuff=w.main)),
    "suit": Cut(_suit_lower, _suit_top, nothing, lambda w: Sleeve(w.main, 1.0, 10, 3, cuff=w.second)),
    "coat": Cut(_coat_lower, _coat_top, nothing, lambda w: Sleeve(w.main, 1.0, 11, 7, cuff=w.main)),
}
