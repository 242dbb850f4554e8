"""Tables in CSV and TSV, with column names in the first row; quoted fields may hold commas and line ends.

A row ends where the csv module says so: lines without any quote are rows, others are asked of it. `;` is taken for the
separator where the first line has no comma, as some spreadsheets write it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.sources import places
from kyara.sources.fields import UnusableError
from kyara.sources.rows import RowSource, bad_row, filled, filled_source, lines, start_of
from kyara.sources.table import Reading, chosen

Fields = list[str] | UnusableError


@dataclass(frozen=True, slots=True)
class Delimited:
    """Rows of separated fields under the names of `header`."""

    reading: Reading
    separator: str
    header: tuple[str, ...]

    @property
    def identity(self) -> bytes:
        return f"delimited {self.reading.columns} {self.separator} {self.header}".encode("utf-8", "backslashreplace")

    def complete(self, block: list[bytes], more: Iterator[bytes]) -> int:
        if not any(b'"' in raw for raw in block):
            return filled(block)
        taken: list[bytes] = []
        rows = 0
        for _, fields in parsed(chain(tuple(block), more), self.separator, taken):
            rows += bool(fields)
            if len(taken) >= len(block):
                break
        block[:] = taken
        return rows

    def inputs(self, block: Iterator[bytes], line: int) -> Iterator[Input]:
        taken: list[bytes] = []
        for last, fields in parsed(block, self.separator, taken):
            if fields:
                yield self._input(line + last - 1, fields, b"".join(taken))
            taken.clear()

    def _input(self, line: int, fields: Fields, raw: bytes) -> Input:
        if isinstance(fields, UnusableError):
            return bad_row(self.reading.uri, line, fields)
        if len(fields) != len(self.header):
            problem = f"{len(fields)} fields; the header has {len(self.header)}; is a quote missing?"
            return bad_row(self.reading.uri, line, problem)
        if not raw.isascii() and (position := _not_utf8(raw)) is not None:
            return bad_row(self.reading.uri, line, f"not UTF-8 at its byte {position}; save the table as UTF-8")
        return self.reading.read(line, dict(zip(self.header, fields, strict=True)))

    def pictures(self, block: Sequence[bytes]) -> list[str]:
        if not any(column in self.header for column in self.reading.columns.image):
            return []
        rows = (fields for _, fields in parsed(iter(block), self.separator, []) if isinstance(fields, list))
        paths = (self.reading.picture(dict(zip(self.header, fields, strict=False))) for fields in rows)
        return [path for path in paths if path]


def parsed(block: Iterator[bytes], separator: str, taken: list[bytes]) -> Iterator[tuple[int, Fields]]:
    """Every row as the number of its last line (from 1) and its fields, or what the csv module finds wrong.

    A blank line has no fields. The lines are added to `taken` as they are used.
    """
    reader = csv.reader(_text(block, taken), delimiter=separator)
    while True:
        try:
            fields: Fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fields = UnusableError(f"not valid CSV: {error}; is a quote left open?")
        yield reader.line_num, fields


def _text(block: Iterator[bytes], taken: list[bytes]) -> Iterator[str]:
    for raw in block:
        taken.append(raw)
        yield raw.decode("utf-8", "surrogateescape")


def _not_utf8(raw: bytes) -> int | None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def open_delimited(path: str, columns: Mapping[str, str]) -> RowSource:
    """The table at an address. Raises SourceError when its first row names none of the columns, or is all."""
    start, name = start_of(path), places.place(path)
    taken: list[bytes] = []
    with places.opened(path) as file:
        file.seek(start)
        separator = _separator(path, file.readline(1 << 16))
        file.seek(start)
        line, fields = next(parsed(lines(file), separator, taken), (0, []))
    if not fields or isinstance(fields, UnusableError):
        raise SourceError(f"{name}: {fields or 'is empty'}; the first row must name the columns")
    header = tuple(column.strip() for column in fields)
    reading = Reading(chosen(columns, header, name), places.folder_of(path), places.uri(path))
    form = Delimited(reading, separator, header)
    source = RowSource(name, path, form, start + sum(map(len, taken)), line + 1)
    return filled_source(source, "write rows below the column names")


def _separator(path: str, first_line: bytes) -> str:
    if path.lower().endswith(".tsv"):
        return "\t"
    return ";" if b"," not in first_line and b";" in first_line else ","
