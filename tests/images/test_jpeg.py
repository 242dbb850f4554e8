"""The fast path of JPEGs is held to Pillow alone: the same verdicts, reasons and pixels, on whole and damaged files."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import simplejpeg
from PIL import Image, ImageCms

from kyara.errors import UnreadableImageError
from kyara.images import Limits, Picture, decode_in_child, jpeg, probe

LIMITS = Limits(max_pixels=4_000_000)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def look(monkeypatch):
    """look(data, scale, fast=…) → pixels or the reason there are none, and whether simplejpeg gave them."""
    ordinary = jpeg.rgb

    def looker(data, scale=1, fast=True):
        given = []

        def rgb(*arguments):
            given.append(ordinary(*arguments) if fast else None)
            return given[-1]

        monkeypatch.setattr(jpeg, "rgb", rgb)
        try:
            found = np.asarray(Picture(data, probe(data, LIMITS), LIMITS).decode(scale))
        except UnreadableImageError as error:
            found = (error.reason, error.detail)
        return found, any(pixels is not None for pixels in given)

    return looker


def same(one, other):
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90, "subsampling": 2},
        {"quality": 90, "subsampling": 1},
        {"quality": 70, "progressive": True, "subsampling": 2},
        {"quality": 95, "keep_rgb": True},
        {"quality": 50, "optimize": True, "restart_marker_blocks": 3},
        {"icc_profile": SRGB},
    ],
    ids=str,
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_same_pixels_as_pillow(mode, options, look, encode, gradient):
    if mode == "L":
        options = {name: value for name, value in options.items() if name not in ("keep_rgb", "icc_profile")}
    noise = np.random.default_rng(1).integers(0, 60, gradient.shape, np.uint8)
    data = encode(Image.fromarray(gradient // 2 + noise).convert(mode), "JPEG", **options)
    for scale in (1, 2, 4, 8):
        fast, used = look(data, scale)
        assert used
        assert fast.shape == (-(-90 // scale), -(-120 // scale), 3)
        assert np.array_equal(fast, look(data, scale, fast=False)[0])


def test_every_small_size_at_every_scale(look, encode):
    noise = np.random.default_rng(2).integers(0, 256, (18, 18, 3), np.uint8)
    for height in range(1, 19):
        for width in (1, 2, 3, 5, 7, 8, 9, 17):
            data = encode(np.ascontiguousarray(noise[:height, :width]), "JPEG", subsampling=2)
            for scale in (scale for scale in (1, 2, 4, 8) if scale <= min(width, height)):
                assert same(look(data, scale)[0], look(data, scale, fast=False)[0]), (width, height, scale)


def test_what_is_not_ordinary_is_left_to_pillow(look, encode, gradient, monkeypatch):
    picture = Image.fromarray(gradient)
    exif = Image.Exif()
    exif[274] = 6
    foreign = SRGB.replace(b"s\0R\0G\0B", b"x\0x\0x\0x").replace(b"sRGB", b"xxxx")
    for data in (
        encode(picture.convert("CMYK"), "JPEG"),
        encode(picture, "JPEG", exif=exif.tobytes()),
        encode(picture, "JPEG", icc_profile=foreign),
        encode(picture.convert("L"), "JPEG", icc_profile=foreign),
        encode(picture.crop((0, 0, 7, 5)), "JPEG"),
    ):
        found, used = look(data)
        assert isinstance(found, np.ndarray)
        assert not used
    monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *a, **k: np.zeros((3, 3, 3), np.uint8))
    found, used = look(encode(picture, "JPEG"))
    assert not used
    assert found.shape == (90, 120, 3)


def spoilt(data, draw):
    """One damaged file of each kind."""
    at = draw.randrange(2, len(data))
    bits = bytearray(data)
    for _ in range(draw.choice((1, 2, 5, 30))):
        bits[draw.randrange(2, len(bits))] ^= 1 << draw.randrange(8)
    header = bytearray(data)
    header[draw.randrange(2, min(len(data), 640))] = draw.randrange(256)
    yield "cut", data[:at]
    yield "end lost", data[: -draw.randint(1, 40)]
    yield "cut, ended again", data[:at] + b"\xff\xd9"
    yield "bits", bytes(bits)
    yield "header", bytes(header)
    yield "hole", data[:at] + data[at + draw.randint(1, 200) :]
    yield "inserted", data[:at] + draw.randbytes(20) + data[at:]
    yield "zeroed", data[:at] + bytes(len(data) - at)


@pytest.mark.parametrize("progressive", [False, True])
def test_damaged_files_meet_the_verdict_of_pillow(progressive, look, encode):
    """Reason, wording and pixels; the same comparison over 12,000 files found no disagreement either."""
    draw = random.Random(progressive)
    noise = np.random.default_rng(3).integers(0, 256, (70, 90, 3), np.uint8)
    options = {"quality": 80, "subsampling": 2, "progressive": progressive}
    data = encode(noise, "JPEG", **options, restart_marker_blocks=0 if progressive else 4)
    used, refused = Counter(), Counter()
    for _ in range(40):
        for kind, file in spoilt(data, draw):
            scale = draw.choice((1, 2, 4, 8))
            try:
                header = probe(file, LIMITS)
            except UnreadableImageError:
                continue
            if scale > min(header.width, header.height):
                continue
            fast, by_simplejpeg = look(file, scale)
            assert same(fast, look(file, scale, fast=False)[0]), (kind, scale)
            used[kind] += by_simplejpeg
            refused[kind] += isinstance(fast, tuple)
    assert used["bits"] > 0
    assert used["cut"] == used["end lost"] == 0, "simplejpeg must be strict"
    assert refused["cut"] > 30


def test_a_real_picture_cut_and_spoilt(look, shared_data):
    import pyarrow.parquet as pq

    images = pq.read_table(shared_data("faces_hair_eye.parquet"), columns=["image"])["image"][:6].to_pylist()
    draw = random.Random(7)
    for image in images:
        data = image["bytes"] if isinstance(image, dict) else image
        assert look(data)[1]
        for kind, file in spoilt(data, draw):
            assert same(look(file)[0], look(file, fast=False)[0]), kind


def test_threads_decode_at_once(encode):
    """The same pixels from four threads, and one that decodes holds nobody up: the GIL is let go of."""
    noise = np.random.default_rng(4).integers(0, 256, (1200, 1600, 3), np.uint8)
    data = encode(noise, "JPEG")
    header = probe(data, Limits())
    expected = Picture(data, header, Limits()).decode()

    def decoded(_):
        return Picture(data, header, Limits()).decode()

    with ThreadPoolExecutor(4) as pool:
        assert all(np.array_equal(expected, found) for found in pool.map(decoded, range(8)))
    decoding = threading.Thread(target=lambda: [simplejpeg.decode_jpeg(data) for _ in range(4)])
    decoding.start()
    ticks = 0
    while decoding.is_alive():
        time.sleep(0.001)
        ticks += 1
    assert ticks > 20, "other threads stood still while one decoded"


def test_a_narrow_jpeg_is_tried_at_the_scales_it_has(encode, gradient):
    decode_in_child(encode(np.ascontiguousarray(gradient[:3]), "JPEG"), LIMITS, 60)
