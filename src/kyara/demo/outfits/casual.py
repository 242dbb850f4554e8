"""Outfits of the young: sailor uniform, hoodie, overalls, track suit. Body units."""

from kyara.demo.body import Sleeve
from kyara.demo.colours import Tones, cloth, mix
from kyara.demo.outfits.garments import (
    Cut,
    Wear,
    band,
    bare_legs,
    both,
    bow,
    buttons,
    flap,
    skirt,
    top,
    trousers,
)
from kyara.demo.shapes import oval

_BLACK = cloth("#33323f")
_WHITE = cloth("#f7f7fb")
_BROWN = cloth("#7a4a33")
_GOLD = cloth("#e8b84a")
_STEEL = cloth("#c9ced8")


def _sailor_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 0.86, _BROWN)


def _sailor_top(wear: Wear) -> None:
    top(wear, wear.main, 2, [(-17, -4), (0, 46), (17, -4)])
    skirt(wear, wear.second, wear.build.knee_y - wear.build.waist_y - 62, 16, 9)
    band(
        wear.pen,
        [
            (-wear.build.waist - 3, wear.build.waist_y + 8),
            (0, wear.build.waist_y + 11),
            (wear.build.waist + 3, wear.build.waist_y + 8),
        ],
        9,
        wear.second,
    )


def _sailor_over(wear: Wear) -> None:
    s = wear.build.shoulder
    for side in (-1, 1):
        half = [(12, -9, 1), (25, 0), (s - 10, 12, 1), (s - 12, 26), (s * 0.55, 46), (3, 62, 1), (15, 20)]
        flap(wear.pen, both(half, side), wear.second)
        wear.pen.line(both([(s - 15, 16), (s - 18, 26), (s * 0.5, 40), (9, 51)], side), 2.2, _WHITE.base, taper=(1, 1))
    bow(wear.pen, (0, 64), 22, wear.accent)


def _hoodie_lower(wear: Wear) -> None:
    bare_legs(wear, _WHITE, 0.4, cloth("#e0574a"))
    for side in (-1, 1):
        b = wear.build
        flap(
            wear.pen,
            both(
                [
                    (2, b.hip_y - 10, 1),
                    (b.hip + 3, b.hip_y - 10, 1),
                    (b.hip + 5, b.hip_y + 58, 1),
                    (6, b.hip_y + 62, 1),
                ],
                side,
            ),
            wear.accent,
        )


def _hoodie_top(wear: Wear) -> None:
    b = wear.build
    top(wear, wear.main, 9, [(-17, -4), (0, 16), (17, -4)])
    band(wear.pen, [(-b.hip - 9, b.hip_y + 22), (0, b.hip_y + 27), (b.hip + 9, b.hip_y + 22)], 14, wear.main)
    flap(
        wear.pen,
        [
            (-26, b.waist_y + 4, 1),
            (26, b.waist_y + 4, 1),
            (38, b.waist_y + 34),
            (38, b.hip_y + 8, 1),
            (-38, b.hip_y + 8, 1),
            (-38, b.waist_y + 34),
        ],
        wear.main,
    )


def _hood(wear: Wear, tones: Tones) -> None:
    for side in (-1, 1):
        clip = flap(
            wear.pen,
            both([(14, -24, 1), (30, -20), (50, -4), (44, 16), (22, 32), (2, 44, 1), (8, 20)], side),
            tones,
        )
        wear.pen.line(both([(16, -14), (24, 4), (14, 24)], side), 7, tones.shade, clip)


def _hoodie_over(wear: Wear) -> None:
    _hood(wear, wear.main)
    for side in (-1, 1):
        wear.pen.line(both([(8, 34), (11, 60), (9, 84)], side), 3.4, wear.second.base, taper=(1, 1))
        wear.pen.line(both([(9, 80), (9, 90)], side), 4.6, wear.second.shade, taper=(1, 1))


def _overalls_lower(wear: Wear) -> None:
    trousers(wear, wear.main, 8, cloth("#d8574f"))


def _overalls_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    clip = top(wear, wear.second, 4, [(-13, -3), (0, 7), (13, -3)])
    for y in range(8, int(b.waist_y) + 20, 15):
        pen.line([(-80, y), (0, y + 5), (80, y)], 4.6, mix(wear.accent.base, wear.second.base, 0.12), clip, (1, 1))
    flap(
        pen,
        [
            (-b.chest * 0.62, 44, 1),
            (b.chest * 0.62, 44, 1),
            (b.chest * 0.7, b.waist_y, 1),
            (b.waist + 6, b.waist_y + 2, 1),
            (b.hip + 6, b.hip_y + 20, 1),
            (-b.hip - 6, b.hip_y + 20, 1),
            (-b.waist - 6, b.waist_y + 2, 1),
            (-b.chest * 0.7, b.waist_y, 1),
        ],
        wear.main,
    )
    flap(pen, [(-13, 58, 1), (13, 58, 1), (13, 76), (0, 83), (-13, 76)], wear.main)


def _overalls_over(wear: Wear) -> None:
    b = wear.build
    for side in (-1, 1):
        band(
            wear.pen,
            both([(b.shoulder * 0.52, 4), (b.chest * 0.6, 26), (b.chest * 0.52, 50)], side),
            10,
            wear.main,
        )
        buttons(wear, side * b.chest * 0.52, [50], _GOLD, 4)


def _track_lower(wear: Wear) -> None:
    trousers(wear, wear.accent, 8, wear.second)
    b = wear.build
    for side in (-1, 1):
        wear.pen.line(
            both(
                [
                    (b.hip + 1, b.hip_y + 10),
                    (b.hip * 0.5 + b.leg * 0.54, b.knee_y),
                    (b.hip * 0.43 + b.leg * 0.36, b.ankle_y),
                ],
                side,
            ),
            3.4,
            wear.second.base,
            taper=(1, 1),
        )


def _track_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    clip = top(wear, wear.main, 7, [(-17, -8), (0, 10), (17, -8)])
    pen.fill([(-90, -20), (90, -20), (90, 30), (0, 46), (-90, 30)], wear.accent.base, clip)
    pen.line([(-90, 31), (0, 47), (90, 31)], 4, wear.second.base, clip, (1, 1))
    pen.line([(0, 4), (1, 80), (0, b.hip_y + 26)], 3.4, _STEEL.base, clip, (1, 1))
    pen.line([(2.6, 4), (3.6, 80), (2.6, b.hip_y + 26)], 1.2, wear.main.line, clip, (1, 1))
    band(pen, [(-b.hip - 7, b.hip_y + 20), (0, b.hip_y + 25), (b.hip + 7, b.hip_y + 20)], 12, wear.accent)


def _track_over(wear: Wear) -> None:
    for side in (-1, 1):
        flap(
            wear.pen,
            both([(1, 14, 1), (10, -4), (17, -24, 1), (24, -16), (29, 4), (14, 22), (3, 30, 1)], side),
            wear.accent,
        )
    wear.pen.shape(oval(2, 34, 3, 5), _STEEL, 1.2)


CASUAL: dict[str, Cut] = {
    "sailor": Cut(_sailor_lower, _sailor_top, _sailor_over, lambda w: Sleeve(w.main, 1.0, 8, 5, cuff=w.second)),
    "hoodie": Cut(_hoodie_lower, _hoodie_top, _hoodie_over, lambda w: Sleeve(w.main, 1.0, 15, 4, cuff=w.main)),
    "overalls": Cut(
        _overalls_lower, _overalls_top, _overalls_over, lambda w: Sleeve(w.second, 0.5, 10, 4, cuff=w.accent)
    ),
    "track": Cut(_track_lower, _track_top, _track_over, lambda w: Sleeve(w.main, 1.0, 12, 2, cuff=w.accent)),
}
