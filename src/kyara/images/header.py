"""Tells what a picture is before a pixel is decoded: format by content, size as shown, frames; refuses what must be.

Never looks at a file's name, runs no decoder and changes no state of Pillow. Bytes come from the caller.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from kyara import extras
from kyara.errors import UnreadableImageError
from kyara.images import containers, isobmff, tiff
from kyara.images.layout import Layout, truncated, undecodable
from kyara.records import Reason

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
EXTRAS = {"HEIC": "pillow_heif", "PSD": "psd_tools"}  # format: the module that reads it

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"8BPS\0\1", "PSD"),
    (b"8BPS\0\2", "PSD"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_FOREIGN = (  # pictures, but not on the list: named so that their owner knows what to convert
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\1\0", "ICO"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    (b"v/1\1", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"gimp xcf", "XCF"),
    (b"<svg", "SVG"),
    (b"P4\n", "PNM"),
    (b"P5\n", "PNM"),
    (b"P6\n", "PNM"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused unopened, as `too_large` or `too_small`.

    `max_pixels` is Pillow's own bound: a picture of that size takes 358 MB to decode, and below it Pillow's bomb guard
    never speaks, so nothing global has to be changed. `max_bytes` is such a picture in 16-bit RGB, uncompressed.
    Only the first frame is ever decoded: `max_frames` stops files built to be slow, not long animations.
    """

    max_pixels: int = 89_478_485
    max_frames: int = 10_000
    max_bytes: int = 512 * 1024 * 1024
    min_side_px: int = 1


@dataclass(frozen=True, slots=True)
class Header:
    """A picture before decoding: `width` and `height` as shown, that is turned by its EXIF `orientation` (1..8)."""

    format: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1


def probe(data: bytes, limits: Limits) -> Header:
    """The header of an encoded picture, without decoding a pixel.

    Raises UnreadableImageError with reason empty_file, not_an_image, unsupported_format, truncated, undecodable,
    too_large or too_small.
    """
    if not data:
        raise UnreadableImageError(Reason.EMPTY_FILE, "the file has no bytes")
    if len(data) > limits.max_bytes:
        raise _too_large(f"{len(data):,} bytes", f"max_bytes = {limits.max_bytes:,}")
    kind = sniff(data)
    layout = _layout(kind, data, limits)
    header = _shown(kind, layout)
    _check(header, limits)
    if layout.needs > len(data):
        raise truncated(f"the {kind} needs {layout.needs:,} bytes, {len(data):,} are there")
    return header


def sniff(data: bytes) -> str:
    """The format by content: one of `FORMATS` or an installed one of `EXTRAS`; raises UnreadableImageError."""
    kind = _format(data)
    if kind is None:
        raise _unknown(data)
    module = EXTRAS.get(kind)
    if module is not None and not extras.has(module):
        detail = f"{kind} needs {module}, which is not installed; run {extras.install_line(module)}"
        raise UnreadableImageError(Reason.UNSUPPORTED_FORMAT, detail)
    return kind


def _format(data: bytes) -> str | None:
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in containers.DIB_HEADERS:
        return "BMP"
    brands = isobmff.brands(data)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & _HEIC_BRANDS else None


def _unknown(data: bytes) -> UnreadableImageError:
    readable = f"Kyara reads {', '.join(FORMATS)}, and with extras {', '.join(EXTRAS)}"
    for signature, name in _FOREIGN:
        if data.startswith(signature):
            return UnreadableImageError(Reason.UNSUPPORTED_FORMAT, f"{name} is not read: convert it; {readable}")
    return UnreadableImageError(Reason.NOT_AN_IMAGE, f"the file begins with {data[:16]!r}, no picture; {readable}")


def _layout(kind: str, data: bytes, limits: Limits) -> Layout:
    readers: dict[str, Callable[[], Layout]] = {
        "JPEG": lambda: containers.jpeg(data),
        "PNG": lambda: containers.png(data),
        "GIF": lambda: containers.gif(data, limits.max_frames),
        "BMP": lambda: containers.bmp(data),
        "WEBP": lambda: containers.webp(data),
        "PSD": lambda: containers.psd(data),
        "TIFF": lambda: tiff.layout(data, limits.max_frames),
        "AVIF": lambda: isobmff.layout(data, cropped=False),
        "HEIC": lambda: isobmff.layout(data, cropped=True),
    }
    try:
        return readers[kind]()
    except (struct.error, IndexError, OverflowError, ValueError):  # reads beyond the end; ValueError: no JPEG marker
        raise truncated(f"the {kind} file ends inside its header") from None


def _shown(kind: str, layout: Layout) -> Header:
    width, height, frames, orientation, _ = layout
    if orientation > 4:  # a quarter turn
        width, height = height, width
    return Header(kind, width, height, frames, orientation)


def _check(header: Header, limits: Limits) -> None:
    size = f"{header.width}x{header.height}"
    if header.width < 1 or header.height < 1:
        raise undecodable(f"the {header.format} declares an impossible size of {size}")
    if header.width * header.height > limits.max_pixels:
        raise _too_large(f"{size} = {header.width * header.height:,} pixels", f"max_pixels = {limits.max_pixels:,}")
    if header.frames > limits.max_frames:
        raise _too_large(f"{header.frames:,} frames or more", f"max_frames = {limits.max_frames:,}")
    if min(header.width, header.height) < limits.min_side_px:
        raise UnreadableImageError(Reason.TOO_SMALL, f"{size}; the shorter side must have {limits.min_side_px} px")


def _too_large(found: str, limit: str) -> UnreadableImageError:
    return UnreadableImageError(Reason.TOO_LARGE, f"{found}, more than {limit}: shrink the picture or raise the limit")
