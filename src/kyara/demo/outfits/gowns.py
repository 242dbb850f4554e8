"""Dresses: gothic dress, maid dress, traveller's tunic. Body units."""

from kyara.demo.body import Sleeve
from kyara.demo.colours import cloth
from kyara.demo.outfits.garments import (
    Cut,
    Wear,
    band,
    bare_legs,
    both,
    bow,
    buttons,
    flap,
    frill,
    skirt,
    top,
)
from kyara.demo.shapes import oval

_BLACK = cloth("#33323f")
_BROWN = cloth("#7a4a33")
_GOLD = cloth("#e8b84a")


def _gothic_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 1.0, _BLACK)


def _gothic_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    skirt(wear, wear.main, b.knee_y - b.waist_y + 20, 48, 7, wear.second)
    skirt(wear, wear.second, 46, 10, 8)
    top(
        wear,
        wear.main,
        1,
        [
            (-b.shoulder * 0.62, 14),
            (-b.chest * 0.5, 34),
            (0, 42),
            (b.chest * 0.5, 34),
            (b.shoulder * 0.62, 14),
        ],
    )
    flap(
        pen,
        [(-15, 52, 1), (15, 52, 1), (11, b.waist_y, 1), (0, b.waist_y + 16, 1), (-11, b.waist_y, 1)],
        wear.second,
    )
    for y in (64, 80, 96, 112):
        pen.line([(-11, y), (11, y + 9)], 1.8, wear.accent.base, taper=(1, 1))
        pen.line([(11, y), (-11, y + 9)], 1.8, wear.accent.base, taper=(1, 1))


def _gothic_over(wear: Wear) -> None:
    b = wear.build
    frill(
        wear,
        [
            (-b.shoulder * 0.66, 15),
            (-b.chest * 0.5, 36),
            (0, 44),
            (b.chest * 0.5, 36),
            (b.shoulder * 0.66, 15),
        ],
        9,
    )
    bow(wear.pen, (0, 52), 13, wear.second, tails=False)


def _maid_lower(wear: Wear) -> None:
    bare_legs(wear, wear.second, 1.0, _BLACK)


def _maid_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    length = b.knee_y - b.waist_y - 10
    skirt(wear, wear.main, length, 38, 0, wear.second)
    low = b.waist_y + length - 18
    top(wear, wear.main, 2, [(-15, -6), (0, 6), (15, -6)])
    clip = flap(
        pen,
        [
            (-b.waist * 0.8, b.waist_y, 1),
            (b.waist * 0.8, b.waist_y, 1),
            (b.hip * 0.98, b.hip_y + 10),
            (b.hip * 0.98, low - 10),
            (b.hip * 0.5, low + 8),
            (0, low + 12),
            (-b.hip * 0.5, low + 8),
            (-b.hip * 0.98, low - 10),
            (-b.hip * 0.98, b.hip_y + 10),
        ],
        wear.second,
    )
    for x in (-22, 4, 26):
        pen.line(
            [(x * 0.7, b.waist_y + 12), (x, b.hip_y + 30), (x * 1.2, low)],
            6,
            wear.second.shade,
            clip,
            (0, 1, 0.3),
        )
    flap(
        pen,
        [
            (-b.chest * 0.52, 46, 1),
            (0, 40),
            (b.chest * 0.52, 46, 1),
            (b.waist * 0.72, b.waist_y, 1),
            (-b.waist * 0.72, b.waist_y, 1),
        ],
        wear.second,
    )
    band(
        pen,
        [(-b.waist - 3, b.waist_y + 4), (0, b.waist_y + 8), (b.waist + 3, b.waist_y + 4)],
        12,
        wear.second,
    )


def _maid_over(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    white = Wear(pen, b, wear.skin, wear.main, wear.second, wear.second)
    for side in (-1, 1):
        frill(white, both([(b.shoulder * 0.78, 14), (b.chest * 0.86, 36), (b.chest * 0.56, 60)], side), 10)
        band(
            pen,
            both([(b.shoulder * 0.56, 6), (b.chest * 0.66, 30), (b.chest * 0.48, 56)], side),
            9,
            wear.second,
        )
        flap(pen, both([(0, 8, 1), (8, -6), (15, -14, 1), (26, 0), (28, 14, 1), (14, 24)], side), wear.second)
    bow(pen, (0, 20), 15, wear.accent)


def _tunic_lower(wear: Wear) -> None:
    bare_legs(wear, _BROWN, 0.9, _BROWN)


def _tunic_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 2, [(-18, -6), (0, 34), (18, -6)])
    skirt(wear, wear.main, 104, 18, 0, wear.second)
    flap(
        pen,
        [
            (-b.shoulder * 0.66, 10, 1),
            (-24, 2, 1),
            (0, 70, 1),
            (24, 2, 1),
            (b.shoulder * 0.66, 10, 1),
            (b.chest + 4, 70),
            (b.waist + 4, b.waist_y, 1),
            (-b.waist - 4, b.waist_y, 1),
            (-b.chest - 4, 70),
        ],
        wear.main,
    )
    pen.line([(-21, 6), (0, 66), (21, 6)], 3.0, wear.second.shade, taper=(1, 1))
    band(
        pen,
        [(-b.waist - 5, b.waist_y + 4), (0, b.waist_y + 9), (b.waist + 5, b.waist_y + 4)],
        15,
        wear.accent,
    )
    pen.edge(oval(0, b.waist_y + 8, 9, 10), 4, _GOLD.base)
    flap(
        pen,
        [
            (26, b.waist_y + 12, 1),
            (46, b.waist_y + 9, 1),
            (50, b.waist_y + 36),
            (38, b.waist_y + 42),
            (27, b.waist_y + 36),
        ],
        wear.accent,
    )
    band(pen, [(-b.shoulder * 0.7, 12), (0, 74), (b.waist + 2, b.waist_y - 4)], 9, wear.accent)


def _tunic_over(wear: Wear) -> None:
    s, pen = wear.build.shoulder, wear.pen
    for side in (-1, 1):
        flap(
            pen,
            both(
                [(15, -20, 1), (38, -8), (s + 4, 16), (s - 2, 44, 1), (s * 0.5, 38), (2, 30, 1), (12, 4)],
                side,
            ),
            cloth("#a8542f"),
        )
    pen.shape(oval(0, 27, 7.5, 7.5), _GOLD)
    buttons(wear, 0, [27], cloth("#3f8fd0"), 4)


GOWNS: dict[str, Cut] = {
    "gothic": Cut(_gothic_lower, _gothic_top, _gothic_over, lambda w: Sleeve(w.main, 1.0, 6, 14, 6, cuff=w.second)),
    "maid": Cut(
        _maid_lower, _maid_top, _maid_over, lambda w: Sleeve(w.main, 0.5, 8, 2, 12, cuff=w.second, glove=w.second)
    ),
    "tunic": Cut(_tunic_lower, _tunic_top, _tunic_over, lambda w: Sleeve(w.second, 0.8, 8, 10, cuff=w.accent)),
}
