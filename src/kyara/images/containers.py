"""Reads the layout of JPEG, PNG, GIF, BMP, WebP and PSD files: sizes, frames, orientation, missing ends.

Each reader walks its container's blocks once, in time linear in the file, and raises struct.error or IndexError where
the data ends. It refuses only what the container's own lengths show to be cut: garbage after the end is no fault.
"""

from __future__ import annotations

import struct
import zlib

from kyara.errors import UnreadableImageError
from kyara.images.layout import Layout, truncated, undecodable
from kyara.images.tiff import orientation
from kyara.records import Reason

MAX_TEXT = 1 << 20  # bytes a compressed PNG chunk may unfold to; Pillow's own bound
DIB_HEADERS = (12, 40, 52, 56, 64, 108, 124)


def jpeg(data: bytes) -> Layout:
    """Walks the segments up to the first scan. A missing end marker is left to the decoder to judge."""
    at, width, height, turn = 2, 0, 0, 1
    while True:
        at = data.index(b"\xff", at)
        marker = data[at + 1]
        if marker in (0xFF, 0x00) or 0xD0 <= marker <= 0xD8 or marker == 0x01:  # fill, stray or lone markers
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xDA, 0xD9):  # the first scan, or the end without one
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
        elif marker == 0xE1 and data.startswith(b"Exif\0\0", at + 4):
            turn = orientation(data[at + 10 : at + 2 + length])
        at += 2 + max(length, 2)
    if not width:
        raise undecodable("the JPEG declares no frame before its first scan")
    return Layout(width, height, 1, turn)


def png(data: bytes) -> Layout:
    """Walks all chunks; the end may be missing once the picture data are complete."""
    if data[12:16] != b"IHDR":
        raise undecodable(f"a PNG begins with IHDR, this one with {data[12:16]!r}")
    width, height = struct.unpack_from(">II", data, 16)
    at, frames, turn, found = 8, 1, 1, False
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body, end = at + 8, at + 12 + length
        if end > len(data):
            if kind == b"IDAT" or not found:
                raise truncated(f"PNG chunk {kind!r} declares {length:,} bytes where {len(data) - body:,} are left")
            break
        if kind == b"IDAT":
            found = True
        elif kind == b"acTL":
            (frames,) = struct.unpack_from(">I", data, body)
        elif kind == b"eXIf":
            turn = orientation(data[body : end - 4])
        elif kind in (b"zTXt", b"iTXt", b"iCCP"):
            _refuse_text_bomb(kind, data[body : end - 4])
        elif kind == b"IEND":
            break
        at = end
    if not found:
        raise truncated("the PNG ends before its picture data (IDAT)")
    return Layout(width, height, max(frames, 1), turn)


def _refuse_text_bomb(kind: bytes, body: bytes) -> None:
    """Raises where a compressed chunk unfolds to more than `MAX_TEXT`; damaged ones are the decoder's matter."""
    name, _, rest = body.partition(b"\0")
    if kind == b"iTXt":
        flags, rest = rest[:2], rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if flags[:1] != b"\1":
            return
    else:
        rest = rest[1:]  # the compression method
    try:
        unfolded = zlib.decompressobj().decompress(rest, MAX_TEXT + 1)
    except zlib.error:
        return
    if len(unfolded) > MAX_TEXT:
        found = f"PNG chunk {kind.decode()} {name[:40].decode('latin-1')!r} unfolds to more than {MAX_TEXT:,} bytes"
        raise UnreadableImageError(Reason.TOO_LARGE, f"{found}: save the picture without it")


def gif(data: bytes, max_frames: int) -> Layout:
    """Walks all blocks; the file may end anywhere after its first frame."""
    width, height = struct.unpack_from("<HH", data, 6)
    at = 13 + _palette(data[10])
    frames = 0
    try:
        while (mark := data[at]) != 0x3B and frames <= max_frames:
            if mark == 0x21:  # extension: label, then blocks
                at = _after_blocks(data, at + 2)
            elif mark == 0x2C:
                left, top, wide, high, flags = struct.unpack_from("<4HB", data, at + 1)
                at = _after_blocks(data, at + 11 + _palette(flags))
                frames += 1
                if frames == 1:  # a first frame beyond the screen widens it, as in Pillow
                    width, height = max(width, left + wide), max(height, top + high)
            else:
                at += 1
    except (IndexError, struct.error):
        if not frames:
            raise truncated("the GIF ends before its first frame is complete") from None
    if not frames:
        raise undecodable("the GIF holds no frame")
    return Layout(width, height, frames)


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while length := data[at]:
        at += length + 1
    return at + 1


def bmp(data: bytes) -> Layout:
    """Reads the header, and how far plain pixel rows reach; run-length coded ones are the decoder's matter."""
    pixels, size = struct.unpack_from("<II", data, 10)
    if size == 12:
        width, height, _, bits = struct.unpack_from("<4H", data, 18)
        packing = 0
    elif size in DIB_HEADERS:
        width, height, _, bits, packing = struct.unpack_from("<iiHHI", data, 18)
    else:
        raise undecodable(f"the BMP header has {size} bytes; known are {', '.join(map(str, DIB_HEADERS))}")
    height = abs(height)
    row = (width * bits + 31) // 32 * 4
    plain = pixels + row * (height - 1) + (width * bits + 7) // 8
    return Layout(width, height, needs=plain if packing in (0, 3) else 0)


def webp(data: bytes) -> Layout:
    """Walks the chunks of the RIFF container."""
    (length,) = struct.unpack_from("<I", data, 4)
    width, height = _webp_size(data)
    at, frames, turn = 12, 0, 1
    while at + 8 <= min(len(data), length + 8):
        kind, size = struct.unpack_from("<4sI", data, at)
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            turn = orientation(data[at + 8 : at + 8 + size])
        at += 8 + size + (size & 1)
    needs = length + 7  # not + 8: some writers count a last padding byte that they do not write
    return Layout(width, height, max(frames, 1), turn, needs)


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise undecodable(f"the WebP begins with chunk {kind!r}; expected VP8, VP8L or VP8X")


def psd(data: bytes) -> Layout:
    """Reads the header of a PSD or PSB, and skips its sections to see how far the flattened picture reaches."""
    version, channels, height, width, depth = struct.unpack_from(">H6xHIIH", data, 4)
    big = version == 2
    at = 26
    for length in (">I", ">I", ">Q" if big else ">I"):  # colour table, resources, layers
        at += struct.calcsize(length) + struct.unpack_from(length, data, at)[0]
    (packing,) = struct.unpack_from(">H", data, at)
    at += 2
    rows = height * channels
    if packing == 0:
        at += rows * ((width * depth + 7) // 8)
    elif packing == 1:  # the packed length of each row, then the rows
        lengths = struct.Struct(f">{min(rows, len(data))}{'I' if big else 'H'}")
        at += lengths.size + (sum(lengths.unpack_from(data, at)) if at + lengths.size <= len(data) else 0)
    return Layout(width, height, needs=at)
