"""The face: contour, ears, cheeks, nose, mouth, beard and the lines of age. Head units; hair is drawn elsewhere."""

from kyara.demo.cast import Character, Mood
from kyara.demo.colours import HAIR, INK, IRIS, RGB, SKIN, WHITE, Tones, mix
from kyara.demo.eyes import Socket, draw_brow, draw_eye, draw_tears
from kyara.demo.layer import Pen, Stencil
from kyara.demo.shapes import Path, Points, mirrored, moved, outline, oval, spline

_LIP: RGB = (150, 62, 66)


def contour(character: Character) -> Path:
    """The closed outline of a bare head, soft or square in the jaw."""
    face, soft, square = character.face, _SOFT, _SQUARE
    half = [
        (a[0] + (b[0] - a[0]) * face.jaw, a[1] + (b[1] - a[1]) * face.jaw) for a, b in zip(soft, square, strict=True)
    ]
    return spline(mirrored([(x, y + face.chin * max(0.0, y) / 64) for x, y in half]), closed=True)


_SOFT = [(0, -74), (32, -66), (49, -36), (51, -6), (49.5, 16), (43, 34), (29, 50), (12, 62), (0, 65)]
_SQUARE = [(0, -74), (32, -66), (49, -36), (50, -6), (49, 18), (45, 40), (35, 57), (16, 68), (0, 70)]


def draw_ears(pen: Pen, character: Character) -> None:
    """Ears, behind the face: round or pointed."""
    skin = SKIN[character.skin]
    for side in (-1, 1):
        half = [(44, -4, 1), (57, -8), (60, 6), (54, 22), (46, 28, 1)]
        inner = [(50, 0), (55, 2), (53, 14), (49, 20)]
        if character.face.ears == "pointed":
            half = [(44, -6, 1), (60, -16), (88, -34, 1), (74, -2), (56, 20), (46, 26, 1)]
            inner = [(52, 2), (62, -8), (76, -24)]
        pen.shape(outline([(side * p[0], *p[1:]) for p in half]), skin)
        pen.line([(side * x, y) for x, y in inner], 2.2, skin.shade, taper=(0.4, 1, 0.2))


def draw_skin(pen: Pen, character: Character) -> Stencil:
    """The bare face; returns its stencil, for the shadow of the hair."""
    skin, path = SKIN[character.skin], contour(character)
    pen.shape(path, skin, 1.6)
    clip = pen.stencil(path)
    pen.fill([(52, -80), (40, -10), (44, 20), (36, 40), (14, 64), (0, 72), (70, 80)], skin.shade, clip, 0.4, blur=3)
    pen.fill(
        outline([(54, -40), (46, -2), (47, 18), (40, 38), (24, 58), (10, 72), (60, 80)]),
        skin.shade,
        clip,
        0.7,
    )
    return clip


def draw_features(pen: Pen, character: Character, mood: Mood, gaze: tuple[float, float]) -> None:
    """Cheeks, nose, mouth, eyes and whatever time or sun has drawn on the face."""
    skin, face = SKIN[character.skin], character.face
    _cheeks(pen, skin, mood.blush * face.rosy)
    if face.freckles:
        for x, y in ((-36, 30), (-30, 34), (-25, 29), (25, 29), (30, 34), (36, 30)):
            pen.fill(oval(x, y, 1.2, 1.0), mix(skin.shade, (150, 80, 50), 0.5))
    _age(pen, skin, face.age_lines)
    _nose(pen, skin, face.jaw)
    lashes = mix(HAIR[character.hair.color].shade, INK, 0.72)
    for side, opening, color in zip((-1, 1), mood.open, character.eyes, strict=True):
        socket = Socket(face, side, opening, gaze)
        draw_eye(pen, socket, IRIS[color], skin, lashes)
        if mood.tears:
            draw_tears(pen, socket)
    draw_mouth(pen, mood.mouth, face.mouth_y + face.chin * 0.6, skin, character.face.fang)


def draw_brows(pen: Pen, character: Character, mood: Mood) -> None:
    """Both brows; drawn over the hair, as illustrators do."""
    colour = mix(HAIR[character.hair.color].shade, INK, 0.3)
    for side in (-1, 1):
        draw_brow(pen, Socket(character.face, side, 1.0, (0, 0)), mood.brow, mood.lift, colour)


def _cheeks(pen: Pen, skin: Tones, blush: float) -> None:
    if blush <= 0:
        return
    rose = mix(skin.base, (238, 84, 92), 0.52)
    for side in (-1, 1):
        pen.fill(oval(side * 33, 33, 11, 6.5), rose, opacity=min(0.9, 0.55 * blush), blur=3.2)
        if blush > 0.9:
            for i in range(3):
                x = side * 33 + (i - 1) * 5
                pen.line([(x + 1.5, 29.5), (x - 1.5, 36)], 1.2, mix(rose, (200, 50, 60), 0.4), opacity=0.75)


def _nose(pen: Pen, skin: Tones, jaw: float) -> None:
    ink = mix(skin.shade, skin.line, 0.45)
    if jaw > 0.5:
        pen.line([(3, 18), (5, 27), (6.5, 34), (2, 36)], 1.6, ink, taper=(0, 0.6, 1, 0.3))
    else:
        pen.fill(outline([(0.5, 31), (3.6, 34.6), (-1, 35.4)]), skin.shade)
        pen.line([(2.2, 32), (3.4, 34.4), (0.6, 35.4)], 1.1, ink, taper=(0.2, 1, 0.2))
    pen.fill(oval(-1.6, 30.5, 1.3, 1.7), skin.light, opacity=0.9)


def _age(pen: Pen, skin: Tones, lines: float) -> None:
    if lines <= 0:
        return
    ink = mix(skin.shade, skin.line, 0.35)
    for side in (-1, 1):
        pen.line([(side * 13, 34), (side * 19, 41), (side * 20, 48)], 1.5, ink, opacity=min(1, lines))
        pen.line([(side * 16, 24), (side * 23, 27.5), (side * 31, 26)], 1.1, ink, opacity=0.8 * min(1, lines))
        if lines > 1:
            for y in (-16, -23):
                pen.line([(side * 3, y), (side * 14, y - 2), (side * 26, y)], 1.1, ink, opacity=0.7)
            pen.line([(side * 43, 8), (side * 47, 5)], 1.1, ink)
            pen.line([(side * 43, 12), (side * 47.5, 12)], 1.1, ink)


def draw_mouth(pen: Pen, kind: str, y: float, skin: Tones, fang: bool) -> None:
    """One of the mouths of `_LINES` and `_GAPES`, at height `y`."""
    ink = mix(_LIP, skin.line, 0.35)
    if kind in _LINES:
        pen.line(moved(_LINES[kind], 0, y), 1.9, ink, taper=(0.5, 1, 1, 0.5))
        pen.line([(-4, y + 6.5), (0, y + 7.3), (4, y + 6.5)], 1.2, skin.shade, opacity=0.8)
        if fang:
            pen.fill(moved([(5, 1.6), (9, 0.4), (7.4, 4.6)], 0, y), WHITE)
        return
    path = moved(outline(_GAPES[kind]), 0, y)
    clip = pen.stencil(path)
    pen.fill(path, ((120, 38, 52), (164, 62, 70)))
    pen.fill(oval(0, y + 12, 9, 6.5), (240, 128, 128), clip)
    if kind == "grin":
        pen.fill(path, WHITE)
        pen.line([(-11, y + 3.4), (0, y + 5.2), (11, y + 3.4)], 0.8, (190, 180, 190), clip)
    elif kind != "oh":
        pen.fill(moved([(-14, -3), (14, -3), (10, 2.6), (0, 3.4), (-10, 2.6)], 0, y), WHITE, clip)
    if fang:
        pen.fill(moved([(4.4, 1), (9, 0), (7, 6)], 0, y), WHITE, clip)
    pen.edge(path, 1.3, ink)


_LINES: dict[str, Points] = {
    "smile": [(-10, -1.4), (-4, 1.6), (4, 1.6), (10, -1.4)],
    "flat": [(-7, 0.4), (-2, 0), (2, 0), (7, 0.4)],
    "frown": [(-8, 2.4), (-3, -0.6), (3, -0.6), (8, 2.4)],
    "smirk": [(-7, 1.4), (-1, 1.8), (5, 0.4), (10, -3)],
    "wavy": [(-10, 1), (-6, -1.4), (-2, 1.2), (2, -1.2), (6, 1.2), (10, -1)],
    "cat": [(-9, -2), (-5, 1.6), (0, -1), (5, 1.6), (9, -2)],
}
_GAPES: dict[str, Points] = {
    "open": [(-11, -1, 1), (0, 1), (11, -1, 1), (8, 8), (0, 12), (-8, 8)],
    "laugh": [(-14, -2, 1), (0, 1), (14, -2, 1), (10, 10), (0, 15), (-10, 10)],
    "grin": [(-14, -2, 1), (0, 1), (14, -2, 1), (9, 6.4), (0, 8.6), (-9, 6.4)],
    "oh": [(0, -3), (4.6, 2), (4, 8), (0, 10), (-4, 8), (-4.6, 2)],
    "shout": [(-10, 0, 1), (0, -3), (10, 0, 1), (9, 9), (0, 12), (-9, 9)],
    "sob": [(-9, 3, 1), (0, -2), (9, 3, 1), (6, 9), (0, 8), (-6, 9)],
}


def draw_beard(pen: Pen, who: Character) -> None:
    """A trimmed full beard, or a long one that counts as body below the chin; nothing on a shaven face."""
    if not who.face.beard:
        return
    tone, chin = HAIR[who.hair.color], 66 + who.face.chin
    path = outline(mirrored(_BEARDS[who.face.beard]))
    pen.fill(path, (tone.base, mix(tone.base, tone.light, 0.4)))
    clip = pen.stencil(path)
    low = chin + (70 if who.face.beard == "long" else 6)
    for i, x in enumerate((-36, -24, -12, 2, 14, 26, 38)):
        width, colour = (6, tone.shade) if i > 3 else (1.2, tone.line)
        pen.line([(x, 42), (x * 0.9, (42 + low) / 2), (x * 0.4, low)], width, colour, clip, (0, 1, 0), 0.8)
    pen.edge(path, 1.4, tone.line)
    y = who.face.mouth_y + who.face.chin * 0.6
    pen.fill(oval(0, y + 1, 13, 5.4), mix(tone.shade, INK, 0.2), clip, 0.55)
    pen.line([(-8, y + 1), (0, y + 2.6), (8, y + 1)], 2.2, (140, 70, 66), taper=(0.4, 1, 0.4))
    for side in (-1, 1):
        half = [(0, -7, 1), (10, -8), (22, -1), (29, 8, 1), (14, 3), (0, -1, 1)]
        pen.shape(outline([(side * p[0], y + p[1], *p[2:]) for p in half]), tone, 1.2)


# from the upper lip round by the ear to the point of the chin
_BEARDS: dict[str, Points] = {
    "full": [(0, 38), (15, 39), (30, 36), (46, 30), (50, 8, 1), (50, 34), (42, 58), (22, 77), (0, 81)],
    "long": [(0, 38), (14, 39), (30, 40), (46, 34, 1), (36, 66), (24, 104), (9, 131), (0, 150, 1)],
}
