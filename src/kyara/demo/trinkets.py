"""What is worn or carried besides the outfit: headwear, beards, jewellery, tails, capes, books, flowers."""

import numpy as np

from kyara.demo.cast import Character
from kyara.demo.colours import HAIR, INK, WHITE, cloth, mix, tones
from kyara.demo.garments import Wear, bow, flap
from kyara.demo.layer import Pen
from kyara.demo.manes import draw_curl
from kyara.demo.shapes import moved, outline, oval, ribbon, spline

_GOLD, _RED, _WHITE, _HORN = cloth("#e8b84a"), cloth("#d8394a"), cloth("#f8f8fc"), cloth("#4b3f58")


def draw_behind(wear: Wear, who: Character) -> None:
    """Capes and tails, behind the body."""
    b, pen = wear.build, wear.pen
    if who.outfit.cut == "armour":
        path = outline([(-b.shoulder, 10, 1), (b.shoulder, 10, 1), (b.hip + 52, b.hip_y), (b.hip + 74, b.ankle_y - 30, 1), (30, b.ankle_y - 12), (-24, b.ankle_y - 34), (-b.hip - 70, b.ankle_y - 20, 1), (-b.hip - 52, b.hip_y)])
        pen.fill(path, (wear.second.base, wear.second.shade))
        clip = pen.stencil(path)
        for x in (-90, -50, 0, 48, 92):
            pen.line([(x * 0.6, 40), (x, b.hip_y), (x * 1.3, b.ankle_y)], 12, wear.second.shade, clip, (0, 0.7, 1))
        pen.edge(path, 1.6, wear.second.line)
    if "tail" in who.wears:
        tone = HAIR[who.hair.color]
        spine = [(10, b.hip_y), (86, b.hip_y + 60), (120, b.hip_y), (104, b.hip_y - 74), (130, b.hip_y - 120)]
        path = ribbon(spine, [14, 17, 19, 20, 20], round_end=True)
        pen.shape(path, tone)
        pen.line(moved(spine, 5, 3), 7, tone.shade, pen.stencil(path), (1, 1))


def draw_worn(wear: Wear, who: Character) -> None:
    """Scarf, choker and headphones, round the neck."""
    pen, n = wear.pen, wear.build.neck
    if "choker" in who.wears:
        pen.fill(ribbon([(-n - 1, -12), (0, -5), (n + 1, -12)], [7, 7]), (48, 40, 60))
        pen.shape(outline([(0, -5, 1), (4.4, 1, 1), (0, 8, 1), (-4.4, 1, 1)]), _RED, 1.1)
    if "scarf" in who.wears:
        _scarf(wear)
    if "headphones" in who.wears:
        _headphones(wear)


def _scarf(wear: Wear) -> None:
    pen, tone = wear.pen, wear.accent
    for x, length in ((14, 108), (30, 92)):
        clip = flap(pen, [(x - 12, 16, 1), (x + 12, 16, 1), (x + 16, length, 1), (x - 12, length + 4, 1)], tone)
        for y in (length - 22, length - 12):
            pen.line([(x - 16, y + 3), (x + 20, y)], 4, mix(tone.base, WHITE, 0.55), clip, (1, 1))
    for dy, half in ((10, 46), (-7, 38)):
        clip = flap(pen, [(-half, dy - 12), (-half * 0.4, dy - 9), (0, dy - 6), (half * 0.4, dy - 9), (half, dy - 12), (half + 4, dy + 4), (half * 0.5, dy + 16), (0, dy + 20), (-half * 0.5, dy + 16), (-half - 4, dy + 4)], tone)
        pen.line([(-half * 0.7, dy + 1), (-10, dy + 10), (half * 0.2, dy + 11)], 1.4, tone.line, clip)
        pen.line([(half * 0.8, dy - 2), (half * 0.5, dy + 6), (half * 0.1, dy + 8)], 1.4, tone.line, clip)


def _headphones(wear: Wear) -> None:
    pen, tone = wear.pen, wear.accent
    pen.shape(ribbon([(-36, 4), (-30, -22), (-16, -32)], [8, 9, 8]), tone)
    pen.shape(ribbon([(36, 4), (30, -22), (16, -32)], [8, 9, 8]), tone)
    for side in (-1, 1):
        cup = oval(side * 34, 14, 14, 19, side * 0.35)
        pen.shape(cup, cloth("#3a3a48"))
        pen.shape(oval(side * 37, 15, 9.5, 14, side * 0.35), tone)
        pen.fill(oval(side * 37 - 3, 9, 2.6, 4.4, side * 0.35), tone.light)


def draw_beard(pen: Pen, who: Character) -> None:
    """A trimmed full beard, or a long one that counts as body below the chin."""
    tone, chin = HAIR[who.hair.color], 66 + who.face.chin
    if who.face.beard == "full":
        path = outline([(-50, 8, 1), (-46, 30), (-30, 36), (-15, 39), (0, 38), (15, 39), (30, 36), (46, 30), (50, 8, 1), (50, 34), (42, chin - 12), (22, chin + 7), (0, chin + 11), (-22, chin + 7), (-42, chin - 12), (-50, 34)])
    elif who.face.beard == "long":
        path = outline([(-46, 34, 1), (-30, 40), (-14, 39), (0, 38), (14, 39), (30, 40), (46, 34, 1), (36, 66), (24, 104), (8, 132), (0, 150, 1), (-10, 130), (-24, 102), (-36, 66)])
    else:
        return
    pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.4)))
    clip = pen.stencil(path)
    for i, x in enumerate((-36, -24, -12, 2, 14, 26, 38)):
        low = chin + (70 if who.face.beard == "long" else 6)
        pen.line([(x, 42), (x * 0.9, (42 + low) / 2), (x * 0.4, low)], 6 if i > 3 else 1.2, tone.shade if i > 3 else tone.line, clip, (0, 1, 0), 0.8)
    pen.edge(path, 1.4, tone.line)
    y = who.face.mouth_y + who.face.chin * 0.6
    pen.fill(oval(0, y + 1, 13, 5.4), mix(tone.shade, INK, 0.2), clip, 0.55)
    pen.line([(-8, y + 1), (0, y + 2.6), (8, y + 1)], 2.2, (140, 70, 66), taper=(0.4, 1, 0.4))
    for side in (-1, 1):
        tash = outline([(0, y - 7, 1), (side * 10, y - 8), (side * 22, y - 1), (side * 29, y + 8, 1), (side * 14, y + 3), (0, y - 1, 1)])
        pen.shape(tash, tone, 1.2)


def draw_headwear(pen: Pen, who: Character) -> None:
    """Everything on the head, over the hair."""
    for item in who.wears:
        draw = _HEADWEAR.get(item)
        if draw:
            draw(pen, who)


def _horns(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        path = ribbon([(side * 32, -70), (side * 46, -92), (side * 66, -104), (side * 82, -128)], [19, 17, 12, 0])
        pen.shape(path, _HORN)
        clip = pen.stencil(path)
        for x, y in ((40, -82), (50, -94), (62, -101), (71, -112)):
            pen.line([(side * x - 9, y - 4), (side * x, y + 1), (side * x + 9, y - 3)], 2.2, _HORN.line, clip, (1, 1))
        pen.line([(side * 29, -76), (side * 44, -97), (side * 62, -110)], 3.2, _HORN.light, clip, (0, 1, 0))


def _cat_ears(pen: Pen, who: Character) -> None:
    tone = HAIR[who.hair.color]
    for side in (-1, 1):
        pen.shape(outline([(side * 14, -80, 1), (side * 28, -106), (side * 54, -126, 1), (side * 60, -92), (side * 55, -50, 1)]), tone)
        pen.fill(outline([(side * 26, -80, 1), (side * 36, -98), (side * 51, -112, 1), (side * 53, -88), (side * 49, -62, 1)]), (244, 178, 180))
        for x, tip in ((30, (38, -96)), (38, (44, -90))):
            pen.shape(outline([(side * (x - 8), -74, 1), (side * (x - 1), -86), (side * tip[0], tip[1], 1), (side * (x + 8), -72, 1)]), tone, 1.1)


def _ribbons(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        bow(pen, (side * 58, -46), 16, cloth("#2f3a66"), tails=False)


def _flowers_on_buns(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        _flower(pen, (side * 34, -60), 8, cloth("#fff6e0"))


def _flower(pen: Pen, at: tuple[float, float], r: float, tone: "Tones") -> None:
    for angle in np.arange(5) * 2 * np.pi / 5 - np.pi / 2:
        pen.shape(oval(at[0] + r * 0.8 * np.cos(angle), at[1] + r * 0.8 * np.sin(angle), r * 0.66, r * 0.66), tone, 1.0)
    pen.fill(oval(*at, r * 0.62, r * 0.62), (246, 190, 70))


def _beret(pen: Pen, who: Character) -> None:
    tone = cloth("#7c2f45")
    path = outline([(-60, -52, 1), (-66, -76), (-44, -106), (4, -116), (52, -100), (70, -74), (58, -50, 1), (30, -62), (0, -66), (-30, -63)])
    pen.fill(path, tone.base)
    clip = pen.stencil(path)
    pen.fill(outline([(80, -110, 1), (40, -98), (44, -76), (20, -64), (60, -40, 1), (90, -60, 1)]), tone.shade, clip)
    pen.line([(-46, -88), (-20, -102), (8, -105)], 7, mix(tone.base, WHITE, 0.25), clip, (0, 1, 0))
    pen.line([(-20, -70), (-34, -84), (-36, -98)], 1.3, tone.line, clip, (1, 0.6, 0))
    pen.edge(path, 1.6, tone.line)
    rim = ribbon([(-60, -52), (-30, -63), (0, -66), (30, -62), (58, -50)], [9, 9])
    pen.shape(rim, tones(tone.shade), 1.4)
    pen.shape(ribbon([(4, -114), (8, -124)], [5, 5], round_end=True), tone, 1.2)


def _headdress(pen: Pen, who: Character) -> None:
    for x in np.linspace(-46, 46, 9):
        y = -68 - 26 * (1 - (x / 50) ** 2) + 4
        pen.shape(oval(x, y - 6, 8.6, 9), _WHITE, 1.3)
        pen.fill(oval(x + 2, y - 3, 4, 4), _WHITE.shade)
    band = [(x, -66 - 26 * (1 - (x / 52) ** 2)) for x in np.linspace(-52, 52, 9)]
    pen.shape(ribbon(band, [8, 8]), cloth("#37406a"), 1.3)


def _hairclip(pen: Pen, who: Character) -> None:
    pen.shape(ribbon([(28, -34), (46, -24)], [7, 7], round_end=True), _GOLD, 1.2)
    pen.shape(ribbon([(27, -24), (46, -13)], [7, 7], round_end=True), _GOLD, 1.2)


def _glasses(pen: Pen, who: Character) -> None:
    face = who.face
    for side in (-1, 1):
        lens = oval(side * (face.eye_gap + 0.5), face.eye_y + 2, face.eye_width + 4.4, face.eye_height + 3.6)
        pen.fill(lens, (236, 246, 255), opacity=0.16)
        pen.edge(lens, 2.3, (92, 58, 50))
        x = side * face.eye_gap
        pen.line([(x - 13, face.eye_y + 12), (x - 3, face.eye_y - 12)], 3, WHITE, opacity=0.45)
    pen.line([(-5, face.eye_y), (0, face.eye_y - 2.4), (5, face.eye_y)], 2.3, (92, 58, 50), taper=(1, 1))


def _earrings(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        pen.edge(oval(side * 53, 36, 5, 7), 2.4, _GOLD.base)
        pen.edge(oval(side * 53, 36, 6, 8), 0.8, _GOLD.line)


def _curly_front(pen: Pen, who: Character) -> None:
    tone = HAIR[who.hair.color]
    spots = [(-52, -8, 15), (-46, -34, 17), (-30, -52, 18), (-8, -58, 17), (14, -56, 18), (34, -46, 17), (48, -28, 16), (53, -4, 14), (-20, -72, 18), (6, -78, 18), (28, -68, 18), (-40, -62, 16), (44, -56, 15)]
    for x, y, r in spots:
        pen.edge(oval(x, y, r, r), 2.6, tone.line)
    for x, y, r in spots:
        pen.fill(oval(x, y, r, r), tone.base)
    for i, (x, y, r) in enumerate(spots):
        draw_curl(pen, (x, y), r * 0.72, tone, i)


_HEADWEAR = {
    "horns": _horns,
    "catears": _cat_ears,
    "ribbons": _ribbons,
    "bunflowers": _flowers_on_buns,
    "beret": _beret,
    "headdress": _headdress,
    "hairclip": _hairclip,
    "glasses": _glasses,
    "earrings": _earrings,
    "curls": _curly_front,
}


def draw_held(wear: Wear, arms: tuple[str, str]) -> None:
    """What the hands before the body hold."""
    b, pen = wear.build, wear.pen
    r = b.arm_length / 100
    if "book" in arms:
        y = 104 * r
        for side in (-1, 1):
            flap(pen, [(0, y, 1), (side * 20, y - 8), (side * 44, y - 6, 1), (side * 44, y + 46, 1), (side * 20, y + 44), (0, y + 54, 1)], cloth("#3f6f8f"))
    if "flowers" in arms:
        _bouquet(pen, 0, 104 * r)


def _bouquet(pen: Pen, x: float, y: float) -> None:
    flap(pen, [(x - 30, y - 26, 1), (x + 30, y - 26, 1), (x + 6, y + 40, 1), (x - 6, y + 40, 1)], cloth("#f4ead8"))
    for i, (dx, dy) in enumerate(((-28, -30), (-10, -42), (12, -42), (28, -28), (-18, -22), (2, -26), (18, -18))):
        _flower(pen, (x + dx, y + dy), 13, cloth(("#f08aa6", "#ffe08a", "#ffffff", "#b79af0")[i % 4]))
    bow(pen, (x, y + 18), 10, cloth("#5b86d8"))
