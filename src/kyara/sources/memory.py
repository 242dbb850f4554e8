"""Inputs given from Python: pictures (bytes, PIL, array), texts, or ready `Input`s, one or many.

They are held in memory, pictures encoded; for many there are folders and tables. Keys are `#N`, counted from 1,
where an input brings none of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from kyara.errors import SourceError, UnreadableImageError
from kyara.flow import Input, Shard
from kyara.records import Reason, Skip
from kyara.sources import files


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Inputs as they are."""

    name: str
    items: tuple[Input, ...]

    def shards(self, size: int) -> Iterator[Shard]:
        for index, start in enumerate(range(0, len(self.items), size)):
            part = self.items[start : start + size]
            yield Shard(index, files.digest(map(_mark, part)), len(part), partial(iter, part))

    def count(self) -> int:
        return len(self.items)


def given(*items: object, name: str = "given") -> MemorySource:
    """Each item as an input: a text, a picture, or an Input. Raises SourceError for anything else, or for nothing."""
    inputs = tuple(_input(number, item, name) for number, item in enumerate(items, 1))
    if not inputs:
        raise SourceError(f"{name}: holds nothing; give at least one picture or text")
    seen: set[str] = set()
    for item in inputs:
        if item.key in seen:
            raise SourceError(f"{name}: key {item.key!r} is there twice; give each input a key of its own")
        seen.add(item.key)
    return MemorySource(name, inputs)


def _input(number: int, item: object, name: str) -> Input:
    if isinstance(item, Input):
        return item
    key, uri = f"#{number}", f"memory:{name}#{number}"
    if isinstance(item, str):
        return Input(key, uri, text=item.strip() or None)
    try:
        return Input(key, uri, partial(bytes, _encoded(number, item, name)))
    except UnreadableImageError as error:
        return Input(key, uri, skip=Skip("source", Reason(error.reason), error.detail))


def _encoded(number: int, item: object, name: str) -> bytes:
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item)
    from kyara.images import encoded  # here, so that texts need no imaging library

    try:
        return encoded(cast("Any", item))
    except (TypeError, ValueError, OSError) as error:
        found = f"{name}: item {number} is {type(item).__name__}, no picture ({error})"
        raise SourceError(f"{found}; give bytes, a PIL image, an array, a text or an Input") from error


def _mark(item: Input) -> bytes:
    """All of an input as bytes; its picture by its bytes."""
    try:
        picture = item.image() if item.image else b""
    except OSError as error:
        picture = str(error).encode("utf-8", "surrogateescape")
    said = repr((item.key, item.uri, item.tags, item.text, item.sightings, item.skip, item.image is None))
    return files.digest([said.encode("utf-8", "surrogatepass"), picture]).encode()
