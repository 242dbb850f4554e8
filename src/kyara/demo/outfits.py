"""Everyday outfits: sailor uniform, hoodie, jacket, overalls, cardigan, suit, track suit, coat. Body units."""

from kyara.demo.body import Sleeve
from kyara.demo.colours import Tones, cloth, mix
from kyara.demo.garments import Cut, Wear, band, bare_legs, both, bow, buttons, flap, skirt, top, trousers
from kyara.demo.shapes import oval

_BLACK, _WHITE, _BROWN, _DENIM = cloth("#33323f"), cloth("#f7f7fb"), cloth("#7a4a33"), cloth("#44597f")
_GOLD, _STEEL = cloth("#e8b84a"), cloth("#c9ced8")


def paler(tones: Tones) -> Tones:
    """A lapel: the same cloth, a little lighter."""
    return Tones(mix(tones.base, tones.light, 0.14), tones.shade, tones.light, tones.line)


def _sailor_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 0.86, _BROWN)


def _sailor_top(wear: Wear) -> None:
    top(wear, wear.main, 2, [(-17, -4), (0, 46), (17, -4)])
    skirt(wear, wear.second, wear.build.knee_y - wear.build.waist_y - 62, 16, 9)
    band(wear.pen, [(-wear.build.waist - 3, wear.build.waist_y + 8), (0, wear.build.waist_y + 11), (wear.build.waist + 3, wear.build.waist_y + 8)], 9, wear.second)


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
        flap(wear.pen, both([(2, b.hip_y - 10, 1), (b.hip + 3, b.hip_y - 10, 1), (b.hip + 5, b.hip_y + 58, 1), (6, b.hip_y + 62, 1)], side), wear.accent)


def _hoodie_top(wear: Wear) -> None:
    b = wear.build
    top(wear, wear.main, 9, [(-17, -4), (0, 16), (17, -4)])
    band(wear.pen, [(-b.hip - 9, b.hip_y + 22), (0, b.hip_y + 27), (b.hip + 9, b.hip_y + 22)], 14, wear.main)
    flap(wear.pen, [(-26, b.waist_y + 4, 1), (26, b.waist_y + 4, 1), (38, b.waist_y + 34), (38, b.hip_y + 8, 1), (-38, b.hip_y + 8, 1), (-38, b.waist_y + 34)], wear.main)


def _hood(wear: Wear, tones: Tones) -> None:
    for side in (-1, 1):
        clip = flap(wear.pen, both([(14, -24, 1), (30, -20), (50, -4), (44, 16), (22, 32), (2, 44, 1), (8, 20)], side), tones)
        wear.pen.line(both([(16, -14), (24, 4), (14, 24)], side), 7, tones.shade, clip)


def _hoodie_over(wear: Wear) -> None:
    _hood(wear, wear.main)
    for side in (-1, 1):
        wear.pen.line(both([(8, 34), (11, 60), (9, 84)], side), 3.4, wear.second.base, taper=(1, 1))
        wear.pen.line(both([(9, 80), (9, 90)], side), 4.6, wear.second.shade, taper=(1, 1))


def _jacket_lower(wear: Wear) -> None:
    trousers(wear, cloth("#39405a"), 8, _WHITE)


def _jacket_top(wear: Wear) -> None:
    b = wear.build
    top(wear, wear.second, 3, [(-22, 0), (0, 15), (22, 0)])
    for side in (-1, 1):
        s = b.shoulder
        half = [(20, -8, 1), (s - 6, 12), (s + 2, 40), (b.chest + 8, 70), (b.waist + 8, b.waist_y), (b.hip + 8, b.hip_y + 18, 1), (20, b.hip_y + 22, 1), (24, b.waist_y), (26, 60)]
        clip = flap(wear.pen, both(half, side), wear.main)
        if side > 0:
            wear.pen.line([(b.chest + 6, 40), (b.waist + 2, b.waist_y), (b.hip + 6, b.hip_y + 20)], 34, wear.main.shade, clip, (1, 1))
        wear.pen.line(both([(25, 10), (28, 60), (26, b.waist_y), (22, b.hip_y + 20)], side), 3.0, _STEEL.base, taper=(1, 1))
        wear.pen.line(both([(b.waist * 0.72, b.waist_y + 26), (b.waist * 0.9, b.hip_y)], side), 2.4, wear.main.line, taper=(1, 1))


def _jacket_over(wear: Wear) -> None:
    for side in (-1, 1):
        flap(wear.pen, both([(17, -22, 1), (30, -10), (46, 10, 1), (32, 44, 1), (20, 12)], side), paler(wear.main))


def _overalls_lower(wear: Wear) -> None:
    trousers(wear, wear.main, 8, cloth("#d8574f"))


def _overalls_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    clip = top(wear, wear.second, 4, [(-13, -3), (0, 7), (13, -3)])
    for y in range(8, int(b.waist_y) + 20, 15):
        pen.line([(-80, y), (0, y + 5), (80, y)], 4.6, mix(wear.accent.base, wear.second.base, 0.12), clip, (1, 1))
    flap(pen, [(-b.chest * 0.62, 44, 1), (b.chest * 0.62, 44, 1), (b.chest * 0.7, b.waist_y, 1), (b.waist + 6, b.waist_y + 2, 1), (b.hip + 6, b.hip_y + 20, 1), (-b.hip - 6, b.hip_y + 20, 1), (-b.waist - 6, b.waist_y + 2, 1), (-b.chest * 0.7, b.waist_y, 1)], wear.main)
    flap(pen, [(-13, 58, 1), (13, 58, 1), (13, 76), (0, 83), (-13, 76)], wear.main)


def _overalls_over(wear: Wear) -> None:
    b = wear.build
    for side in (-1, 1):
        band(wear.pen, both([(b.shoulder * 0.52, 4), (b.chest * 0.6, 26), (b.chest * 0.52, 50)], side), 10, wear.main)
        buttons(wear, side * b.chest * 0.52, [50], _GOLD, 4)


def _cardigan_lower(wear: Wear) -> None:
    trousers(wear, cloth("#4a4452"), 3, _BROWN)


def _cardigan_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    clip = top(wear, wear.second, 2, [(-16, -8), (0, -2), (16, -8)])
    for x in range(-24, 25, 8):
        pen.line([(x, 0), (x * 1.05, 100), (x, b.hip_y + 20)], 1.1, wear.second.shade, clip, (1, 1))
    for side in (-1, 1):
        s = b.shoulder
        half = [(22, -4, 1), (s - 6, 12), (s + 2, 38), (b.chest + 8, 70), (b.waist + 9, b.waist_y), (b.hip + 12, b.hip_y + 40, 1), (14, b.hip_y + 44, 1), (24, b.waist_y), (34, 60)]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line([(b.chest + 6, 40), (b.waist + 4, b.waist_y), (b.hip + 8, b.hip_y + 40)], 26, wear.main.shade, clip, (1, 1))
        edge = [(24, -2), (35, 60), (25, b.waist_y), (17, b.hip_y + 42)]
        pen.line(both(edge, side), 8, mix(wear.main.base, wear.main.light, 0.35), clip, (1, 1))
        pen.line(both([(30, 0), (40, 60), (30, b.waist_y), (22, b.hip_y + 42)], side), 1.2, wear.main.line, clip, (1, 1))
        flap(pen, both([(24, b.waist_y + 36, 1), (b.waist + 2, b.waist_y + 34, 1), (b.waist + 4, b.hip_y + 22, 1), (24, b.hip_y + 24, 1)], side), wear.main)


def _turtleneck(wear: Wear) -> None:
    n = wear.build.neck + 3
    clip = flap(wear.pen, [(-n, -26, 1), (0, -21), (n, -26, 1), (n + 4, -2), (n + 8, 6, 1), (0, 14), (-n - 8, 6, 1), (-n - 4, -2)], wear.second)
    for x in range(-12, 13, 6):
        wear.pen.line([(x, -22), (x * 1.2, 10)], 1.1, wear.second.shade, clip, (1, 1))
    wear.pen.line([(-n - 3, -8), (0, -3), (n + 3, -8)], 1.4, wear.second.line, clip)


def _suit_lower(wear: Wear) -> None:
    trousers(wear, wear.main, 6, _BLACK)


def _suit_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    top(wear, wear.second, 3, [(-18, -10), (0, 4), (18, -10)])
    flap(pen, [(-7, 6, 1), (7, 6, 1), (9, 20, 1), (13, b.waist_y - 20, 1), (0, b.waist_y - 4, 1), (-11, b.waist_y - 20, 1), (-8, 20, 1)], wear.accent)
    for y in (44, 66, 88, 110):
        pen.line([(-10, y + 6), (11, y - 6)], 3.0, mix(wear.accent.base, wear.accent.light, 0.6), pen.stencil([(-8, 20), (8, 20), (12, b.waist_y - 20), (0, b.waist_y - 6), (-11, b.waist_y - 20)]), (1, 1))
    flap(pen, [(-10, 2, 1), (10, 2, 1), (7, 20, 1), (-7, 20, 1)], wear.accent, False)
    for side in (-1, 1):
        s = b.shoulder
        half = [(24, -6, 1), (s - 6, 10), (s + 3, 40), (b.chest + 7, 70), (b.waist + 7, b.waist_y), (b.hip + 9, b.hip_y + 34, 1), (10, b.hip_y + 38, 1), (-3 * side, b.waist_y + 12, 1), (26, 62)]
        clip = flap(pen, both(half, side), wear.main)
        if side > 0:
            pen.line([(b.chest + 8, 40), (b.waist + 4, b.waist_y), (b.hip + 8, b.hip_y + 30)], 36, wear.main.shade, clip, (1, 1))
        flap(pen, both([(22, -8, 1), (44, 26, 1), (38, 34, 1), (50, 42, 1), (2, b.waist_y + 4, 1), (22, 66)], side), paler(wear.main))
        flap(pen, both([(15, -18, 1), (24, -12), (30, 6, 1), (12, 24, 1), (3, 6, 1)], side), wear.second)
    buttons(wear, 5, [b.waist_y + 20, b.waist_y + 46], _BLACK)


def _track_lower(wear: Wear) -> None:
    trousers(wear, wear.accent, 8, wear.second)
    b = wear.build
    for side in (-1, 1):
        wear.pen.line(both([(b.hip + 1, b.hip_y + 10), (b.hip * 0.5 + b.leg * 0.54, b.knee_y), (b.hip * 0.43 + b.leg * 0.36, b.ankle_y)], side), 3.4, wear.second.base, taper=(1, 1))


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
        flap(wear.pen, both([(1, 14, 1), (10, -4), (17, -24, 1), (24, -16), (29, 4), (14, 22), (3, 30, 1)], side), wear.accent)
    wear.pen.shape(oval(2, 34, 3, 5), _STEEL, 1.2)


def _coat_lower(wear: Wear) -> None:
    bare_legs(wear, _BLACK, 1.0, _BROWN)


def _coat_top(wear: Wear) -> None:
    b, pen = wear.build, wear.pen
    skirt(wear, wear.main, b.knee_y - b.waist_y - 30, 20)
    top(wear, wear.main, 6, [(-20, -6), (0, 40), (20, -6)])
    for side in (-1, 1):
        flap(pen, both([(14, -8, 1), (34, 2), (52, 20, 1), (38, 66, 1), (2, 104, 1), (10, 40)], side), paler(wear.main))
        buttons(wear, side * 17, [b.waist_y - 12, b.waist_y + 34], _BROWN, 4.4)
    band(pen, [(-b.waist - 7, b.waist_y + 6), (0, b.waist_y + 10), (b.waist + 7, b.waist_y + 6)], 13, paler(wear.main))
    pen.line([(1, b.waist_y + 16), (2, b.hip_y + 30), (0, b.knee_y - 30)], 1.6, wear.main.line, taper=(1, 1))


def _nothing(wear: Wear) -> None:
    del wear


OUTFITS: dict[str, Cut] = {
    "sailor": Cut(_sailor_lower, _sailor_top, _sailor_over, lambda w: Sleeve(w.main, 1.0, 8, 5, cuff=w.second)),
    "hoodie": Cut(_hoodie_lower, _hoodie_top, _hoodie_over, lambda w: Sleeve(w.main, 1.0, 15, 4, cuff=w.main)),
    "jacket": Cut(_jacket_lower, _jacket_top, _jacket_over, lambda w: Sleeve(w.main, 1.0, 13, 2, cuff=w.accent)),
    "overalls": Cut(_overalls_lower, _overalls_top, _overalls_over, lambda w: Sleeve(w.second, 0.5, 10, 4, cuff=w.accent)),
    "cardigan": Cut(_cardigan_lower, _cardigan_top, _turtleneck, lambda w: Sleeve(w.main, 1.0, 10, 6, cuff=w.main)),
    "suit": Cut(_suit_lower, _suit_top, _nothing, lambda w: Sleeve(w.main, 1.0, 10, 3, cuff=w.second)),
    "track": Cut(_track_lower, _track_top, _track_over, lambda w: Sleeve(w.main, 1.0, 12, 2, cuff=w.accent)),
    "coat": Cut(_coat_lower, _coat_top, _nothing, lambda w: Sleeve(w.main, 1.0, 11, 7, cuff=w.main)),
}
