"""Damaged pictures of every format: a typed refusal or a picture, never another exception, never a hang."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, PngImagePlugin

from kyara.errors import UnreadableImageError
from kyara.images import EXTRAS, FORMATS, Limits, Picture, probe
from kyara.images.decode import unreadable
from kyara.records import Reason

LIMITS = Limits(max_pixels=4_000_000)
ALL = [*FORMATS, *EXTRAS]
SIGNATURES = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1",
    b"GIF89a\1\0\1\0",
    b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    b"II*\0\x08\0\0\0",
    b"MM\0+\0\x08\0\0",
    b"RIFF\x40\0\0\0WEBPVP8L",
    b"\0\0\0\x14ftypavif\0\0\0\0avif",
    b"\0\0\0\x14ftypheic\0\0\0\0mif1",
    b"8BPS\0\1\0\0\0\0\0\0",
]


def outcome(data: bytes) -> str:
    """'decoded', or the reason of the refusal; anything else raises."""
    try:
        Picture(data, probe(data, LIMITS), LIMITS).crop(None, 20)
    except UnreadableImageError as error:
        return Reason(error.reason)
    return "decoded"


@pytest.fixture(scope="module")
def noisy(encode):
    """A picture of noise in every format, so that no part of the file is idle."""
    noise = np.random.default_rng(5).integers(0, 256, (60, 80, 3), np.uint8)
    return {format: encode(noise, format) for format in ALL}


@pytest.mark.parametrize("format", ALL)
def test_cut_anywhere(format, noisy):
    data = noisy[format]
    cuts = random.Random(format).sample(range(1, len(data)), 60)
    found = {cut: outcome(data[:cut]) for cut in cuts}
    shown = [cut for cut, how in found.items() if how == "decoded"]
    assert all(cut > len(data) * 0.98 for cut in shown), "a picture with a part missing must not pass for whole"
    assert {*found.values()} - {"decoded"} <= {Reason.NOT_AN_IMAGE, Reason.TRUNCATED, Reason.UNDECODABLE}


@pytest.mark.parametrize("format", ALL)
def test_bytes_spoilt_at_random(format, noisy):
    draw = random.Random(format)
    for _ in range(40):
        data = bytearray(noisy[format])
        for _ in range(draw.choice((1, 3, 30))):
            data[draw.randrange(min(len(data), draw.choice((64, 1 << 20))))] = draw.randrange(256)
        assert outcome(bytes(data))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
@example(b"", b"")
def test_random_bytes(signature, tail):
    assert outcome(signature + tail) in (*Reason, "decoded")


@pytest.mark.parametrize("ending", ["jpg", "gif", "webp"])
def test_a_wrong_name_is_not_looked_at(ending, tmp_path, encode, gradient):
    path = tmp_path / f"picture.{ending}"
    path.write_bytes(encode(gradient, "PNG"))
    assert probe(path.read_bytes(), LIMITS).format == "PNG"
    assert outcome(path.read_bytes()) == "decoded"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("x"), Reason.UNDECODABLE),
        (SyntaxError("broken PNG file"), Reason.UNDECODABLE),
        (NotImplementedError(), Reason.UNDECODABLE),
        (AttributeError("x"), Reason.UNDECODABLE),
        (OSError("image file is truncated (3 bytes not processed)"), Reason.TRUNCATED),
        (EOFError(), Reason.TRUNCATED),
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (Image.DecompressionBombError("x"), Reason.TOO_LARGE),
        (Image.DecompressionBombWarning("x"), Reason.TOO_LARGE),
    ],
)
def test_any_exception_of_a_decoder_is_a_typed_refusal(error, reason, encode, gradient, monkeypatch):
    def fail(self):
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", fail, raising=False)
    assert outcome(encode(gradient, "PNG")) == reason
    assert unreadable(error).reason == reason


def test_a_header_that_lies_to_one_of_its_readers_is_refused(encode, gradient):
    """A second frame header: ours and Pillow's readers must agree on the size, or boxes would lie elsewhere."""
    data = encode(gradient, "JPEG")
    limits = Limits()
    header = probe(data, limits)
    other = type(header)("JPEG", header.width - 1, header.height)
    with pytest.raises(UnreadableImageError, match="contradict") as caught:
        Picture(data, other, limits).decode()
    assert caught.value.reason == Reason.UNDECODABLE


def test_a_jpeg_without_its_end_marker_is_judged_by_the_decoder(noisy):
    assert outcome(noisy["JPEG"][:-2]) == Reason.TRUNCATED
    assert outcome(noisy["JPEG"] + b"garbage") == "decoded"
    assert outcome(noisy["PNG"][:-12]) == "decoded"
    assert outcome(noisy["GIF"][:-1]) == "decoded"
