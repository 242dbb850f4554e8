"""Tables in JSON Lines: one object a line, keys as columns. A line that is no object is a bad row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from kyara.flow import Input
from kyara.sources import places
from kyara.sources.fields import Row, UnusableError
from kyara.sources.rows import RowSource, bad_row, filled, filled_source, lines, start_of
from kyara.sources.table import Reading, chosen

_PEEKED_LINES = 1000


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Rows as JSON objects. Shards are cut along the line ends; nothing is parsed for that."""

    reading: Reading

    @property
    def identity(self) -> bytes:
        return f"jsonl {self.reading.columns}".encode()

    def complete(self, block: list[bytes], more: Iterator[bytes]) -> int:
        return filled(block)

    def inputs(self, block: Iterator[bytes], line: int) -> Iterator[Input]:
        read = self.reading.read
        for number, raw in enumerate(block, line):
            if raw.isspace():
                continue
            try:
                row = _row(raw)
            except UnusableError as problem:
                yield bad_row(self.reading.uri, number, problem)
            else:
                yield read(number, row)

    def pictures(self, block: Sequence[bytes]) -> list[str]:
        """Parses only where an image column is mentioned at all; one search costs less than the fingerprint."""
        names = self.reading.columns.image
        mention = rb'"(?:%s)"\s*:' % b"|".join(re.escape(name.encode()) for name in names)
        if all(map(str.isascii, names)) and not re.search(mention, b"".join(block)):  # others may be written as \u…
            return []
        return [path for raw in block if (path := self._picture(raw))]

    def _picture(self, raw: bytes) -> str | None:
        try:
            return self.reading.picture(_row(raw))
        except UnusableError:
            return None


def _row(raw: bytes) -> Row:
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnusableError(f"not valid JSON: {error}") from error
    if isinstance(row, dict):
        return row
    raise UnusableError('not an object; expected one such as {"tags": "1girl, smile"}')


def open_jsonl(path: str, columns: Mapping[str, str]) -> RowSource:
    """The table at an address. Raises SourceError when it has no row, or none of the columns in the first."""
    start = start_of(path)
    reading = Reading(
        chosen(columns, _columns_there(path, start), places.place(path)), places.folder_of(path), places.uri(path)
    )
    return filled_source(RowSource(places.place(path), path, JsonLines(reading), start), "write one JSON object a line")


def _columns_there(path: str, start: int) -> list[str]:
    """Keys of the first rows in the order they come; a key need not be in every row."""
    there: dict[str, None] = {}
    with places.opened(path) as file:
        file.seek(start)
        for raw in islice(lines(file), _PEEKED_LINES):
            try:
                there.update(dict.fromkeys(_row(raw)))
            except UnusableError:
                continue
    return list(there)
