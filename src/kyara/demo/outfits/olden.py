"""Outfits of older days: kimono with haori, plate armour. Body units."""

from kyara.demo.body import Sleeve
from kyara.demo.colours import cloth, mix
from kyara.demo.outfits.garments import (
    Cut,
    Wear,
    band,
    both,
    bow,
    flap,
    paler,
    top,
    trousers,
)
from kyara.demo.shapes import outline, oval, ribbon

_BROWN = cloth("#7a4a33")
_STRAW = cloth("#d9bd7e")
_UNDER = cloth("#4a4258")


def _kimono_lower(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    for side in (-1, 1):
        band(pen, both([(b.hip * 0.3, b.ankle_y + 22), (b.hip * 0.56, b.ankle_y + 22)], side), 12, _STRAW)
    robe = [
        (-b.waist - 4, b.waist_y, 1),
        (b.waist + 4, b.waist_y, 1),
        (b.hip + 14, b.hip_y + 40),
        (b.hip + 10, b.ankle_y + 14, 1),
        (-b.hip - 10, b.ankle_y + 14, 1),
        (-b.hip - 14, b.hip_y + 40),
    ]
    clip = flap(pen, robe, wear.second)
    pen.line([(10, b.waist_y), (16, b.knee_y), (8, b.ankle_y + 16)], 1.7, wear.second.line, clip, (1, 1))
    for x in (-34, 36):
        pen.line(
            [(x * 0.7, b.hip_y + 20), (x, b.knee_y), (x * 0.9, b.ankle_y + 10)],
            9,
            wear.second.shade,
            clip,
            (0, 1, 0.6),
        )


def _kimono_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 3, [(-17, -8), (0, 62), (17, -8)])
    for side in (1, -1):
        flap(
            pen,
            both([(13, -12, 1), (24, -2), (20, 40), (-10, 86, 1), (-22, 86, 1), (2, 44)], side),
            paler(wear.second),
        )
    band(
        pen,
        [(-b.waist - 4, b.waist_y - 2), (0, b.waist_y + 2), (b.waist + 4, b.waist_y - 2)],
        22,
        wear.accent,
    )
    _haori(wear)


def _haori(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    for side in (-1, 1):
        s = b.shoulder
        half = [
            (24, -10, 1),
            (s - 6, 10),
            (s + 6, 40),
            (b.chest + 12, 74),
            (b.waist + 14, b.waist_y),
            (b.hip + 20, b.hip_y + 90, 1),
            (26, b.hip_y + 96, 1),
            (30, b.waist_y),
            (34, 50),
        ]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line(
                [(b.chest + 10, 40), (b.waist + 8, b.waist_y), (b.hip + 14, b.hip_y + 90)],
                30,
                wear.main.shade,
                clip,
                (1, 1),
            )
        pen.line(
            both([(26, -6), (37, 50), (33, b.waist_y), (29, b.hip_y + 94)], side),
            7,
            mix(wear.main.base, wear.main.light, 0.4),
            clip,
            (1, 1),
        )
        pen.line(
            both([(31, -2), (42, 50), (38, b.waist_y), (34, b.hip_y + 94)], side),
            1.3,
            wear.main.line,
            clip,
            (1, 1),
        )


def _kimono_over(wear: Wear) -> None:
    pen, b = wear.pen, wear.build
    pen.shape(ribbon([(-32, 92), (0, 97), (32, 92)], [4, 4]), wear.accent, 1.1)
    bow(pen, (0, 97), 9, wear.accent)
    for side in (-1, 1):
        x, y = side * b.chest * 0.78, 62
        pen.fill(oval(x, y, 6.4, 6.4), wear.second.base)
        pen.fill(oval(x, y, 3.4, 3.4), wear.main.base)


def _armour_lower(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    trousers(wear, cloth("#4a4258"), 2, wear.main)
    for side in (-1, 1):
        x = b.hip * 0.46
        flap(
            pen,
            both(
                [
                    (x - 20, b.knee_y + 18, 1),
                    (x + 20, b.knee_y + 18, 1),
                    (x + 17, b.ankle_y, 1),
                    (x - 17, b.ankle_y, 1),
                ],
                side,
            ),
            wear.main,
        )
        flap(
            pen,
            both(
                [
                    (x - 22, b.knee_y - 8),
                    (x, b.knee_y - 24),
                    (x + 22, b.knee_y - 8),
                    (x + 15, b.knee_y + 22),
                    (x, b.knee_y + 30),
                    (x - 15, b.knee_y + 22),
                ],
                side,
            ),
            wear.main,
        )


def _armour_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    flap(
        pen,
        [
            (-b.hip - 8, b.waist_y + 10, 1),
            (b.hip + 8, b.waist_y + 10, 1),
            (b.hip + 14, b.hip_y + 60, 1),
            (14, b.hip_y + 84),
            (0, b.hip_y + 110, 1),
            (-14, b.hip_y + 84),
            (-b.hip - 14, b.hip_y + 60, 1),
        ],
        wear.second,
    )
    clip = top(wear, wear.main, 4, [(-20, -8), (0, 8), (20, -8)])
    pen.line(
        [(-b.chest * 0.5, 44), (-b.chest * 0.3, 72), (-b.chest * 0.42, 96)],
        11,
        wear.main.light,
        clip,
        (0, 1, 0),
    )
    pen.line([(0, 10), (3, 60), (0, b.waist_y)], 1.8, wear.main.line, clip, (1, 1))
    for y, dip in ((b.waist_y - 22, 10), (b.waist_y + 2, 8)):
        pen.line([(-80, y - 6), (0, y + dip), (80, y - 6)], 2.2, wear.main.line, clip, (1, 1))
        pen.line([(-80, y - 9), (0, y + dip - 3), (80, y - 9)], 1.8, wear.main.light, clip, (1, 1))
    _faulds(wear)


def _faulds(wear: Wear) -> None:
    """The belt and the plates that hang from it."""
    b, pen = wear.build, wear.pen
    band(pen, [(-b.waist - 5, b.waist_y + 14), (0, b.waist_y + 19), (b.waist + 5, b.waist_y + 14)], 14, _BROWN)
    pen.shape(
        outline(
            [
                (-11, b.waist_y + 9, 1),
                (11, b.waist_y + 9, 1),
                (11, b.waist_y + 29, 1),
                (-11, b.waist_y + 29, 1),
            ]
        ),
        wear.accent,
    )
    for side in (-1, 1):
        flap(
            pen,
            both(
                [
                    (b.hip * 0.3, b.waist_y + 24, 1),
                    (b.hip + 10, b.waist_y + 22, 1),
                    (b.hip + 18, b.hip_y + 36),
                    (b.hip * 0.8, b.hip_y + 62, 1),
                    (b.hip * 0.34, b.hip_y + 36),
                ],
                side,
            ),
            wear.main,
        )


def _armour_over(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    s = b.shoulder
    flap(
        pen,
        [
            (-s - 4, 16, 1),
            (-26, -16),
            (-12, -18, 1),
            (0, 16),
            (12, -18, 1),
            (26, -16),
            (s + 4, 16, 1),
            (s - 14, 32),
            (24, 30),
            (0, 40),
            (-24, 30),
            (-s + 14, 32),
        ],
        wear.second,
    )
    for side in (-1, 1):
        for i in (2, 1, 0):
            y = 22 + i * 19
            half = [
                (s - 30 + i * 4, y - 2, 1),
                (s - 14, y - 22 + i * 5),
                (s + 10 - i, y - 10),
                (s + 20 - i * 2, y + 20, 1),
                (s - 4, y + 27),
                (s - 26 + i * 4, y + 18, 1),
            ]
            clip = flap(pen, both(half, side), wear.main)
            pen.line(
                both([(s + 19 - i * 2, y + 17), (s - 4, y + 23), (s - 25 + i * 4, y + 15)], side),
                3.2,
                wear.accent.base,
                clip,
                (1, 1),
            )
            pen.line(
                both([(s - 18, y - 8), (s - 6, y - 12), (s + 4, y - 7)], side),
                4,
                wear.main.light,
                clip,
                (0, 1, 0),
            )
    pen.shape(oval(0, 32, 9, 9), wear.accent)
    pen.fill(oval(0, 32, 5, 5), (72, 120, 208))
    pen.fill(oval(-1.6, 30.4, 1.6, 1.6), (255, 255, 255))


OLDEN: dict[str, Cut] = {
    "kimono": Cut(_kimono_lower, _kimono_top, _kimono_over, lambda w: Sleeve(w.main, 0.9, 14, 30)),
    "armour": Cut(
        _armour_lower, _armour_top, _armour_over, lambda w: Sleeve(_UNDER, 1.0, 2, 2, cuff=w.main, glove=w.main)
    ),
}
