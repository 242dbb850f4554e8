"""Reads TIFF directories: the layout of a TIFF file, and the orientation in anybody's EXIF block.

Knows classic and BigTIFF of both byte orders. Knows no compression: strips are only
checked to lie in the file.
"""

from __future__ import annotations

import struct
from operator import add
from typing import NamedTuple

from kyara.images.layout import Layout, undecodable

_WIDTH, _HEIGHT, _ORIENTATION = 256, 257, 274
_EXTENTS = ((273, 279), (324, 325))  # (offsets, byte counts) of strips and of tiles
_INTEGERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # field types: byte, short, long, long8


class _Dialect(NamedTuple):
    """How numbers are written in one file: struct's byte order, and the wide offsets of BigTIFF."""

    order: str
    big: bool

    @property
    def entries(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        """Tag, type, count; the value or its offset fills the rest of the 12 (20) bytes."""
        return struct.Struct(self.order + ("HHQ8x" if self.big else "HHI4x"))

    @property
    def offset(self) -> struct.Struct:
        return struct.Struct(self.order + ("Q" if self.big else "I"))


class _Field(NamedTuple):
    kind: int
    length: int
    at: int  # where the value or its offset is written


def layout(data: bytes, max_frames: int) -> Layout:
    """The first page's size and orientation, and the number of pages, counted no further than `max_frames` + 1."""
    dialect, start = _opening(data)
    fields = _fields(data, dialect, start)
    if _WIDTH not in fields or _HEIGHT not in fields:
        raise undecodable("the first TIFF directory names no width and height")
    width, height = (_integers(data, dialect, fields, tag)[0] for tag in (_WIDTH, _HEIGHT))
    pages = _pages(data, dialect, start, max_frames)
    return Layout(width, height, pages, _turn(data, dialect, fields), _reach(data, dialect, fields))


def orientation(exif: bytes) -> int:
    """The orientation 1..8 an EXIF block gives; 1 where it gives none or is damaged, as every viewer does."""
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        dialect, start = _opening(exif)
        return _turn(exif, dialect, _fields(exif, dialect, start))
    except (struct.error, IndexError, OverflowError):
        return 1


def _opening(data: bytes) -> tuple[_Dialect, int]:
    """The dialect of a TIFF block, and where its first directory lies."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    dialect = _Dialect(order, big)
    return dialect, dialect.offset.unpack_from(data, 8 if big else 4)[0]


def _fields(data: bytes, dialect: _Dialect, start: int) -> dict[int, _Field]:
    (count,) = dialect.entries.unpack_from(data, start)
    fields = {}
    at = start + dialect.entries.size
    for _ in range(min(count, 65_535)):
        tag, kind, values = dialect.entry.unpack_from(data, at)
        fields[tag] = _Field(kind, values, at + dialect.entry.size - dialect.offset.size)
        at += dialect.entry.size
    return fields


def _integers(data: bytes, dialect: _Dialect, fields: dict[int, _Field], tag: int) -> tuple[int, ...]:
    """The integers of a field; none where it is absent. Raises struct.error where they lie beyond the data."""
    field = fields.get(tag)
    if field is None or field.kind not in _INTEGERS or field.length > len(data):
        return ()
    values = struct.Struct(f"{dialect.order}{field.length}{_INTEGERS[field.kind]}")
    at = field.at if values.size <= dialect.offset.size else dialect.offset.unpack_from(data, field.at)[0]
    return values.unpack_from(data, at)


def _reach(data: bytes, dialect: _Dialect, fields: dict[int, _Field]) -> int:
    """Where the last strip or tile ends."""
    ends = [0]
    for offsets, counts in _EXTENTS:
        starts, lengths = (_integers(data, dialect, fields, tag) for tag in (offsets, counts))
        ends += map(add, starts, lengths)
    return max(ends)


def _turn(data: bytes, dialect: _Dialect, fields: dict[int, _Field]) -> int:
    turn = _integers(data, dialect, fields, _ORIENTATION)[:1]
    return turn[0] if turn and 1 <= turn[0] <= 8 else 1


def _pages(data: bytes, dialect: _Dialect, start: int, max_frames: int) -> int:
    """Pages in the chain of directories; a chain that bites its tail or leaves the file ends there."""
    seen: set[int] = set()
    while start and start not in seen and len(seen) <= max_frames:
        try:
            (count,) = dialect.entries.unpack_from(data, start)
            after = start + dialect.entries.size + count * dialect.entry.size
            (following,) = dialect.offset.unpack_from(data, after)
        except (struct.error, OverflowError):
            break
        seen.add(start)
        start = following
    return max(len(seen), 1)
