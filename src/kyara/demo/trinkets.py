"""What is worn or carried besides outfit and headwear: cape, tail, scarf, headphones, book, flowers. Body units."""

from kyara.demo.cast import Character
from kyara.demo.colours import HAIR, WHITE, cloth, mix
from kyara.demo.layer import Pen
from kyara.demo.outfits.garments import Wear, bow, flap, flower
from kyara.demo.shapes import moved, outline, oval, ribbon

_RED = cloth("#d8394a")


def draw_behind(wear: Wear, who: Character) -> None:
    """Capes and tails, behind the body."""
    b, pen = wear.build, wear.pen
    if who.outfit.cut == "armour":
        path = outline(
            [
                (-b.shoulder, 10, 1),
                (b.shoulder, 10, 1),
                (b.hip + 52, b.hip_y),
                (b.hip + 74, b.ankle_y - 30, 1),
                (30, b.ankle_y - 12),
                (-24, b.ankle_y - 34),
                (-b.hip - 70, b.ankle_y - 20, 1),
                (-b.hip - 52, b.hip_y),
            ]
        )
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
        clip = flap(
            pen,
            [
                (-half, dy - 12),
                (-half * 0.4, dy - 9),
                (0, dy - 6),
                (half * 0.4, dy - 9),
                (half, dy - 12),
                (half + 4, dy + 4),
                (half * 0.5, dy + 16),
                (0, dy + 20),
                (-half * 0.5, dy + 16),
                (-half - 4, dy + 4),
            ],
            tone,
        )
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


def draw_held(wear: Wear, arms: tuple[str, str]) -> None:
    """What the hands before the body hold."""
    b, pen = wear.build, wear.pen
    r = b.arm_length / 100
    if "book" in arms:
        y = 104 * r
        for side in (-1, 1):
            flap(
                pen,
                [
                    (0, y, 1),
                    (side * 20, y - 8),
                    (side * 44, y - 6, 1),
                    (side * 44, y + 46, 1),
                    (side * 20, y + 44),
                    (0, y + 54, 1),
                ],
                cloth("#3f6f8f"),
            )
    if "flowers" in arms:
        _bouquet(pen, 0, 104 * r)


def _bouquet(pen: Pen, x: float, y: float) -> None:
    flap(
        pen,
        [(x - 30, y - 26, 1), (x + 30, y - 26, 1), (x + 6, y + 40, 1), (x - 6, y + 40, 1)],
        cloth("#f4ead8"),
    )
    for i, (dx, dy) in enumerate(((-28, -30), (-10, -42), (12, -42), (28, -28), (-18, -22), (2, -26), (18, -18))):
        flower(pen, (x + dx, y + dy), 13, cloth(("#f08aa6", "#ffe08a", "#ffffff", "#b79af0")[i % 4]))
    bow(pen, (x, y + 18), 10, cloth("#5b86d8"))
