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
from kyara.quality.variants import Features, Verdict, compared
from kyara.records import Box

ALONE = [picture for picture in pictures() if len(picture.poses) == 1 and picture.crop == "bust"][::4][:3]


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
    assert compared(features(image), features(COPIES[way](image)), heads) == Verdict.COPY


@pytest.mark.parametrize("picture", ALONE, ids=lambda picture: picture.file)
@pytest.mark.parametrize("way", ["equal", "small", "jpeg", "bright", "cropped"])
def test_closed_eyes_make_another_face_however_it_is_shown(way: str, picture: Picture) -> None:
    (image, heads), (other, _) = drawn(picture), drawn(picture, "sleepy")
    assert compared(features(image), features(COPIES[way](other)), heads) == Verdict.ANOTHER_FACE
    assert compared(features(image), features(COPIES[way](other)), []) == Verdict.COPY, "no face, no other face"


def test_in_a_mirror_a_copy_lies_over_its_picture() -> None:
    image, heads = drawn(ALONE[0])
    mirrored = features(ImageOps.mirror(image))
    assert compared(features(image), mirrored.in_a_mirror(), heads) == Verdict.COPY


def test_strangers_have_nothing_in_common_and_of_a_plain_picture_nothing_is_known() -> None:
    image, heads = drawn(ALONE[0])
    other, _ = drawn(ALONE[1])
    assert compared(features(image), features(other), heads) == Verdict.ANOTHER_PICTURE
    assert compared(features(image), features(Image.new("RGB", image.size, "white")), heads) == Verdict.UNKNOWN
    assert compared(features(Image.new("RGB", (1, 1))), features(image), heads) == Verdict.UNKNOWN
