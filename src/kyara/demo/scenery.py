"""What backgrounds are made of: gradients, glows, clouds, hills, leaves, shelves, lights out of focus.

Draws onto RGB pictures in place unless said otherwise; knows no particular scene.
"""

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kyara.demo.colours import RGB


def ramp(size: tuple[int, int], *stops: RGB) -> Image.Image:
    """A vertical gradient through evenly spaced colours."""
    at = np.linspace(0, 1, len(stops))
    y = np.linspace(0, 1, size[1])
    column = np.stack([np.interp(y, at, [stop[i] for stop in stops]) for i in range(3)], axis=1)
    return Image.fromarray(np.round(column).astype(np.uint8)[:, None, :]).resize(size, Image.Resampling.NEAREST)


def glow(picture: Image.Image, at: tuple[float, float], radius: float, colour: RGB, strength: float = 1.0) -> None:
    """Add soft light around a point, in place."""
    left, top, side = round(at[0] - radius), round(at[1] - radius), max(2, round(2 * radius))
    ball = np.clip(1 - np.hypot(*np.mgrid[-1:1:64j, -1:1:64j]), 0, 1) ** 2 * strength
    light = Image.fromarray(np.round(ball[..., None] * np.array(colour)).clip(0, 255).astype(np.uint8)).resize(
        (side, side)
    )
    picture.paste(ImageChops.screen(picture.crop((left, top, left + side, top + side)), light), (left, top))


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, colour: int | tuple[int, ...]) -> None:
    """A filled circle."""
    draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def soft(picture: Image.Image, share: float) -> Image.Image:
    """A blurred copy; the radius is a share of the width."""
    return picture.filter(ImageFilter.GaussianBlur(share * picture.size[0]))


def bokeh(
    picture: Image.Image, rng: Generator, colours: list[RGB], count: int, top: float, bottom: float
) -> Image.Image:
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


def clouds(
    picture: Image.Image, rng: Generator, spots: list[tuple[float, float, float]], light: RGB, shade: RGB
) -> None:
    """Heaps of cloud with lit tops and flat shaded feet."""
    w, h = picture.size
    for cx, cy, size in spots:
        puffs = [(cx * w + dx * size * w, cy * h - lift * size * w, r * size * w) for dx, lift, r in _heap(rng)]
        foot = cy * h + 0.1 * size * w
        mask = Image.new("L", picture.size)
        draw = ImageDraw.Draw(mask)
        for x, y, r in puffs:
            disc(draw, x, y, r, 255)
        lit = Image.new("L", picture.size)
        bright = ImageDraw.Draw(lit)
        for x, y, r in puffs:
            disc(bright, x - r * 0.16, y - r * 0.24, r * 0.84, 255)
        fade = Image.new("L", (1, h))
        fade.putdata([int(np.clip((foot - y) / (0.2 * size * w) * 255, 0, 255)) for y in range(h)])
        veil = ImageChops.multiply(soft(mask, 0.003), fade.resize(picture.size))
        picture.paste(shade, (0, 0, w, h), veil)
        picture.paste(light, (0, 0, w, h), ImageChops.multiply(soft(lit, 0.006), veil))


def _heap(rng: Generator) -> list[tuple[float, float, float]]:
    x = np.linspace(-0.5, 0.5, 11)
    hill = np.cos(x * np.pi)
    return [
        (
            float(a + rng.normal(0, 0.02)),
            float(0.22 * b * rng.uniform(0.3, 1.1)),
            float(0.07 + 0.11 * b * rng.uniform(0.7, 1)),
        )
        for a, b in zip(x, hill, strict=True)
    ]


def hills(draw: ImageDraw.ImageDraw, size: tuple[int, int], y: float, swell: float, colour: RGB, phase: float) -> None:
    """A ridge of hills at height `y`, a share of the picture's, that swells by `swell`."""
    w, h = size
    x = np.linspace(0, w, 60)
    ridge = h * (y + swell * np.sin(x / w * 4.2 + phase) + swell * 0.4 * np.sin(x / w * 11 + phase * 2))
    draw.polygon([*zip(x.tolist(), ridge.tolist(), strict=True), (w, h), (0, h)], fill=colour)


def foliage(draw: ImageDraw.ImageDraw, rng: Generator, at: tuple[float, float], r: float, tones: list[RGB]) -> None:
    """A crown of leaves: dark rounds first, lighter ones up and to the left."""
    for step, tone in enumerate(tones):
        for _ in range(20):
            angle, reach = rng.uniform(0, 2 * np.pi), r * np.sqrt(rng.uniform(0, 1)) * (1 - 0.17 * step)
            x = at[0] + reach * np.cos(angle) - step * r * 0.13
            disc(
                draw,
                x,
                at[1] + reach * 0.8 * np.sin(angle) - step * r * 0.15,
                r * rng.uniform(0.2, 0.34) * (1 - 0.12 * step),
                tone,
            )


def shelf(draw: ImageDraw.ImageDraw, rng: Generator, box: tuple[float, float, float, float], rows: int) -> None:
    """Rows of books between boards."""
    left, top, right, bottom = box
    tall = (bottom - top) / rows
    palette: list[RGB] = [
        (176, 74, 72),
        (70, 108, 150),
        (224, 176, 92),
        (92, 140, 112),
        (140, 96, 140),
        (238, 226, 204),
        (64, 70, 104),
    ]
    for row in range(rows):
        floor = top + (row + 1) * tall
        x = left
        while x < right - (right - left) * 0.03:
            wide = tall * rng.uniform(0.09, 0.19)
            if rng.uniform() < 0.93:
                draw.rectangle(
                    (x, floor - tall * rng.uniform(0.6, 0.86), min(x + wide, right), floor),
                    fill=palette[int(rng.integers(len(palette)))],
                )
            x += wide + tall * 0.012
        draw.rectangle((left - tall * 0.05, floor, right + tall * 0.05, floor + tall * 0.07), fill=(132, 88, 66))
