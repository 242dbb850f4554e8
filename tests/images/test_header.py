"""probe: formats by content, sizes as shown, frames, and what is refused before a pixel is decoded."""

from __future__ import annotations

import struct
import sys
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from kyara import extras
from kyara.errors import UnreadableImageError
from kyara.images import EXTRAS, FORMATS, Header, Limits, Picture, probe
from kyara.records import Reason

LIMITS = Limits()


def reason(data: bytes, limits: Limits = LIMITS) -> tuple[str, str]:
    with pytest.raises(UnreadableImageError) as caught:
        probe(data, limits)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("format", [*FORMATS, *EXTRAS])
def test_tells_every_format_by_content(format, encode, gradient):
    assert probe(encode(gradient, format), LIMITS) == Header(format, 120, 90)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_is_that_of_the_upright_picture(format, orientation, encode, gradient):
    exif = Image.Exif()
    exif[274] = orientation
    header = probe(encode(gradient, format, exif=exif.tobytes()), LIMITS)
    expected = (90, 120) if orientation > 4 else (120, 90)
    assert (header.width, header.height, header.orientation) == (*expected, orientation)


def test_damaged_exif_turns_nothing(encode, gradient):
    for exif in (b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"):
        assert probe(encode(gradient, "JPEG", exif=exif), LIMITS).orientation == 1


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_counts_frames_and_caps_them(format, encode):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    data = encode(frames[0], format, save_all=True, append_images=frames[1:])
    assert probe(data, LIMITS) == Header(format, 64, 48, frames=3)
    kind, detail = reason(data, Limits(max_frames=2))
    assert kind == Reason.TOO_LARGE
    assert "max_frames = 2" in detail


def test_nothing_and_no_picture():
    assert reason(b"")[0] == Reason.EMPTY_FILE
    for data in (b"\0", b"hello, I am a text\n" * 9, b"BM is how this text begins, being long enough", b"\xff\xd8"):
        assert reason(data)[0] == Reason.NOT_AN_IMAGE
    assert reason(b"RIFF\x10\0\0\0WAVEfmt ")[0] == Reason.NOT_AN_IMAGE
    assert reason(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42")[0] == Reason.NOT_AN_IMAGE


def test_pictures_off_the_list_are_named(encode, gradient):
    kind, detail = reason(encode(gradient, "JPEG2000"))
    assert kind == Reason.UNSUPPORTED_FORMAT
    assert "JPEG 2000" in detail
    assert reason(encode(gradient, "PPM"))[0] == Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize(("format", "extra"), [("HEIC", "heif"), ("PSD", "psd")])
def test_without_its_extra_a_format_names_the_line_to_run(format, extra, encode, gradient, monkeypatch):
    data = encode(gradient, format)
    monkeypatch.setattr(extras, "has", lambda module: False)
    kind, detail = reason(data)
    assert kind == Reason.UNSUPPORTED_FORMAT
    assert f"pip install 'kyara[{extra}]'" in detail


def test_size_limits(encode, gradient):
    data = encode(gradient, "PNG")
    assert probe(data, Limits(max_pixels=120 * 90, min_side_px=90)).width == 120
    assert reason(data, Limits(max_pixels=120 * 90 - 1))[0] == Reason.TOO_LARGE
    assert reason(data, Limits(max_bytes=len(data) - 1))[0] == Reason.TOO_LARGE
    assert reason(data, Limits(min_side_px=91))[0] == Reason.TOO_SMALL


def bombs(encode, gradient, png):
    """Small files that declare 60,000 × 60,000 pixels, by format."""
    side = 60_000
    jpeg = encode(gradient, "JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    gif = encode(gradient, "GIF")
    bmp = encode(gradient, "BMP")
    avif = encode(gradient, "AVIF")
    size = avif.index(b"ispe") + 8
    tiff = encode(gradient, "TIFF")
    wide, high = struct.pack("<HHII", 256, 4, 1, 120), struct.pack("<HHII", 257, 4, 1, 90)
    assert wide in tiff
    huge = tiff.replace(wide, struct.pack("<HHII", 256, 4, 1, side)).replace(
        high, struct.pack("<HHII", 257, 4, 1, side)
    )
    extended = struct.pack("<I", 0) + (side - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", len(extended)) + extended
    return {
        "PNG": png(side, side, 8, 2, b"\0" * 100),
        "JPEG": jpeg[:at] + struct.pack(">HH", side, side) + jpeg[at + 4 :],
        "GIF": gif[:6] + struct.pack("<HH", side, side) + gif[10:],
        "GIF frame": gif[: gif.index(b",\0\0\0\0") + 5]
        + struct.pack("<HH", side, side)
        + gif[gif.index(b",\0\0\0\0") + 9 :],
        "BMP": bmp[:18] + struct.pack("<ii", side, -side) + bmp[26:],
        "TIFF": huge,
        "WEBP": b"RIFF" + struct.pack("<I", len(body)) + body,
        "AVIF": avif[:size] + struct.pack(">II", side, side) + avif[size + 8 :],
        "PSD": encode(gradient, "PSD")[:14] + struct.pack(">II", side, side) + encode(gradient, "PSD")[22:],
    }


def test_pixel_bombs_are_refused_unopened(encode, gradient, png):
    found = {name: reason(data)[0] for name, data in bombs(encode, gradient, png).items()}
    assert found == dict.fromkeys(found, Reason.TOO_LARGE)


@pytest.mark.parametrize(
    ("kind", "start"), [(b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0en\0Comment\0"), (b"iCCP", b"icc\0\0")]
)
def test_text_bombs_are_refused_unfolded_no_further_than_a_megabyte(kind, start, png):
    bomb = start + zlib.compress(bytes(50_000_000), 9)
    data = png(1, 1, 8, 0, b"\0\0", [(kind, bomb)])
    assert reason(data)[0] == Reason.TOO_LARGE
    fair = png(1, 1, 8, 0, b"\0\0", [(kind, start + zlib.compress(bytes(100_000)))])
    assert probe(fair, LIMITS).width == 1


@pytest.mark.parametrize(("format", "tail"), [("JPEG", 2), ("PNG", 12), ("GIF", 1)])
def test_what_browsers_show_is_not_refused(format, tail, encode, gradient):
    """Garbage after the end, and a missing end marker: the picture data are all there."""
    data = encode(gradient, format)
    assert probe(data + b"garbage" * 99, LIMITS) == probe(data, LIMITS)
    assert probe(data[:-tail], LIMITS) == probe(data, LIMITS)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "PSD"])
def test_containers_that_tell_their_length_are_found_cut_without_decoding(format, encode):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encode(noise, format)
    kinds = {reason(data[: len(data) * share // 10])[0] for share in range(5, 10)}
    assert kinds == {Reason.TRUNCATED}


def test_a_tiff_whose_pages_run_in_a_circle_ends(encode, gradient):
    data = bytearray(encode(gradient, "TIFF"))
    start = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * entries, start)
    assert probe(bytes(data), LIMITS).frames == 1


def test_leaves_pillow_as_the_host_set_it(encode, gradient):
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID), dict(Image.OPEN))
    for format in (*FORMATS, *EXTRAS):
        data = encode(gradient, format)
        Picture(data, probe(data, LIMITS), LIMITS).decode()
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(Image.ID), dict(Image.OPEN)) == before
    assert LIMITS.max_pixels <= Image.MAX_IMAGE_PIXELS, "below it Pillow's bomb warning never speaks"


@pytest.mark.skipif(sys.gettrace() is not None, reason="timed; a tracer slows it")
def test_probe_of_a_megabyte_takes_far_less_than_a_millisecond(encode):
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    data = encode(noise, "JPEG")
    assert len(data) > 1_000_000

    def once() -> float:
        start = time.perf_counter()
        probe(data, LIMITS)
        return time.perf_counter() - start

    assert min(once() for _ in range(50)) < 0.001
