"""One JSON file with all the rows: an array of objects, Danbooru's `posts.json`, or an object of objects by picture.

The whole file is read, unlike JSON Lines, which is what many rows should be written as.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import orjson

from kyara.errors import SourceError
from kyara.flow import Input, Shard
from kyara.sources import files, places
from kyara.sources.fields import Row
from kyara.sources.rows import bad_row
from kyara.sources.table import Reading, chosen

LARGEST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class RowsSource:
    """`rows` that are in memory; what is no object among them is a bad row."""

    name: str
    reading: Reading
    rows: tuple[object, ...]

    def shards(self, size: int) -> Iterator[Shard]:
        for index, start in enumerate(range(0, len(self.rows), size)):
            taken = self.rows[start : start + size]
            yield Shard(index, self._fingerprint(start, taken), len(taken), partial(self._inputs, start, taken))

    def count(self) -> int:
        return len(self.rows)

    def _fingerprint(self, start: int, taken: tuple[object, ...]) -> str:
        parts = [b"rows", repr(self.reading.columns).encode(), str(start).encode(), orjson.dumps(taken)]
        for row in taken:
            if isinstance(row, dict) and (path := self.reading.picture(row)):
                parts += [os.fsencode(places.relative(path, self.reading.folder)), places.stamp(path)]
        return files.digest(parts)

    def _inputs(self, start: int, taken: tuple[object, ...]) -> Iterator[Input]:
        for number, row in enumerate(taken, start + 1):
            if isinstance(row, dict):
                yield self.reading.read(number, row)
            else:
                yield bad_row(self.reading.uri, number, f"{type(row).__name__}, not an object")


def open_document(address: str, columns: Mapping[str, str]) -> RowsSource:
    """The rows in the JSON file at an address. Raises SourceError when there are none, or none of the columns."""
    name = places.place(address)
    rows = _rows(loaded(address), name)
    there: dict[str, None] = {}
    for row in rows[:1000]:
        there.update(dict.fromkeys(row if isinstance(row, dict) else ()))
    reading = Reading(chosen(columns, list(there), name), places.folder_of(address), places.uri(address))
    return RowsSource(name, reading, rows)


def loaded(address: str) -> object:
    """What the JSON file at an address holds. Raises SourceError."""
    name = places.place(address)
    try:
        return orjson.loads(places.read(address, LARGEST_BYTES))
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror or error}; write many rows as JSON Lines") from error
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{name}: not valid JSON: {error}; correct it") from error


def _rows(content: object, name: str) -> tuple[object, ...]:
    if isinstance(content, dict):
        posts = content.get("posts")
        content = posts if isinstance(posts, list) else by_picture(content)
    if not isinstance(content, list) or not any(isinstance(row, dict) for row in content):
        raise SourceError(f'{name}: holds no rows; expected an array of objects such as [{{"tags": "1girl, smile"}}]')
    return tuple(content)


def by_picture(content: Row) -> list[Row]:
    """Rows of an object whose keys are paths of pictures, as kohya's tools write metadata."""
    return [{"image": key, **value} for key, value in content.items() if isinstance(value, dict)]
