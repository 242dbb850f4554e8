"""What is worn on the head: horns, ears, bows, flowers, hats, glasses, earrings. Head units, by name."""

from collections.abc import Callable

import numpy as np

from kyara.demo.cast import Character
from kyara.demo.colours import HAIR, WHITE, cloth, mix, tones
from kyara.demo.layer import Pen
from kyara.demo.outfits.garments import bow, flower
from kyara.demo.shapes import outline, oval, ribbon

_GOLD, _WHITE, _HORN = cloth("#e8b84a"), cloth("#f8f8fc"), cloth("#4b3f58")


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
            pen.line(
                [(side * x - 9, y - 4), (side * x, y + 1), (side * x + 9, y - 3)],
                2.2,
                _HORN.line,
                clip,
                (1, 1),
            )
        pen.line([(side * 29, -76), (side * 44, -97), (side * 62, -110)], 3.2, _HORN.light, clip, (0, 1, 0))


def _cat_ears(pen: Pen, who: Character) -> None:
    tone = HAIR[who.hair.color]
    for side in (-1, 1):
        pen.shape(
            outline(
                [
                    (side * 14, -80, 1),
                    (side * 28, -106),
                    (side * 54, -126, 1),
                    (side * 60, -92),
                    (side * 55, -50, 1),
                ]
            ),
            tone,
        )
        pen.fill(
            outline(
                [
                    (side * 26, -80, 1),
                    (side * 36, -98),
                    (side * 51, -112, 1),
                    (side * 53, -88),
                    (side * 49, -62, 1),
                ]
            ),
            (244, 178, 180),
        )
        for x, tip in ((30, (38, -96)), (38, (44, -90))):
            pen.shape(
                outline(
                    [
                        (side * (x - 8), -74, 1),
                        (side * (x - 1), -86),
                        (side * tip[0], tip[1], 1),
                        (side * (x + 8), -72, 1),
                    ]
                ),
                tone,
                1.1,
            )


def _ribbons(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        bow(pen, (side * 58, -46), 16, cloth("#2f3a66"), tails=False)


def _flowers_on_buns(pen: Pen, who: Character) -> None:
    for side in (-1, 1):
        flower(pen, (side * 34, -60), 8, cloth("#fff6e0"))


def _beret(pen: Pen, who: Character) -> None:
    tone = cloth("#7c2f45")
    path = outline(
        [
            (-60, -52, 1),
            (-66, -76),
            (-44, -106),
            (4, -116),
            (52, -100),
            (70, -74),
            (58, -50, 1),
            (30, -62),
            (0, -66),
            (-30, -63),
        ]
    )
    pen.fill(path, tone.base)
    clip = pen.stencil(path)
    pen.fill(
        outline([(80, -110, 1), (40, -98), (44, -76), (20, -64), (60, -40, 1), (90, -60, 1)]),
        tone.shade,
        clip,
    )
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


_HEADWEAR: dict[str, Callable[[Pen, Character], None]] = {
    "horns": _horns,
    "catears": _cat_ears,
    "ribbons": _ribbons,
    "bunflowers": _flowers_on_buns,
    "beret": _beret,
    "headdress": _headdress,
    "hairclip": _hairclip,
    "glasses": _glasses,
    "earrings": _earrings,
}
