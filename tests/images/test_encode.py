"""encoded: what Python users hold becomes encoded bytes that probe and Picture take."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kyara.errors import UnreadableImageError
from kyara.images import encoded
from kyara.records import Reason


def test_paths_and_bytes_are_taken_as_they_are(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"whatever")
    for given in (path, str(path), b"whatever", bytearray(b"whatever"), memoryview(b"whatever")):
        assert encoded(given) == b"whatever"
    with pytest.raises(FileNotFoundError):
        encoded(tmp_path / "none.png")


def test_arrays(gradient, pixels):
    assert np.array_equal(pixels(encoded(gradient)), gradient)
    assert encoded(gradient[::-1, ::-1].copy()[::-1, ::-1]) == encoded(gradient), "strides do not matter"
    assert np.array_equal(pixels(encoded(gradient / 255)), gradient)
    grey = gradient[..., 0]
    assert np.array_equal(pixels(encoded(grey)), np.stack([grey] * 3, -1))
    assert encoded(grey[..., None]) == encoded(grey)
    clear = np.dstack([gradient, np.zeros(gradient.shape[:2], np.uint8)])
    assert (pixels(encoded(clear)) == 255).all()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((4, 4, 3), 200.0), r"values 200..200.*expected 0..1"),
        (np.full((4, 4, 3), -0.5), "values -0.5"),
        (np.full((4, 4), np.nan), "nan"),
        (np.zeros((4, 4, 3), np.int64), "int64"),
        (np.zeros((4, 4), bool), "bool"),
        (np.zeros((3, 4, 4, 3), np.uint8), r"shape \(3, 4, 4, 3\)"),
        (np.zeros((4, 4, 2), np.uint8), r"expected \(H, W\)"),
        (np.zeros(16, np.uint8), "shape"),
        (np.zeros((0, 4, 3), np.uint8), "shape"),
    ],
)
def test_arrays_that_are_no_picture(array, words):
    with pytest.raises(ValueError, match=words):
        encoded(array)
    with pytest.raises(TypeError, match="list is no picture"):
        encoded([1, 2])


def test_pillow_images(gradient, encode, pixels):
    image = Image.fromarray(gradient)
    assert encoded(image) == encoded(gradient)
    assert np.array_equal(pixels(encoded(image.convert("RGBA"))), gradient)
    assert pixels(encoded(image.convert("CMYK"))).shape == gradient.shape
    exif = Image.Exif()
    exif[274] = 6
    turned = Image.open(io.BytesIO(encode(image, "PNG", exif=exif.tobytes())))
    assert np.array_equal(pixels(encoded(turned)), np.rot90(gradient, -1))


def test_a_pillow_image_that_does_not_load(gradient, encode):
    data = encode(gradient, "JPEG")
    with pytest.raises(UnreadableImageError) as caught:
        encoded(Image.open(io.BytesIO(data[: len(data) // 2])))
    assert caught.value.reason == Reason.TRUNCATED
