"""Drawn pictures: the same each time, boxes tight around what was drawn, hair of the colour that is labelled."""

from functools import cache
from zlib import crc32

import numpy as np
import pytest
from PIL import ImageChops

from kyara.demo.cast import characters, pictures
from kyara.demo.colours import HAIR, RGB
from kyara.demo.drawing import Drawing, draw
from kyara.demo.scenes import paint_scene

# one picture of every hair colour, the strongest lights among them
_SHOWN = (
    "aoi_night.png",
    "pair_haruto_sora.png",
    "yuki_moonlight.png",
    "momo_crying.jpg",
    "daichi_evening.jpg",
    "genzo_full.jpg",
    "pair_yuki_elise.png",
    "pair_aoi_rin.png",
    "nyx_night.jpg",
    "kai_full.jpg",
    "mira_dusk.jpg",
)


@cache
def drawn(file: str) -> Drawing:
    return draw(next(picture for picture in pictures() if picture.file == file))


def lab(colour: np.ndarray | RGB) -> np.ndarray:
    """CIE L*a*b* of an sRGB colour, where distance is what the eye sees."""
    c = np.asarray(colour, dtype=np.float64) / 255
    c = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    rows = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(rows @ c / (0.9505, 1.0, 1.089))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_same_picture_twice_is_the_same_to_the_byte() -> None:
    for file in ("genzo_full.jpg", "momo_crying.jpg"):
        again = draw(next(picture for picture in pictures() if picture.file == file))
        assert again.image.tobytes() == drawn(file).image.tobytes()
        assert [(s.head, s.body) for s in again.seen] == [(s.head, s.body) for s in drawn(file).seen]


@pytest.mark.parametrize("file", _SHOWN)
def test_boxes_lie_inside_the_picture_and_heads_inside_bodies(file: str) -> None:
    width, height = drawn(file).image.size
    for seen in drawn(file).seen:
        assert 0 <= seen.body[0] <= seen.head[0] < seen.head[2] <= seen.body[2] <= width
        assert 0 <= seen.body[1] <= seen.head[1] < seen.head[3] <= seen.body[3] <= height
        assert 0.5 < (seen.head[2] - seen.head[0]) / (seen.head[3] - seen.head[1]) < 1.4


def test_the_body_box_is_tight_around_the_pixels_the_figure_changed() -> None:
    picture = next(picture for picture in pictures() if picture.file == "yuki_blush.png")
    drawing = draw(picture)
    bare = paint_scene(picture.scene, picture.size, np.random.default_rng(crc32(picture.file.encode())))
    changed = ImageChops.difference(drawing.image, bare).point(lambda v: 255 * (v > 12)).getbbox()
    assert changed is not None
    assert np.abs(np.subtract(changed, drawing.seen[0].body)).max() <= 2


def test_who_stands_in_front_hides_who_stands_behind() -> None:
    behind, before = drawn("pair_yuki_elise.png").seen
    assert not ImageChops.multiply(behind.hair, before.hair).getbbox()


@pytest.mark.parametrize("file", _SHOWN)
def test_hair_reads_as_its_label_says_under_every_light(file: str) -> None:
    pixels = np.asarray(drawn(file).image)
    for seen in drawn(file).seen:
        mean = lab(pixels[np.asarray(seen.hair) > 0].mean(axis=0))
        nearest = min(HAIR, key=lambda name: float(np.linalg.norm(lab(HAIR[name].base) - mean)))
        assert nearest == characters()[seen.who].hair.color


def test_the_pictures_above_show_every_hair_colour() -> None:
    shown = {characters()[seen.who].hair.color for file in _SHOWN for seen in drawn(file).seen}
    assert shown == set(HAIR)
