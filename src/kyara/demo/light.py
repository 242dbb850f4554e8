"""Light on a finished figure, the shadow at its feet, and what drifts through the air before it.

Works on the picture at its final size. Lights tint; none is strong enough to turn one hair colour into another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kyara.demo.colours import RGB, mix
from kyara.demo.scenery import ramp


@dataclass(frozen=True, slots=True)
class Light:
    """A colour the figure is multiplied by, a rim of light and its side (-1 left, 1 right), and what drifts past."""

    tint: RGB
    rim: RGB
    side: int
    rim_strength: float
    drift: str = ""


LIGHTS = {
    "day": Light((255, 252, 246), (255, 255, 240), -1, 0.5),
    "soft": Light((255, 250, 248), (255, 255, 255), -1, 0.3),
    "window": Light((255, 246, 232), (255, 246, 214), 1, 0.6),
    "sunset": Light((255, 236, 224), (255, 206, 130), 1, 0.85),
    "moon": Light((238, 240, 253), (176, 206, 255), 1, 0.8),
    "petals": Light((255, 248, 248), (255, 240, 244), -1, 0.5, "petals"),
    "snowfall": Light((240, 244, 255), (255, 255, 255), -1, 0.5, "snow"),
    "embers": Light((255, 234, 218), (255, 190, 120), -1, 0.8, "motes"),
}


def lit(figure: Image.Image, light: Light) -> Image.Image:
    """The figure (RGBA) under the light: tinted, a little darker towards the ground, rimmed on one side."""
    alpha = figure.getchannel("A")
    dim: RGB = mix(light.tint, (0, 0, 0), 0.05)
    shown = ImageChops.multiply(figure.convert("RGB"), ramp(figure.size, light.tint, dim))
    width = max(2, figure.size[0] // 150)
    shifted = ImageChops.offset(alpha, -light.side * width, width)
    rim = ImageChops.subtract(alpha, shifted).filter(ImageFilter.GaussianBlur(width * 0.5))
    shown.paste(light.rim, (0, 0, *figure.size), rim.point([round(v * light.rim_strength * 0.8) for v in range(256)]))
    shown.putalpha(alpha)
    return shown


def ground_shadow(picture: Image.Image, at: tuple[float, float], half: float) -> None:
    """A soft oval under the feet, in place."""
    mask = Image.new("L", picture.size)
    x, y = at
    ImageDraw.Draw(mask).ellipse((x - half, y - half * 0.16, x + half, y + half * 0.16), fill=120)
    picture.paste((60, 48, 84), (0, 0, *picture.size), mask.filter(ImageFilter.GaussianBlur(half * 0.1)))


def drift(picture: Image.Image, kind: str, rng: Generator) -> None:
    """Petals, snow or motes of light between the viewer and the figure, in place; they keep off the middle."""
    w, h = picture.size
    veil = Image.new("RGBA", (w * 2, h * 2), (255, 255, 255, 0))
    draw = ImageDraw.Draw(veil)
    for _ in range({"petals": 26, "snow": 60, "motes": 34}[kind]):
        x, y, r = rng.uniform(0, 2 * w), rng.uniform(0, 2 * h), rng.uniform(0.5, 1.0) * w * 0.016
        if abs(x - w) < 0.5 * w and 0.3 * h < y < 1.3 * h:
            continue
        if kind == "petals":
            turn = rng.uniform(0, np.pi)
            angle = np.linspace(0, 2 * np.pi, 24)
            px, py = r * 1.2 * np.cos(angle), r * 0.6 * np.sin(angle) * (1 + 0.4 * np.cos(angle))
            spots = zip(
                x + px * np.cos(turn) - py * np.sin(turn),
                y + px * np.sin(turn) + py * np.cos(turn),
                strict=True,
            )
            draw.polygon([(float(a), float(b)) for a, b in spots], fill=(255, 196, 214, 235))
        elif kind == "snow":
            draw.ellipse((x - r * 0.5, y - r * 0.5, x + r * 0.5, y + r * 0.5), fill=(255, 255, 255, 225))
        else:
            draw.ellipse((x - r * 0.3, y - r * 0.3, x + r * 0.3, y + r * 0.3), fill=(255, 220, 150, 210))
    veil = veil.reduce(2).filter(ImageFilter.GaussianBlur(0.7))
    picture.paste(veil, (0, 0), veil)
