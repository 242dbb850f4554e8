"""Backgrounds, painted with code and a little out of focus: studio, sky, park, street at dusk, night, room, sea …

Each scene fills an RGB picture; knows nothing of who stands before it.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from kyara.demo.colours import RGB, WHITE, from_hex, mix
from kyara.demo.scenery import bokeh, clouds, disc, foliage, glow, hills, ramp, shelf, soft

_CRISP = ("studio", "night")


def paint_scene(name: str, size: tuple[int, int], rng: Generator) -> Image.Image:
    """The named scene, RGB; `studio:#rrggbb` names the colour of a plain backdrop."""
    kind, _, colour = name.partition(":")
    fine = 2 if kind in _CRISP else 1  # what is blurred anyway needs no antialiasing
    big = (size[0] * fine, size[1] * fine)
    picture = _studio(big, rng, from_hex(colour)) if kind == "studio" else SCENES[kind](big, rng)
    return picture.reduce(fine)


def _studio(size: tuple[int, int], rng: Generator, colour: RGB) -> Image.Image:
    picture = ramp(size, mix(colour, WHITE, 0.35), colour, mix(colour, (60, 50, 90), 0.16))
    w, h = size
    draw = ImageDraw.Draw(picture)
    pale = mix(colour, WHITE, 0.3)
    disc(draw, w * 0.5, h * 0.42, w * 0.4, pale)
    disc(draw, w * 0.5, h * 0.42, w * 0.355, mix(colour, WHITE, 0.46))
    for _ in range(14):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.006, 0.018) * w
        disc(draw, x, y, r, mix(colour, WHITE, rng.uniform(0.3, 0.7)))
    return picture


def _sky(size: tuple[int, int], rng: Generator) -> Image.Image:
    picture = ramp(size, (64, 142, 232), (122, 190, 250), (206, 236, 255))
    clouds(
        picture,
        rng,
        [(0.16, 0.5, 0.5), (0.86, 0.34, 0.62), (0.45, 0.8, 0.8), (0.95, 0.86, 0.6)],
        WHITE,
        (196, 216, 244),
    )
    glow(picture, (size[0] * 0.08, size[1] * 0.05), size[0] * 0.6, (255, 250, 220), 0.55)
    return picture


def _park(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (138, 206, 250), (214, 240, 252), (238, 248, 226))
    clouds(picture, rng, [(0.3, 0.22, 0.42)], WHITE, (206, 226, 246))
    draw = ImageDraw.Draw(picture)
    hills(draw, size, 0.52, 0.03, (150, 204, 150), 0.4)
    hills(draw, size, 0.6, 0.025, (122, 190, 112), 2.0)
    for x, y, r in ((0.05, 0.36, 0.2), (0.3, 0.5, 0.11), (0.72, 0.48, 0.13), (0.97, 0.32, 0.24)):
        draw.rectangle((w * (x - 0.018), h * y, w * (x + 0.018), h * 0.7), fill=(112, 84, 72))
        foliage(draw, rng, (w * x, h * y), w * r, [(66, 134, 88), (92, 168, 96), (136, 204, 112), (186, 230, 140)])
    hills(draw, size, 0.72, 0.014, (146, 210, 112), 3.4)
    draw.polygon([(w * 0.42, h * 0.72), (w * 0.52, h * 0.72), (w * 0.86, h), (w * 0.2, h)], fill=(236, 220, 184))
    for _ in range(70):
        disc(
            draw,
            rng.uniform(0, w),
            rng.uniform(0.78, 1) * h,
            w * 0.005,
            [(255, 255, 255), (255, 214, 120), (250, 170, 190)][int(rng.integers(3))],
        )
    glow(picture, (w * 0.1, 0), w * 0.7, (255, 244, 190), 0.6)
    return bokeh(soft(picture, 0.0042), rng, [(255, 255, 220), (220, 250, 190)], 16, 0, 0.8)


def _blossom(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (158, 208, 250), (226, 238, 252), (252, 236, 242))
    draw = ImageDraw.Draw(picture)
    hills(draw, size, 0.74, 0.02, (168, 212, 146), 1.0)
    draw.line(
        [(w * 0.98, h), (w * 0.9, h * 0.5), (w * 0.7, h * 0.2), (w * 0.4, h * 0.06)],
        fill=(112, 82, 84),
        width=int(w * 0.035),
        joint="curve",
    )
    draw.line(
        [(0, h * 0.9), (w * 0.07, h * 0.5), (w * 0.2, h * 0.24)],
        fill=(124, 92, 92),
        width=int(w * 0.03),
        joint="curve",
    )
    pinks: list[RGB] = [(226, 150, 182), (244, 182, 206), (252, 208, 224), (255, 236, 242)]
    for x, y, r in (
        (0.06, 0.2, 0.24),
        (0.34, 0.02, 0.2),
        (0.66, 0.06, 0.22),
        (0.97, 0.22, 0.26),
        (0.86, 0.48, 0.12),
        (0.12, 0.46, 0.1),
    ):
        foliage(draw, rng, (w * x, h * y), w * r, pinks)
    glow(picture, (w * 0.5, h * 0.1), w * 0.7, (255, 240, 230), 0.5)
    return bokeh(soft(picture, 0.004), rng, [(255, 226, 236), WHITE], 22, 0, 1)


def _dusk(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (74, 70, 142), (168, 98, 158), (246, 142, 122), (255, 206, 138), (255, 224, 170))
    clouds(picture, rng, [(0.2, 0.3, 0.5), (0.8, 0.2, 0.6)], (255, 186, 160), (188, 112, 160))
    glow(picture, (w * 0.5, h * 0.62), w * 0.6, (255, 196, 110), 0.8)
    for depth, (low, colour) in enumerate(((0.44, (150, 92, 140)), (0.36, (104, 68, 122)), (0.26, (66, 50, 98)))):
        _houses(picture, rng, depth, low, colour)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(w * 0.4, h * 0.74), (w * 0.6, h * 0.74), (w * 1.1, h), (-w * 0.1, h)], fill=(112, 84, 124))
    for x in (0.1, 0.9):
        draw.line([(w * x, h * 0.2), (w * x, h)], fill=(46, 38, 70), width=int(w * 0.012))
        glow(picture, (w * x, h * 0.2), w * 0.16, (255, 226, 160), 1.0)
    return bokeh(soft(picture, 0.0034), rng, [(255, 214, 150), (255, 170, 150)], 18, 0.45, 0.9)


def _houses(picture: Image.Image, rng: Generator, depth: int, low: float, colour: RGB) -> None:
    w, h = picture.size
    draw = ImageDraw.Draw(picture)
    gap = 0.3 - 0.1 * depth  # the street stays open in the middle
    x = -0.05
    while x < 1.05:
        wide = rng.uniform(0.1, 0.2)
        mid = x + wide / 2
        if abs(mid - 0.5) > 0.42 - gap:
            roof = low + 0.2 - abs(mid - 0.5) * 0.5 + rng.uniform(-0.05, 0.05)
            draw.rectangle((w * x, h * roof, w * (x + wide), h), fill=colour)
            for wy in np.arange(roof + 0.03, 0.8, 0.06):
                for wx in np.arange(x + 0.02, x + wide - 0.02, 0.045):
                    if rng.uniform() < 0.42:
                        draw.rectangle((w * wx, h * wy, w * (wx + 0.022), h * (wy + 0.03)), fill=(255, 216, 140))
        x += wide + rng.uniform(0, 0.02)


def _night(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (20, 24, 62), (42, 52, 112), (88, 92, 160), (150, 128, 182))
    draw = ImageDraw.Draw(picture)
    for _ in range(130):
        disc(
            draw,
            rng.uniform(0, w),
            rng.uniform(0, 0.7) * h,
            w * rng.uniform(0.0009, 0.0028),
            mix((150, 160, 220), WHITE, rng.uniform()),
        )
    glow(picture, (w * 0.78, h * 0.18), w * 0.42, (190, 200, 255), 0.7)
    disc(draw, w * 0.78, h * 0.18, w * 0.085, (252, 248, 226))
    disc(draw, w * 0.76, h * 0.17, w * 0.018, (236, 230, 208))
    disc(draw, w * 0.805, h * 0.2, w * 0.012, (238, 232, 210))
    hills(draw, size, 0.76, 0.03, (46, 48, 100), 0.6)
    hills(draw, size, 0.86, 0.02, (30, 32, 74), 2.6)
    return bokeh(soft(picture, 0.0016), rng, [(255, 216, 140), (170, 200, 255), (255, 170, 190)], 26, 0.74, 0.98)


def _room(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (250, 232, 206), (244, 218, 190), (226, 190, 162))
    draw = ImageDraw.Draw(picture)
    frame = (w * 0.54, h * 0.06, w * 0.96, h * 0.62)
    picture.paste(
        ramp(
            (int(frame[2] - frame[0]), int(frame[3] - frame[1])),
            (150, 206, 250),
            (220, 240, 252),
            (206, 232, 190),
        ),
        (int(frame[0]), int(frame[1])),
    )
    draw.rectangle(frame, outline=(255, 252, 246), width=int(w * 0.022))
    draw.line([(w * 0.75, frame[1]), (w * 0.75, frame[3])], fill=(255, 252, 246), width=int(w * 0.016))
    draw.line([(frame[0], h * 0.32), (frame[2], h * 0.32)], fill=(255, 252, 246), width=int(w * 0.016))
    for x0, x1, lean in ((0.47, 0.58, 0.03), (0.92, 1.04, -0.03)):
        draw.polygon(
            [(w * x0, 0), (w * x1, 0), (w * (x1 + lean), h * 0.72), (w * (x0 - lean), h * 0.72)],
            fill=(240, 186, 166),
        )
        for x in np.linspace(x0 + 0.015, x1 - 0.02, 4):
            draw.line([(w * x, 0), (w * x, h * 0.72)], fill=(222, 156, 142), width=int(w * 0.007))
    shelf(draw, rng, (w * 0.03, h * 0.2, w * 0.4, h * 0.52), 2)
    draw.rectangle((0, h * 0.84, w, h), fill=(182, 130, 102))
    draw.rectangle((0, h * 0.82, w, h * 0.845), fill=(252, 240, 224))
    disc(draw, w * 0.1, h * 0.8, w * 0.07, (210, 130, 100))
    foliage(draw, rng, (w * 0.1, h * 0.68), w * 0.11, [(76, 138, 92), (110, 176, 106), (158, 212, 126)])
    beam = Image.new("L", size)
    ImageDraw.Draw(beam).polygon([(w * 0.55, h * 0.06), (w * 0.95, h * 0.06), (w * 0.6, h), (w * 0.0, h)], fill=70)
    picture.paste((255, 248, 220), (0, 0, w, h), soft(beam, 0.02))
    return soft(picture, 0.0045)


def _library(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (120, 84, 70), (98, 68, 62), (74, 52, 54))
    draw = ImageDraw.Draw(picture)
    shelf(draw, rng, (-w * 0.02, h * 0.0, w * 0.36, h * 1.0), 6)
    shelf(draw, rng, (w * 0.64, h * 0.0, w * 1.02, h * 1.0), 6)
    picture.paste(ramp((int(w * 0.2), int(h * 0.6)), (255, 244, 206), (255, 226, 170)), (int(w * 0.4), int(h * 0.1)))
    for x in (0.4, 0.5, 0.6):
        draw.line([(w * x, h * 0.1), (w * x, h * 0.7)], fill=(112, 78, 62), width=int(w * 0.014))
    for y in (0.1, 0.3, 0.5, 0.7):
        draw.line([(w * 0.4, h * y), (w * 0.6, h * y)], fill=(112, 78, 62), width=int(w * 0.014))
    glow(picture, (w * 0.5, h * 0.36), w * 0.6, (255, 226, 160), 0.85)
    return bokeh(soft(picture, 0.006), rng, [(255, 232, 180)], 16, 0.05, 0.9)


def _sea(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (76, 164, 240), (150, 210, 250), (226, 244, 255), (226, 244, 255))
    clouds(picture, rng, [(0.2, 0.52, 0.6), (0.8, 0.5, 0.7)], WHITE, (196, 218, 244))
    picture.paste(ramp((w, int(h * 0.3)), (46, 132, 206), (70, 178, 222), (150, 224, 228)), (0, int(h * 0.52)))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y = rng.uniform(0, w), rng.uniform(0.525, 0.76) * h
        long = w * rng.uniform(0.006, 0.05) * (y / h)
        draw.line([(x, y), (x + long, y)], fill=(214, 244, 252), width=max(1, int(h * 0.002)))
    across = np.linspace(0, w, 60)
    shore = h * (0.8 + 0.012 * np.sin(across / w * 9) + 0.02 * across / w)
    draw.polygon(
        [*zip(across.tolist(), (shore - h * 0.02).tolist(), strict=True), (w, h), (0, h)], fill=(240, 252, 250)
    )
    draw.polygon([*zip(across.tolist(), shore.tolist(), strict=True), (w, h), (0, h)], fill=(246, 226, 184))
    return soft(picture, 0.0028)


def _snow(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (150, 174, 212), (196, 212, 236), (232, 238, 250))
    draw = ImageDraw.Draw(picture)
    hills(draw, size, 0.56, 0.05, (206, 218, 240), 0.8)
    for _ in range(26):
        x, y, tall = rng.uniform(0, w), h * rng.uniform(0.58, 0.72), h * rng.uniform(0.1, 0.22)
        for k in range(3):
            half, base = tall * (0.16 + 0.07 * k), y - tall * (0.62 - 0.3 * k)
            draw.polygon(
                [(x, base - tall * 0.42), (x - half, base), (x + half, base)],
                fill=mix((92, 128, 150), (210, 222, 240), 0.25 + 0.14 * k),
            )
    hills(draw, size, 0.74, 0.02, (242, 246, 255), 2.2)
    return soft(picture, 0.004)


SCENES: dict[str, Callable[[tuple[int, int], Generator], Image.Image]] = {
    "sky": _sky,
    "park": _park,
    "blossom": _blossom,
    "dusk": _dusk,
    "night": _night,
    "room": _room,
    "library": _library,
    "sea": _sea,
    "snow": _snow,
}
