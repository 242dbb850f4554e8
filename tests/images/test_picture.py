"""Picture: crops by box and scale, decoded once per scale, failures remembered."""

from __future__ import annotations

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from kyara.errors import UnreadableImageError
from kyara.images import Limits, Picture, probe
from kyara.records import Reason

LIMITS = Limits()


def opened(data, before_decode=None):
    return Picture(data, probe(data, LIMITS), LIMITS, before_decode)


@pytest.fixture(scope="module")
def large():
    """A smooth picture of 900 × 1300 with detail in both directions."""
    y, x = np.mgrid[0:1300, 0:900]
    waves = [np.sin(x / 40) * np.cos(y / 55), np.sin((x + y) / 70), np.cos(y / 90)]
    return np.stack([127 + 120 * wave for wave in waves], axis=-1).astype(np.uint8)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_never_smaller_than_twice_the_side_where_the_original_is_not(encode, data):
    width, height = (data.draw(st.integers(1, 700)) for _ in range(2))
    side = data.draw(st.integers(1, 200))
    x0, y0 = data.draw(st.floats(-5, width - 0.5)), data.draw(st.floats(-5, height - 0.5))
    box = (x0, y0, x0 + data.draw(st.floats(5.5, 700)), y0 + data.draw(st.floats(5.5, 700)))
    image = Image.new("RGB", (width, height))
    for format in ("JPEG", "BMP"):
        picture = opened(encode(image, format))
        for wanted in (None, box):
            inside = (0, 0, width, height) if wanted is None else wanted
            original = min(
                min(inside[2], width) - max(inside[0], 0),
                min(inside[3], height) - max(inside[1], 0),
            )
            found = picture.crop(wanted, side)
            assert found.dtype == np.uint8
            assert min(found.shape[:2]) >= min(2 * side, original), (format, wanted, found.shape)
            assert min(found.shape[:2]) < max(4 * side, original + 2) + 1, "scaled down where that is allowed"


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("side", [60, 120, 2000])
def test_a_crop_is_that_region_of_the_whole(format, side, encode, large):
    picture = opened(encode(large, format))
    for x0, y0, x1, y1 in (
        (0, 0, 900, 1300),
        (101.5, 200.2, 733.3, 900.9),
        (500, 900, 2000, 2000),
        (-50, -50, 321, 432),
    ):
        part = picture.crop((x0, y0, x1, y1), side)
        area = [int(max(x0, 0)), int(max(y0, 0)), min(int(np.ceil(x1)), 900), min(int(np.ceil(y1)), 1300)]
        whole = Image.fromarray(large).resize((part.shape[1], part.shape[0]), Image.Resampling.BOX, box=area)
        difference = np.abs(part.astype(int) - np.asarray(whole, int))
        assert difference.mean() < 3, (area, part.shape)
        assert difference.max() < 24


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("side", [20, 2000])
def test_boxes_are_in_the_upright_picture(orientation, side, encode, large):
    exif = Image.Exif()
    exif[274] = orientation
    stored = Image.fromarray(large)
    stored.getexif()[274] = orientation
    upright = ImageOps.exif_transpose(stored)
    box = (100, 150, 400, 700)
    part = opened(encode(large, "JPEG", exif=exif.tobytes())).crop(box, side)
    expected = upright.resize((part.shape[1], part.shape[0]), Image.Resampling.BOX, box=box)
    assert np.abs(part.astype(int) - np.asarray(expected, int)).mean() < 3


def test_a_crop_does_not_depend_on_what_was_asked_before(encode, large):
    data = encode(large, "JPEG")
    asks = [(None, 50), ((10, 10, 300, 300), 50), (None, 400), ((400, 500, 800, 900), 20)]
    alone = [opened(data).crop(*ask) for ask in asks]
    picture = opened(data)
    for ask, expected in reversed(list(zip(asks, alone, strict=True))):
        assert np.array_equal(picture.crop(*ask), expected)


def test_decodes_once_per_scale_and_only_when_looked_at(encode, large):
    decodes = []
    picture = opened(encode(large, "JPEG"), lambda: decodes.append(1))
    assert decodes == []
    for _ in range(3):
        picture.crop(None, 100)
        picture.crop((0, 0, 899, 1299), 100)
    assert len(decodes) == 1
    picture.crop((0, 0, 300, 300), 100)
    assert len(decodes) == 2
    picture.forget()
    picture.crop(None, 100)
    assert len(decodes) == 3
    lossless = opened(encode(large, "PNG"), lambda: decodes.append(1))
    for side in (20, 100, 1000):
        lossless.crop(None, side)
    assert len(decodes) == 4


def test_a_failure_is_remembered_but_not_for_want_of_memory(encode, gradient, monkeypatch):
    decodes = []
    data = encode(gradient, "JPEG")
    broken = opened(data[: len(data) // 2], lambda: decodes.append(1))
    for _ in range(3):
        with pytest.raises(UnreadableImageError) as caught:
            broken.crop(None, 20)
        assert caught.value.reason == Reason.TRUNCATED
    assert len(decodes) == 1

    def poor(*_args, **_options):
        raise MemoryError

    for format, owner, name in (("JPEG", simplejpeg, "decode_jpeg"), ("PNG", Image.Image, "load")):
        picture = opened(encode(gradient, format))
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, poor)
            with pytest.raises(UnreadableImageError) as caught:
                picture.crop(None, 20)
            assert caught.value.reason == Reason.OUT_OF_MEMORY
        assert picture.crop(None, 1000).shape == (90, 120, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("box", [None, (20, 30, 400, 800)])
@pytest.mark.parametrize("side", [10, 100, 1000])
def test_crops_cannot_be_written_to_and_are_contiguous(format, box, side, encode, large):
    found = opened(encode(large, format)).crop(box, side)
    assert found.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0, 0] = 1


@pytest.mark.parametrize(
    "box", [(120, 0, 130, 10), (0, 90, 10, 99), (-9, 0, 0, 10), (5, 5, 5, 9), (9, 9, 3, 3), (0, 0, float("nan"), 5)]
)
def test_a_box_without_pixels_is_an_error_of_the_caller(box, encode, gradient):
    with pytest.raises(ValueError, match="holds no pixel of a 120x90 picture"):
        opened(encode(gradient, "PNG")).crop(box, 10)


def test_tiny_boxes_and_pictures(encode):
    assert opened(encode(Image.new("RGB", (1, 1), "red"), "PNG")).crop(None, 224).tolist() == [[[255, 0, 0]]]
    assert opened(encode(Image.new("RGB", (9, 9)), "PNG")).crop((3.2, 3.2, 3.4, 3.4), 1).shape == (1, 1, 3)
    assert opened(encode(Image.new("RGB", (5000, 1)), "JPEG")).crop(None, 1).shape == (1, 5000, 3)
