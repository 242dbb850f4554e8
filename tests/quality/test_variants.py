"""Variants of a drawing against copies of it: the drawn cast with other faces, and one face spoilt in many ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from kyara.demo.cast import Picture, pictures
from kyara.demo.drawing import draw
from kyara.quality.measure import grey_of
from kyara.quality.variants import CHANGED, Features, change
from kyara.records import Box

ALONE = [picture for picture in pictures() if len(picture.poses) == 1 and picture.crop == "bust"][::12][:3]


def features(image: Image.Image) -> Features:
    return Features.of(grey_of(np.asarray(image.convert("RGB"))))


def drawn(picture: Picture, mood: str | None = None) -> tuple[Image.Image, list[Box]]:
    """The picture, with another face where one is named, and its heads in shares of its size."""
    pose = picture.poses[0]
    drawing = draw(replace(picture, poses=(replace(pose, mood=mood or pose.mood),)))
    width, height = drawing.image.size
    heads = [seen.head for seen in drawing.seen]
    return drawing.image.convert("RGB"), [(a / width, b / height, c / width, d / height) for a, b, c, d in heads]


def jpeg(image: Image.Image) -> Image.Image:
    out = BytesIO()
    image.save(out, "JPEG", quality=30)
    return Image.open(BytesIO(out.getvalue())).convert("RGB")


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "equal": lambda image: image,
    "small": lambda image: image.resize((image.width // 3, image.height // 3)),
    "jpeg": jpeg,
    "bright": lambda image: ImageEnhance.Brightness(image).enhance(1.3),
    "dark": lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    "framed": lambda image: ImageOps.expand(image, 30, "black"),
    "cropped": lambda image: image.crop((20, 30, image.width - 20, image.height - 5)),
    "rotated": lambda image: image.rotate(2, Image.Resampling.BICUBIC),
}


@pytest.mark.parametrize("picture", ALONE, ids=lambda picture: picture.file)
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_has_the_same_face(way: str, picture: Picture) -> None:
    image, heads = drawn(picture)
    found = change(features(image), features(COPIES[way](image)), heads)
    assert found is not None
    assert found < CHANGED


@pytest.mark.parametrize("picture", ALONE, ids=lambda picture: picture.file)
@pytest.mark.parametrize("way", ["equal", "small", "jpeg", "bright", "cropped"])
def test_closed_eyes_make_another_face_however_it_is_shown(way: str, picture: Picture) -> None:
    (image, heads), (other, _) = drawn(picture), drawn(picture, "sleepy")
    found = change(features(image), features(COPIES[way](other)), heads)
    assert found is not None
    assert found > CHANGED


def test_in_a_mirror_a_copy_lies_over_its_picture() -> None:
    image, heads = drawn(ALONE[0])
    mirrored = features(ImageOps.mirror(image))
    found = change(features(image), mirrored.in_a_mirror(), heads)
    assert found is not None
    assert found < 1


def test_what_cannot_be_compared_is_not_judged() -> None:
    image, heads = drawn(ALONE[0])
    plain = Image.new("RGB", image.size, "white")
    assert change(features(image), features(plain), heads) is None, "nothing in common"
    assert change(features(image), features(image), []) is None, "no head"
    below = image.crop((0, image.height * 3 // 4, image.width, image.height))
    assert change(features(image), features(below), [(0.3, 0.0, 0.7, 0.3)]) is None, "no face in both"
    tiny = Image.new("RGB", (1, 1))
    assert change(features(tiny), features(image), heads) is None
