"""Costumes: gothic dress, kimono, armour, maid dress, traveller's tunic. Body units."""

import numpy as np

from kyara.demo.body import Sleeve
from kyara.demo.colours import cloth, mix
from kyara.demo.garments import Cut, Wear, band, bare_legs, both, bow, buttons, flap, skirt, top, trousers
from kyara.demo.outfits import OUTFITS, paler
from kyara.demo.shapes import outline, oval, ribbon, spline

_BLACK, _GOLD, _BROWN, _STRAW = cloth("#33323f"), cloth("#e8b84a"), cloth("#6d4632"), cloth("#d9bd7e")


def _gothic_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 1.0, _BLACK)


def _gothic_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    skirt(wear, wear.main, b.knee_y - b.waist_y + 20, 48, 7, wear.second)
    skirt(wear, wear.second, 46, 10, 8)
    top(wear, wear.main, 1, [(-b.shoulder * 0.62, 14), (-b.chest * 0.5, 34), (0, 42), (b.chest * 0.5, 34), (b.shoulder * 0.62, 14)])
    flap(pen, [(-15, 52, 1), (15, 52, 1), (11, b.waist_y, 1), (0, b.waist_y + 16, 1), (-11, b.waist_y, 1)], wear.second)
    for y in (64, 80, 96, 112):
        pen.line([(-11, y), (11, y + 9)], 1.8, wear.accent.base, taper=(1, 1))
        pen.line([(11, y), (-11, y + 9)], 1.8, wear.accent.base, taper=(1, 1))


def _frill(wear: Wear, spine: list[tuple[float, ...]], size: float) -> None:
    """A row of small rounds, one every `size` units along the spine."""
    line = spline(spine)
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(size / 2, far[-1], size)
    from_x, from_y = np.interp(at, far, line[:, 0]), np.interp(at, far, line[:, 1])
    for x, y in zip(from_x, from_y, strict=True):
        wear.pen.shape(oval(x, y, size * 0.72, size * 0.66), wear.accent, 1.2)
        wear.pen.fill(oval(x + size * 0.15, y + size * 0.25, size * 0.4, size * 0.3), wear.accent.shade)


def _gothic_over(wear: Wear) -> None:
    b = wear.build
    _frill(wear, [(-b.shoulder * 0.66, 15), (-b.chest * 0.5, 36), (0, 44), (b.chest * 0.5, 36), (b.shoulder * 0.66, 15)], 9)
    bow(wear.pen, (0, 52), 13, wear.second, tails=False)


def _kimono_lower(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    for side in (-1, 1):
        band(pen, both([(b.hip * 0.3, b.ankle_y + 22), (b.hip * 0.56, b.ankle_y + 22)], side), 12, _STRAW)
    robe = [(-b.waist - 4, b.waist_y, 1), (b.waist + 4, b.waist_y, 1), (b.hip + 14, b.hip_y + 40), (b.hip + 10, b.ankle_y + 14, 1), (-b.hip - 10, b.ankle_y + 14, 1), (-b.hip - 14, b.hip_y + 40)]
    clip = flap(pen, robe, wear.second)
    pen.line([(10, b.waist_y), (16, b.knee_y), (8, b.ankle_y + 16)], 1.7, wear.second.line, clip, (1, 1))
    for x in (-34, 36):
        pen.line([(x * 0.7, b.hip_y + 20), (x, b.knee_y), (x * 0.9, b.ankle_y + 10)], 9, wear.second.shade, clip, (0, 1, 0.6))


def _kimono_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 3, [(-17, -8), (0, 62), (17, -8)])
    for side in (1, -1):
        flap(pen, both([(13, -12, 1), (24, -2), (20, 40), (-10, 86, 1), (-22, 86, 1), (2, 44)], side), paler(wear.second))
    band(pen, [(-b.waist - 4, b.waist_y - 2), (0, b.waist_y + 2), (b.waist + 4, b.waist_y - 2)], 22, wear.accent)
    for side in (-1, 1):
        s = b.shoulder
        half = [(24, -10, 1), (s - 6, 10), (s + 6, 40), (b.chest + 12, 74), (b.waist + 14, b.waist_y), (b.hip + 20, b.hip_y + 90, 1), (26, b.hip_y + 96, 1), (30, b.waist_y), (34, 50)]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line([(b.chest + 10, 40), (b.waist + 8, b.waist_y), (b.hip + 14, b.hip_y + 90)], 30, wear.main.shade, clip, (1, 1))
        pen.line(both([(26, -6), (37, 50), (33, b.waist_y), (29, b.hip_y + 94)], side), 7, mix(wear.main.base, wear.main.light, 0.4), clip, (1, 1))
        pen.line(both([(31, -2), (42, 50), (38, b.waist_y), (34, b.hip_y + 94)], side), 1.3, wear.main.line, clip, (1, 1))


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
        flap(pen, both([(x - 20, b.knee_y + 18, 1), (x + 20, b.knee_y + 18, 1), (x + 17, b.ankle_y, 1), (x - 17, b.ankle_y, 1)], side), wear.main)
        flap(pen, both([(x - 22, b.knee_y - 8), (x, b.knee_y - 24), (x + 22, b.knee_y - 8), (x + 15, b.knee_y + 22), (x, b.knee_y + 30), (x - 15, b.knee_y + 22)], side), wear.main)


def _armour_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    flap(pen, [(-b.hip - 8, b.waist_y + 10, 1), (b.hip + 8, b.waist_y + 10, 1), (b.hip + 14, b.hip_y + 60, 1), (14, b.hip_y + 84), (0, b.hip_y + 110, 1), (-14, b.hip_y + 84), (-b.hip - 14, b.hip_y + 60, 1)], wear.second)
    clip = top(wear, wear.main, 4, [(-20, -8), (0, 8), (20, -8)])
    pen.line([(-b.chest * 0.5, 44), (-b.chest * 0.3, 72), (-b.chest * 0.42, 96)], 11, wear.main.light, clip, (0, 1, 0))
    pen.line([(0, 10), (3, 60), (0, b.waist_y)], 1.8, wear.main.line, clip, (1, 1))
    for y, dip in ((b.waist_y - 22, 10), (b.waist_y + 2, 8)):
        pen.line([(-80, y - 6), (0, y + dip), (80, y - 6)], 2.2, wear.main.line, clip, (1, 1))
        pen.line([(-80, y - 9), (0, y + dip - 3), (80, y - 9)], 1.8, wear.main.light, clip, (1, 1))
    band(pen, [(-b.waist - 5, b.waist_y + 14), (0, b.waist_y + 19), (b.waist + 5, b.waist_y + 14)], 14, _BROWN)
    pen.shape(outline([(-11, b.waist_y + 9, 1), (11, b.waist_y + 9, 1), (11, b.waist_y + 29, 1), (-11, b.waist_y + 29, 1)]), wear.accent)
    for side in (-1, 1):
        flap(pen, both([(b.hip * 0.3, b.waist_y + 24, 1), (b.hip + 10, b.waist_y + 22, 1), (b.hip + 18, b.hip_y + 36), (b.hip * 0.8, b.hip_y + 62, 1), (b.hip * 0.34, b.hip_y + 36)], side), wear.main)


def _armour_over(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    s = b.shoulder
    flap(pen, [(-s - 4, 16, 1), (-26, -16), (-12, -18, 1), (0, 16), (12, -18, 1), (26, -16), (s + 4, 16, 1), (s - 14, 32), (24, 30), (0, 40), (-24, 30), (-s + 14, 32)], wear.second)
    for side in (-1, 1):
        for i in (2, 1, 0):
            y = 22 + i * 19
            half = [(s - 30 + i * 4, y - 2, 1), (s - 14, y - 22 + i * 5), (s + 10 - i, y - 10), (s + 20 - i * 2, y + 20, 1), (s - 4, y + 27), (s - 26 + i * 4, y + 18, 1)]
            clip = flap(pen, both(half, side), wear.main)
            pen.line(both([(s + 19 - i * 2, y + 17), (s - 4, y + 23), (s - 25 + i * 4, y + 15)], side), 3.2, wear.accent.base, clip, (1, 1))
            pen.line(both([(s - 18, y - 8), (s - 6, y - 12), (s + 4, y - 7)], side), 4, wear.main.light, clip, (0, 1, 0))
    pen.shape(oval(0, 32, 9, 9), wear.accent)
    pen.fill(oval(0, 32, 5, 5), (72, 120, 208))
    pen.fill(oval(-1.6, 30.4, 1.6, 1.6), (255, 255, 255))


def _maid_lower(wear: Wear) -> None:
    bare_legs(wear, wear.second, 1.0, _BLACK)


def _maid_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    length = b.knee_y - b.waist_y - 10
    skirt(wear, wear.main, length, 38, 0, wear.second)
    low = b.waist_y + length - 18
    top(wear, wear.main, 2, [(-15, -6), (0, 6), (15, -6)])
    clip = flap(pen, [(-b.waist * 0.8, b.waist_y, 1), (b.waist * 0.8, b.waist_y, 1), (b.hip * 0.98, b.hip_y + 10), (b.hip * 0.98, low - 10), (b.hip * 0.5, low + 8), (0, low + 12), (-b.hip * 0.5, low + 8), (-b.hip * 0.98, low - 10), (-b.hip * 0.98, b.hip_y + 10)], wear.second)
    for x in (-22, 4, 26):
        pen.line([(x * 0.7, b.waist_y + 12), (x, b.hip_y + 30), (x * 1.2, low)], 6, wear.second.shade, clip, (0, 1, 0.3))
    flap(pen, [(-b.chest * 0.52, 46, 1), (0, 40), (b.chest * 0.52, 46, 1), (b.waist * 0.72, b.waist_y, 1), (-b.waist * 0.72, b.waist_y, 1)], wear.second)
    band(pen, [(-b.waist - 3, b.waist_y + 4), (0, b.waist_y + 8), (b.waist + 3, b.waist_y + 4)], 12, wear.second)


def _maid_over(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    white = Wear(pen, b, wear.skin, wear.main, wear.second, wear.second)
    for side in (-1, 1):
        _frill(white, both([(b.shoulder * 0.78, 14), (b.chest * 0.86, 36), (b.chest * 0.56, 60)], side), 10)
        band(pen, both([(b.shoulder * 0.56, 6), (b.chest * 0.66, 30), (b.chest * 0.48, 56)], side), 9, wear.second)
        flap(pen, both([(0, 8, 1), (8, -6), (15, -14, 1), (26, 0), (28, 14, 1), (14, 24)], side), wear.second)
    bow(pen, (0, 20), 15, wear.accent)


def _tunic_lower(wear: Wear) -> None:
    bare_legs(wear, _BROWN, 0.9, _BROWN)


def _tunic_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 2, [(-18, -6), (0, 34), (18, -6)])
    skirt(wear, wear.main, 104, 18, 0, wear.second)
    flap(pen, [(-b.shoulder * 0.66, 10, 1), (-24, 2, 1), (0, 70, 1), (24, 2, 1), (b.shoulder * 0.66, 10, 1), (b.chest + 4, 70), (b.waist + 4, b.waist_y, 1), (-b.waist - 4, b.waist_y, 1), (-b.chest - 4, 70)], wear.main)
    pen.line([(-21, 6), (0, 66), (21, 6)], 3.0, wear.second.shade, taper=(1, 1))
    band(pen, [(-b.waist - 5, b.waist_y + 4), (0, b.waist_y + 9), (b.waist + 5, b.waist_y + 4)], 15, wear.accent)
    pen.edge(oval(0, b.waist_y + 8, 9, 10), 4, _GOLD.base)
    flap(pen, [(26, b.waist_y + 12, 1), (46, b.waist_y + 9, 1), (50, b.waist_y + 36), (38, b.waist_y + 42), (27, b.waist_y + 36)], wear.accent)
    band(pen, [(-b.shoulder * 0.7, 12), (0, 74), (b.waist + 2, b.waist_y - 4)], 9, wear.accent)


def _tunic_over(wear: Wear) -> None:
    s, pen = wear.build.shoulder, wear.pen
    for side in (-1, 1):
        flap(pen, both([(15, -20, 1), (38, -8), (s + 4, 16), (s - 2, 44, 1), (s * 0.5, 38), (2, 30, 1), (12, 4)], side), cloth("#a8542f"))
    pen.shape(oval(0, 27, 7.5, 7.5), _GOLD)
    buttons(wear, 0, [27], cloth("#3f8fd0"), 4)


COSTUMES: dict[str, Cut] = {
    "gothic": Cut(_gothic_lower, _gothic_top, _gothic_over, lambda w: Sleeve(w.main, 1.0, 6, 14, 6, cuff=w.second)),
    "kimono": Cut(_kimono_lower, _kimono_top, _kimono_over, lambda w: Sleeve(w.main, 0.9, 14, 30)),
    "armour": Cut(_armour_lower, _armour_top, _armour_over, lambda w: Sleeve(cloth("#4a4258"), 1.0, 2, 2, cuff=w.main, glove=w.main)),
    "maid": Cut(_maid_lower, _maid_top, _maid_over, lambda w: Sleeve(w.main, 0.5, 8, 2, 12, cuff=w.second, glove=w.second)),
    "tunic": Cut(_tunic_lower, _tunic_top, _tunic_over, lambda w: Sleeve(w.second, 0.8, 8, 10, cuff=w.accent)),
}

CUTS: dict[str, Cut] = OUTFITS | COSTUMES
