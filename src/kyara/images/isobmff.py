"""Reads the boxes of AVIF and HEIC files (ISO base media): size, turning and frames of the primary picture.

Knows no codec. The turning is given as an EXIF orientation, as Pillow gives it for AVIF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from kyara.images.layout import Layout, truncated, undecodable

_TOP_LEVEL = {b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"free", b"skip", b"uuid", b"pdin", b"sidx"}
_TRACK_PATH = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
# EXIF orientation by mirror axis (imir; None = not mirrored), then by quarter turns anticlockwise (irot).
_ORIENTATIONS = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}

_Box = tuple[bytes, int, int]  # kind, where its body begins and ends


def brands(data: bytes) -> set[bytes]:
    """Major and compatible brands of a file that begins with an `ftyp` box, else none."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), 512)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def layout(data: bytes, *, cropped: bool) -> Layout:
    """The primary picture's layout. `cropped`: the decoder honours a clean aperture (libheif; not libavif)."""
    top = {kind: (kind, start, end) for kind, start, end in _boxes(data, 0, len(data), top_level=True)}
    frames = max(_samples(data, top[b"moov"]), default=1) if b"moov" in top else 1
    if b"meta" not in top:
        raise truncated("the file has no picture directory ('meta' box)")
    properties = _properties(data, top[b"meta"])
    if b"ispe" not in properties:
        raise undecodable("the primary picture declares no size ('ispe' property)")
    width, height = struct.unpack_from(">II", data, properties[b"ispe"] + 4)
    if cropped and b"clap" in properties:
        wide, wide_by, high, high_by = struct.unpack_from(">4I", data, properties[b"clap"])
        width, height = wide // max(wide_by, 1), high // max(high_by, 1)
    angle = data[properties[b"irot"]] & 3 if b"irot" in properties else 0
    axis = data[properties[b"imir"]] & 1 if b"imir" in properties else None
    return Layout(width, height, max(frames, 1), _ORIENTATIONS[axis][angle])


def _boxes(data: bytes, start: int, end: int, *, top_level: bool = False) -> Iterator[_Box]:
    """The boxes between two offsets. Bytes after the last known top-level box are taken for trailing garbage."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        elif size == 0:
            size = end - start
        if top_level and kind not in _TOP_LEVEL:
            return
        if start + size > end:
            raise truncated(f"box {kind!r} declares {size:,} bytes where {end - start:,} are left")
        if size < body - start:
            raise undecodable(f"box {kind!r} declares an impossible length of {size} bytes")
        yield kind, body, start + size
        start += size


def _samples(data: bytes, box: _Box) -> Iterator[int]:
    """The number of samples of each track below `moov`."""
    for kind, start, end in _boxes(data, *box[1:]):
        if kind in _TRACK_PATH:
            yield from _samples(data, (kind, start, end))
        elif kind == b"stsz":
            yield struct.unpack_from(">I", data, start + 8)[0]


def _properties(data: bytes, meta: _Box) -> dict[bytes, int]:
    """Where the body of each property of the primary item begins, by kind."""
    children = {kind: (start, end) for kind, start, end in _boxes(data, meta[1] + 4, meta[2])}
    if b"pitm" not in children or b"iprp" not in children:
        raise undecodable("the picture directory names no primary picture")
    wide = data[children[b"pitm"][0]] > 0  # version 1 writes 32-bit ids
    (primary,) = struct.unpack_from(">I" if wide else ">H", data, children[b"pitm"][0] + 4)
    parts = {kind: (start, end) for kind, start, end in _boxes(data, *children[b"iprp"])}
    if b"ipco" not in parts or b"ipma" not in parts:
        raise undecodable("the picture directory holds no properties")
    declared = [(kind, start) for kind, start, _ in _boxes(data, *parts[b"ipco"])]
    indexes = _associations(data, parts[b"ipma"][0], primary)
    return dict(declared[index - 1] for index in indexes if 0 < index <= len(declared))


def _associations(data: bytes, at: int, item: int) -> tuple[int, ...]:
    """The 1-based property indexes that `ipma` ties to `item`."""
    version, flags = data[at], data[at + 3]
    (entries,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    ids = struct.Struct(">I" if version else ">H")
    for _ in range(entries):
        (owner,) = ids.unpack_from(data, at)
        count = data[at + ids.size]
        indexes = struct.Struct(f">{count}{'H' if flags & 1 else 'B'}")
        at += ids.size + 1
        if owner == item:
            mask = 0x7FFF if flags & 1 else 0x7F  # the top bit says "essential"
            return tuple(index & mask for index in indexes.unpack_from(data, at))
        at += indexes.size
    return ()
