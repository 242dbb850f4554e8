"""Backgrounds, painted with code and a little out of focus: studio, sky, room, street at dusk, park, night, sea, library.

Each scene fills an RGB picture; knows nothing of who stands before it.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kyara.demo.colours import RGB, WHITE, mix

_CRISP = ("studio", "night")


def paint_scene(name: str, size: tuple[int, int], rng: Generator) -> Image.Image:
    """The named scene, RGB; `studio:#rrggbb` names the colour of a plain backdrop."""
    kind, _, colour = name.partition(":")
    fine = 2 if kind in _CRISP else 1  # what is blurred anyway needs no antialiasing
    big = (size[0] * fine, size[1] * fine)
    if kind == "studio":
        picture = _studio(big, rng, (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)))
    else:
        picture = SCENES[kind](big, rng)
    return picture.reduce(fine)


def ramp(size: tuple[int, int], *stops: RGB) -> Image.Image:
    """A vertical gradient through evenly spaced colours."""
    at = np.linspace(0, 1, len(stops))
    y = np.linspace(0, 1, size[1])
    column = np.stack([np.interp(y, at, [stop[i] for stop in stops]) for i in range(3)], axis=1)
    return Image.fromarray(np.round(column).astype(np.uint8)[:, None, :]).resize(size, Image.Resampling.NEAREST)


def glow(picture: Image.Image, at: tuple[float, float], radius: float, colour: RGB, strength: float = 1.0) -> None:
    """Add soft light around a point, in place."""
    box = tuple(round(v) for v in (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius))
    side = max(2, box[2] - box[0])
    ball = np.clip(1 - np.hypot(*np.mgrid[-1 : 1 : 64j, -1 : 1 : 64j]), 0, 1) ** 2 * strength
    light = Image.fromarray(np.round(ball[..., None] * np.array(colour)).clip(0, 255).astype(np.uint8)).resize((side, side))
    picture.paste(ImageChops.screen(picture.crop((box[0], box[1], box[0] + side, box[1] + side)), light), box[:2])


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: RGB | tuple[int, int, int, int]) -> None:
    """A filled circle."""
    draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def _soft(picture: Image.Image, share: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(share * picture.size[0]))


def _bokeh(picture: Image.Image, rng: Generator, colours: list[RGB], count: int, top: float, bottom: float) -> Image.Image:
    """Out-of-focus lights."""
    veil = Image.new("RGBA", picture.size, (255, 255, 255, 0))
    draw = ImageDraw.Draw(veil, "RGBA")
    w, h = picture.size
    for _ in range(count):
        x, y = rng.uniform(0, w), rng.uniform(top, bottom) * h
        r = rng.uniform(0.012, 0.05) * w
        colour = colours[int(rng.integers(len(colours)))]
        disc(draw, x, y, r, (*colour, int(rng.uniform(40, 110))))
    veil = veil.filter(ImageFilter.GaussianBlur(w / 260))
    picture.paste(veil, (0, 0), veil)
    return picture


def _clouds(picture: Image.Image, rng: Generator, spots: list[tuple[float, float, float]], light: RGB, shade: RGB) -> None:
    """Heaps of cloud with lit tops and flat shaded feet."""
    w, h = picture.size
    for cx, cy, size in spots:
        puffs = [(cx * w + dx * size * w, cy * h - lift * size * w, r * size * w) for dx, lift, r in _heap(rng)]
        foot = cy * h + 0.1 * size * w
        mask = Image.new("L", picture.size)
        draw = ImageDraw.Draw(mask)
        for x, y, r in puffs:
            disc(draw, x, y, r, 255)  # type: ignore[arg-type]
        lit = Image.new("L", picture.size)
        bright = ImageDraw.Draw(lit)
        for x, y, r in puffs:
            disc(bright, x - r * 0.16, y - r * 0.24, r * 0.84, 255)  # type: ignore[arg-type]
        fade = Image.new("L", (1, h))
        fade.putdata([int(np.clip((foot - y) / (0.2 * size * w) * 255, 0, 255)) for y in range(h)])
        veil = ImageChops.multiply(_soft(mask, 0.003), fade.resize(picture.size))
        picture.paste(shade, (0, 0, w, h), veil)
        picture.paste(light, (0, 0, w, h), ImageChops.multiply(_soft(lit, 0.006), veil))


def _heap(rng: Generator) -> list[tuple[float, float, float]]:
    x = np.linspace(-0.5, 0.5, 11)
    hill = np.cos(x * np.pi)
    return [(float(a + rng.normal(0, 0.02)), float(0.22 * b * rng.uniform(0.3, 1.1)), float(0.07 + 0.11 * b * rng.uniform(0.7, 1))) for a, b in zip(x, hill, strict=True)]


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
    _clouds(picture, rng, [(0.16, 0.5, 0.5), (0.86, 0.34, 0.62), (0.45, 0.8, 0.8), (0.95, 0.86, 0.6)], WHITE, (196, 216, 244))
    glow(picture, (size[0] * 0.08, size[1] * 0.05), size[0] * 0.6, (255, 250, 220), 0.55)
    return picture


def _hills(draw: ImageDraw.ImageDraw, size: tuple[int, int], y: float, swell: float, colour: RGB, phase: float) -> None:
    w, h = size
    x = np.linspace(0, w, 60)
    ridge = h * (y + swell * np.sin(x / w * 4.2 + phase) + swell * 0.4 * np.sin(x / w * 11 + phase * 2))
    draw.polygon([*zip(x.tolist(), ridge.tolist(), strict=True), (w, h), (0, h)], fill=colour)


def _foliage(draw: ImageDraw.ImageDraw, rng: Generator, at: tuple[float, float], r: float, tones: list[RGB]) -> None:
    """A crown of leaves: dark rounds first, lighter ones up and to the left."""
    for step, tone in enumerate(tones):
        for _ in range(20):
            angle, reach = rng.uniform(0, 2 * np.pi), r * np.sqrt(rng.uniform(0, 1)) * (1 - 0.17 * step)
            x = at[0] + reach * np.cos(angle) - step * r * 0.13
            disc(draw, x, at[1] + reach * 0.8 * np.sin(angle) - step * r * 0.15, r * rng.uniform(0.2, 0.34) * (1 - 0.12 * step), tone)


def _park(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (138, 206, 250), (214, 240, 252), (238, 248, 226))
    _clouds(picture, rng, [(0.3, 0.22, 0.42)], WHITE, (206, 226, 246))
    draw = ImageDraw.Draw(picture)
    _hills(draw, size, 0.52, 0.03, (150, 204, 150), 0.4)
    _hills(draw, size, 0.6, 0.025, (122, 190, 112), 2.0)
    for x, y, r in ((0.05, 0.36, 0.2), (0.3, 0.5, 0.11), (0.72, 0.48, 0.13), (0.97, 0.32, 0.24)):
        draw.rectangle((w * (x - 0.018), h * y, w * (x + 0.018), h * 0.7), fill=(112, 84, 72))
        _foliage(draw, rng, (w * x, h * y), w * r, [(66, 134, 88), (92, 168, 96), (136, 204, 112), (186, 230, 140)])
    _hills(draw, size, 0.72, 0.014, (146, 210, 112), 3.4)
    draw.polygon([(w * 0.42, h * 0.72), (w * 0.52, h * 0.72), (w * 0.86, h), (w * 0.2, h)], fill=(236, 220, 184))
    for _ in range(70):
        disc(draw, rng.uniform(0, w), rng.uniform(0.78, 1) * h, w * 0.005, [(255, 255, 255), (255, 214, 120), (250, 170, 190)][int(rng.integers(3))])
    glow(picture, (w * 0.1, 0), w * 0.7, (255, 244, 190), 0.6)
    return _bokeh(_soft(picture, 0.0042), rng, [(255, 255, 220), (220, 250, 190)], 16, 0, 0.8)


def _blossom(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (158, 208, 250), (226, 238, 252), (252, 236, 242))
    draw = ImageDraw.Draw(picture)
    _hills(draw, size, 0.74, 0.02, (168, 212, 146), 1.0)
    draw.line([(w * 0.98, h), (w * 0.9, h * 0.5), (w * 0.7, h * 0.2), (w * 0.4, h * 0.06)], fill=(112, 82, 84), width=int(w * 0.035), joint="curve")
    draw.line([(0, h * 0.9), (w * 0.07, h * 0.5), (w * 0.2, h * 0.24)], fill=(124, 92, 92), width=int(w * 0.03), joint="curve")
    pinks: list[RGB] = [(226, 150, 182), (244, 182, 206), (252, 208, 224), (255, 236, 242)]
    for x, y, r in ((0.06, 0.2, 0.24), (0.34, 0.02, 0.2), (0.66, 0.06, 0.22), (0.97, 0.22, 0.26), (0.86, 0.48, 0.12), (0.12, 0.46, 0.1)):
        _foliage(draw, rng, (w * x, h * y), w * r, pinks)
    glow(picture, (w * 0.5, h * 0.1), w * 0.7, (255, 240, 230), 0.5)
    return _bokeh(_soft(picture, 0.004), rng, [(255, 226, 236), WHITE], 22, 0, 1)


def _dusk(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (74, 70, 142), (168, 98, 158), (246, 142, 122), (255, 206, 138), (255, 224, 170))
    _clouds(picture, rng, [(0.2, 0.3, 0.5), (0.8, 0.2, 0.6)], (255, 186, 160), (188, 112, 160))
    glow(picture, (w * 0.5, h * 0.62), w * 0.6, (255, 196, 110), 0.8)
    for depth, (low, colour) in enumerate(((0.44, (150, 92, 140)), (0.36, (104, 68, 122)), (0.26, (66, 50, 98)))):
        _houses(picture, rng, depth, low, colour)
    draw = ImageDraw.Draw(picture)
    draw.polygon([(w * 0.4, h * 0.74), (w * 0.6, h * 0.74), (w * 1.1, h), (-w * 0.1, h)], fill=(112, 84, 124))
    for x in (0.1, 0.9):
        draw.line([(w * x, h * 0.2), (w * x, h)], fill=(46, 38, 70), width=int(w * 0.012))
        glow(picture, (w * x, h * 0.2), w * 0.16, (255, 226, 160), 1.0)
    return _bokeh(_soft(picture, 0.0034), rng, [(255, 214, 150), (255, 170, 150)], 18, 0.45, 0.9)


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
        disc(draw, rng.uniform(0, w), rng.uniform(0, 0.7) * h, w * rng.uniform(0.0009, 0.0028), mix((150, 160, 220), WHITE, rng.uniform()))
    glow(picture, (w * 0.78, h * 0.18), w * 0.42, (190, 200, 255), 0.7)
    disc(draw, w * 0.78, h * 0.18, w * 0.085, (252, 248, 226))
    disc(draw, w * 0.76, h * 0.17, w * 0.018, (236, 230, 208))
    disc(draw, w * 0.805, h * 0.2, w * 0.012, (238, 232, 210))
    _hills(draw, size, 0.76, 0.03, (46, 48, 100), 0.6)
    _hills(draw, size, 0.86, 0.02, (30, 32, 74), 2.6)
    return _bokeh(_soft(picture, 0.0016), rng, [(255, 216, 140), (170, 200, 255), (255, 170, 190)], 26, 0.74, 0.98)


def _room(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (250, 232, 206), (244, 218, 190), (226, 190, 162))
    draw = ImageDraw.Draw(picture)
    frame = (w * 0.54, h * 0.06, w * 0.96, h * 0.62)
    picture.paste(ramp((int(frame[2] - frame[0]), int(frame[3] - frame[1])), (150, 206, 250), (220, 240, 252), (206, 232, 190)), (int(frame[0]), int(frame[1])))
    draw.rectangle(frame, outline=(255, 252, 246), width=int(w * 0.022))
    draw.line([(w * 0.75, frame[1]), (w * 0.75, frame[3])], fill=(255, 252, 246), width=int(w * 0.016))
    draw.line([(frame[0], h * 0.32), (frame[2], h * 0.32)], fill=(255, 252, 246), width=int(w * 0.016))
    for x0, x1, lean in ((0.47, 0.58, 0.03), (0.92, 1.04, -0.03)):
        draw.polygon([(w * x0, 0), (w * x1, 0), (w * (x1 + lean), h * 0.72), (w * (x0 - lean), h * 0.72)], fill=(240, 186, 166))
        for x in np.linspace(x0 + 0.015, x1 - 0.02, 4):
            draw.line([(w * x, 0), (w * x, h * 0.72)], fill=(222, 156, 142), width=int(w * 0.007))
    _shelf(draw, rng, (w * 0.03, h * 0.2, w * 0.4, h * 0.52), 2)
    draw.rectangle((0, h * 0.84, w, h), fill=(182, 130, 102))
    draw.rectangle((0, h * 0.82, w, h * 0.845), fill=(252, 240, 224))
    disc(draw, w * 0.1, h * 0.8, w * 0.07, (210, 130, 100))
    _foliage(draw, rng, (w * 0.1, h * 0.68), w * 0.11, [(76, 138, 92), (110, 176, 106), (158, 212, 126)])
    beam = Image.new("L", size)
    ImageDraw.Draw(beam).polygon([(w * 0.55, h * 0.06), (w * 0.95, h * 0.06), (w * 0.6, h), (w * 0.0, h)], fill=70)
    picture.paste((255, 248, 220), (0, 0, w, h), _soft(beam, 0.02))
    return _soft(picture, 0.0045)


def _shelf(draw: ImageDraw.ImageDraw, rng: Generator, box: tuple[float, float, float, float], rows: int) -> None:
    """Rows of books between boards."""
    left, top, right, bottom = box
    tall = (bottom - top) / rows
    palette: list[RGB] = [(176, 74, 72), (70, 108, 150), (224, 176, 92), (92, 140, 112), (140, 96, 140), (238, 226, 204), (64, 70, 104)]
    for row in range(rows):
        floor = top + (row + 1) * tall
        x = left
        while x < right - (right - left) * 0.03:
            wide = tall * rng.uniform(0.09, 0.19)
            if rng.uniform() < 0.93:
                draw.rectangle((x, floor - tall * rng.uniform(0.6, 0.86), min(x + wide, right), floor), fill=palette[int(rng.integers(len(palette)))])
            x += wide + tall * 0.012
        draw.rectangle((left - tall * 0.05, floor, right + tall * 0.05, floor + tall * 0.07), fill=(132, 88, 66))


def _library(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (120, 84, 70), (98, 68, 62), (74, 52, 54))
    draw = ImageDraw.Draw(picture)
    _shelf(draw, rng, (-w * 0.02, h * 0.0, w * 0.36, h * 1.0), 6)
    _shelf(draw, rng, (w * 0.64, h * 0.0, w * 1.02, h * 1.0), 6)
    picture.paste(ramp((int(w * 0.2), int(h * 0.6)), (255, 244, 206), (255, 226, 170)), (int(w * 0.4), int(h * 0.1)))
    for x in (0.4, 0.5, 0.6):
        draw.line([(w * x, h * 0.1), (w * x, h * 0.7)], fill=(112, 78, 62), width=int(w * 0.014))
    for y in (0.1, 0.3, 0.5, 0.7):
        draw.line([(w * 0.4, h * y), (w * 0.6, h * y)], fill=(112, 78, 62), width=int(w * 0.014))
    glow(picture, (w * 0.5, h * 0.36), w * 0.6, (255, 226, 160), 0.85)
    return _bokeh(_soft(picture, 0.006), rng, [(255, 232, 180)], 16, 0.05, 0.9)


def _sea(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (76, 164, 240), (150, 210, 250), (226, 244, 255), (226, 244, 255))
    _clouds(picture, rng, [(0.2, 0.52, 0.6), (0.8, 0.5, 0.7)], WHITE, (196, 218, 244))
    picture.paste(ramp((w, int(h * 0.3)), (46, 132, 206), (70, 178, 222), (150, 224, 228)), (0, int(h * 0.52)))
    draw = ImageDraw.Draw(picture)
    for _ in range(150):
        x, y = rng.uniform(0, w), rng.uniform(0.525, 0.76) * h
        long = w * rng.uniform(0.006, 0.05) * (y / h)
        draw.line([(x, y), (x + long, y)], fill=(214, 244, 252), width=max(1, int(h * 0.002)))
    x = np.linspace(0, w, 60)
    shore = h * (0.8 + 0.012 * np.sin(x / w * 9) + 0.02 * x / w)
    draw.polygon([*zip(x.tolist(), (shore - h * 0.02).tolist(), strict=True), (w, h), (0, h)], fill=(240, 252, 250))
    draw.polygon([*zip(x.tolist(), shore.tolist(), strict=True), (w, h), (0, h)], fill=(246, 226, 184))
    return _soft(picture, 0.0028)


def _snow(size: tuple[int, int], rng: Generator) -> Image.Image:
    w, h = size
    picture = ramp(size, (150, 174, 212), (196, 212, 236), (232, 238, 250))
    draw = ImageDraw.Draw(picture)
    _hills(draw, size, 0.56, 0.05, (206, 218, 240), 0.8)
    for _ in range(26):
        x, y, tall = rng.uniform(0, w), h * rng.uniform(0.58, 0.72), h * rng.uniform(0.1, 0.22)
        for k in range(3):
            half, base = tall * (0.16 + 0.07 * k), y - tall * (0.62 - 0.3 * k)
            draw.polygon([(x, base - tall * 0.42), (x - half, base), (x + half, base)], fill=mix((92, 128, 150), (210, 222, 240), 0.25 + 0.14 * k))
    _hills(draw, size, 0.74, 0.02, (242, 246, 255), 2.2)
    return _soft(picture, 0.004)


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
