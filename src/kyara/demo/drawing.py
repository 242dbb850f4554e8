"""One picture: the scene, the figures in their places, the light, and the exact boxes of what was drawn.

Knows neither files nor sidecars.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from PIL import Image

from kyara.demo.cast import Picture, Pose, builds, characters, moods
from kyara.demo.figure import Place, draw_figure
from kyara.demo.layer import SUPERSAMPLING
from kyara.demo.light import LIGHTS, drift, ground_shadow, lit
from kyara.demo.scenes import paint_scene

Box = tuple[int, int, int, int]
# pixels per head unit and height of the neck, as shares of the picture's height
_FRAMING = {"portrait": (0.0038, 0.745), "bust": (0.0028, 0.605), "knee": (0.00186, 0.39)}
_FULL_SCALE, _FULL_GROUND = 0.00121, 0.955


@dataclass(frozen=True, slots=True)
class Seen:
    """One drawn character: boxes (left, top, right, bottom; pixels, the last two exclusive) and its hair, a mask."""

    who: str
    head: Box
    body: Box
    hair: Image.Image


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished picture (RGB) and who is to be seen in it, in the order of its poses."""

    image: Image.Image
    seen: tuple[Seen, ...]


def draw(picture: Picture) -> Drawing:
    """Draw one picture of the cast; the same picture always gives the same pixels."""
    rng = np.random.default_rng(crc32(picture.file.encode()))
    light = LIGHTS[picture.light]
    canvas = paint_scene(picture.scene, picture.size, rng)
    found: list[dict[str, Image.Image]] = []
    for pose in picture.poses:
        place = _place(picture, pose)
        if picture.crop == "full":
            ground_shadow(canvas, (place.neck[0], picture.size[1] * _FULL_GROUND), 100 * place.scale)
        masks, figure = _figure(picture, pose, place)
        for earlier in found:
            for mask in earlier.values():
                mask.paste(0, mask=masks["body"])
        found.append(masks)
        shown = lit(figure, light)
        canvas.paste(shown, (0, 0), shown)
    if light.drift:
        drift(canvas, light.drift, rng)
    return Drawing(canvas, tuple(_seen(pose.who, masks) for pose, masks in zip(picture.poses, found, strict=True)))


def _place(picture: Picture, pose: Pose) -> Place:
    """The neck in pixels and the pixels per unit; in full view everybody stands on the same ground."""
    w, h = picture.size
    x = w * (0.5 + pose.x)
    if picture.crop == "full":
        scale = h * _FULL_SCALE * pose.size
        sole = builds()[characters()[pose.who].build].ankle_y + 26
        return Place((x, h * (_FULL_GROUND + pose.y) - sole * scale), scale)
    share, neck = _FRAMING[picture.crop]
    return Place((x, h * (neck + pose.y)), h * share * pose.size)


def _figure(picture: Picture, pose: Pose, place: Place) -> tuple[dict[str, Image.Image], Image.Image]:
    big = (picture.size[0] * SUPERSAMPLING, picture.size[1] * SUPERSAMPLING)
    fine = Place((place.neck[0] * SUPERSAMPLING, place.neck[1] * SUPERSAMPLING), place.scale * SUPERSAMPLING)
    layer = draw_figure(big, characters()[pose.who], pose, moods()[pose.mood], fine)
    figure = layer.image.reduce(SUPERSAMPLING)
    masks = {name: _solid(layer.region(name).reduce(SUPERSAMPLING)) for name in ("head", "hair")}
    return masks | {"body": _solid(figure.getchannel("A"))}, figure


def _solid(mask: Image.Image) -> Image.Image:
    """At least half covered or not at all."""
    return mask.point([0] * 128 + [255] * 128)


def _seen(who: str, masks: dict[str, Image.Image]) -> Seen:
    head, body = masks["head"].getbbox(), masks["body"].getbbox()
    if head is None or body is None:
        raise ValueError(f"{who} is drawn outside the picture; move the pose in pictures.toml into view")
    return Seen(who, head, body, masks["hair"])
