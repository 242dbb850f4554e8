"""Every mode becomes RGB as a viewer would show it on a white page."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms

from kyara.images.colour import to_rgb


def near(found, expected, tolerance=0):
    found, expected = np.asarray(found, int), np.asarray(expected, int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance


@pytest.mark.parametrize(
    ("format", "tolerance"),
    [("PNG", 0), ("BMP", 0), ("TIFF", 0), ("PSD", 0), ("WEBP", 0), ("GIF", 8), ("JPEG", 6), ("AVIF", 6), ("HEIC", 6)],
)
def test_rgb_in_every_format(format, tolerance, encode, gradient, pixels):
    picture = Image.fromarray(gradient)
    if format == "GIF":
        picture = picture.quantize(256, dither=Image.Dither.NONE)
        tolerance, gradient = 0, np.asarray(picture.convert("RGB"))
    near(pixels(encode(picture, format)), gradient, tolerance)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP", "AVIF"])
def test_grey_and_one_bit(format, encode, gradient, pixels):
    grey = gradient[..., 0]
    tolerance = 4 if format in ("JPEG", "AVIF") else 1
    near(pixels(encode(Image.fromarray(grey), format)), np.stack([grey] * 3, -1), tolerance)
    bit = Image.fromarray(grey > 100)
    tolerance = 30 if format in ("JPEG", "AVIF") else 1
    near(pixels(encode(bit, format)), np.asarray(bit.convert("RGB")), tolerance)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "AVIF", "HEIC", "PSD"])
def test_alpha_lies_on_white(format, encode, pixels):
    picture = np.zeros((32, 48, 4), np.uint8)
    picture[..., 0] = 200
    picture[:, 16:32, 3] = 255
    picture[:, 32:, 3] = 128
    found = pixels(encode(picture, format))
    tolerance = 6 if format in ("AVIF", "HEIC") else 3
    near(found[16, 8], (255, 255, 255), tolerance)
    near(found[16, 24], (200, 0, 0), tolerance)
    if format != "PSD":  # whose flattened picture lies on white already
        near(found[16, 40], (227, 127, 127), tolerance)


def test_alpha_of_every_mode(encode, pixels):
    grey = Image.merge("LA", (Image.new("L", (4, 4), 100), Image.new("L", (4, 4), 0)))
    palette = Image.merge("PA", (Image.new("P", (4, 4), 1), Image.new("L", (4, 4), 0)))
    for picture in (grey, palette, grey.convert("RGBA").convert("RGBa"), grey.convert("La")):
        near(to_rgb(picture), np.full((4, 4, 3), 255))
    near(pixels(encode(grey, "PNG")), np.full((4, 4, 3), 255))


def test_palette_with_one_transparent_colour_and_with_many(encode, pixels):
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30, 200, 0, 0])
    palette.putpixel((0, 0), 2)
    for format in ("PNG", "GIF"):
        opaque = pixels(encode(palette, format))
        near(opaque[0, 0], (200, 0, 0))
        near(opaque[1, 1], (10, 20, 30))
        near(pixels(encode(palette, format, transparency=1))[1, 1], (255, 255, 255))
    half = pixels(encode(palette, "PNG", transparency=bytes([255, 128, 255])))
    near(half[1, 1], (132, 137, 142), 1)


@pytest.mark.parametrize(
    ("depth", "colour", "opaque", "key"),
    [
        (8, 0, b"\x50", b"\0\x60"),
        (8, 2, b"\1\2\3", b"\0\4\0\5\0\6"),
        (16, 0, b"\x12\x34", b"\x12\x35"),
        (16, 2, b"\x12\0\x34\0\x56\0", b"\x78\0\x9a\0\xbc\0"),
        (4, 0, b"\x50", b"\0\6"),
        (2, 0, b"\x40", b"\0\2"),
        (1, 0, b"\x00", b"\0\1"),
    ],
)
def test_a_transparent_colour_without_palette(depth, colour, opaque, key, png, pixels):
    """tRNS of grey and RGB pictures at every depth: the pixel of the key's colour is see-through, its like is not."""
    if depth == 16:
        clear = key
    elif depth == 8:
        clear = key[1::2]
    else:
        clear = bytes([key[1] << (8 - depth)])
    row = bytes([opaque[0] | clear[0] >> depth]) if depth < 8 else opaque + clear
    found = pixels(png(2, 1, depth, colour, b"\0" + row, [(b"tRNS", key)]))
    near(found[0, 1], (255, 255, 255))
    assert found[0, 0].max() < 200


def test_sixteen_bits(encode, gradient, png, pixels):
    wide = gradient[..., 0].astype(np.uint16) * 257
    expected = np.stack([gradient[..., 0]] * 3, -1)
    for format in ("PNG", "TIFF"):
        near(pixels(encode(Image.fromarray(wide), format)), expected)
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in gradient)
    near(pixels(png(120, 90, 16, 2, rows)), gradient)
    near(pixels(_tiff_rgb16(gradient)), gradient)


def _tiff_rgb16(picture):
    """A big-endian TIFF of 16 bits a channel, which Pillow reads but does not write."""
    strip = (picture.astype(">u2") * 257).tobytes()
    height, width = picture.shape[:2]
    fields = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 0), (259, 3, 1, 1 << 16), (262, 3, 1, 2 << 16)]
    fields += [(273, 4, 1, 0), (277, 3, 1, 3 << 16), (278, 4, 1, height), (279, 4, 1, len(strip))]
    after = 8 + 2 + 12 * len(fields) + 4
    values = {258: after, 273: after + 6}
    directory = b"".join(struct.pack(">HHII", t, k, n, values.get(t, v)) for t, k, n, v in fields)
    head = b"MM\0*" + struct.pack(">IH", 8, len(fields)) + directory + struct.pack(">I", 0)
    return head + struct.pack(">HHH", 16, 16, 16) + strip


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_floats_are_scaled_by_the_white_they_fit(top, encode, gradient, pixels):
    values = (gradient[..., 0] / 255 * top).astype(np.float32)
    near(pixels(encode(Image.fromarray(values), "TIFF"))[..., 1], gradient[..., 0], 1)


def test_odd_numbers_still_make_a_picture(encode, pixels):
    values = np.array([[-10, 0], [np.nan, 1e9]], np.float32)
    found = pixels(encode(Image.fromarray(values), "TIFF"))
    assert found[0, 0, 0] == 0
    assert found[1, 1, 0] == 255
    near(pixels(encode(Image.fromarray(np.array([[0, 40_000]], np.int32)), "TIFF"))[0, 1], [156] * 3, 1)
    near(pixels(encode(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF")), np.zeros((2, 2, 3)))


RED = (0, 255, 255, 0)


@pytest.mark.parametrize("format", ["JPEG", "TIFF", "PSD"])
def test_cmyk(format, encode, pixels):
    """Adobe's formats store CMYK inverted; Pillow's JPEG writer does that, psd-tools' PSD writer does not."""
    red = Image.new("CMYK", (16, 16), RED)
    data = encode(ImageChops.invert(red) if format == "PSD" else red, format)
    assert format != "JPEG" or b"Adobe" in data
    near(pixels(data), np.full((16, 16, 3), (255, 0, 0)), 4)


def test_ycck_jpeg(encode, pixels):
    """The Adobe marker's last byte says YCCK; (76, 84, 255, 0) as YCCK is red."""
    data = bytearray(encode(Image.new("CMYK", (16, 16), (76, 84, 255, 0)), "JPEG"))
    at = data.index(b"Adobe") + 11
    assert data[at] == 0
    data[at] = 2
    near(pixels(bytes(data)), np.full((16, 16, 3), (255, 0, 0)), 6)


def test_lab(encode, pixels):
    lab = Image.merge("LAB", [Image.new("L", (8, 8), v) for v in (138, 209, 195)])  # L*a*b* of red, 54 81 67
    near(pixels(encode(lab, "TIFF")), np.full((8, 8, 3), (255, 0, 0)), 14)


@pytest.fixture(scope="module")
def swapped_profile():
    """A profile whose red is green and whose green is red: conversion must be seen."""
    body = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = body.index(b"rXYZ"), body.index(b"gXYZ")
    body[red : red + 4], body[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(body).replace(b"s\0R\0G\0B", b"x\0x\0x\0x").replace(b"sRGB", b"xxxx")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_colour_profiles_are_honoured(format, encode, pixels, swapped_profile):
    data = encode(Image.new("RGB", (16, 16), (250, 10, 10)), format, icc_profile=swapped_profile)
    near(pixels(data), np.full((16, 16, 3), (10, 250, 10)), 6)


def test_profile_under_alpha(encode, pixels, swapped_profile):
    data = encode(Image.new("RGBA", (4, 4), (255, 0, 0, 0)), "PNG", icc_profile=swapped_profile)
    near(pixels(data), np.full((4, 4, 3), 255))


def test_a_damaged_or_foreign_profile_is_ignored(encode, gradient, pixels, swapped_profile):
    for profile in (b"nonsense", swapped_profile[:200]):
        near(pixels(encode(gradient, "PNG", icc_profile=profile)), gradient)
    grey = Image.fromarray(gradient[..., 0])
    near(pixels(encode(grey, "PNG", icc_profile=swapped_profile)), np.stack([gradient[..., 0]] * 3, -1))


def test_first_frame_of_animations(encode, pixels):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    for format in ("GIF", "WEBP", "PNG", "AVIF", "TIFF"):
        data = encode(frames[0], format, save_all=True, append_images=frames[1:])
        near(pixels(data), np.full((48, 64, 3), (255, 0, 0)), 4)


def test_modes_from_memory():
    blue = Image.new("RGB", (2, 2), (0, 0, 255))
    near(to_rgb(blue.convert("YCbCr")), np.asarray(blue), 4)
    assert to_rgb(Image.new("HSV", (2, 2), (0, 255, 255))).getpixel((0, 0)) == (255, 0, 0)
    assert to_rgb(Image.new("I;16B", (2, 2), 0x8000)).getpixel((0, 0)) == (128, 128, 128)
