"""Tables in Parquet. Tags, texts and keys are read as shards are cut; pictures stream in as the inputs are asked for.

Columns with pictures in them (bytes, or Hugging Face's struct of bytes and path) are never in a fingerprint: the
file's stamp stands for them, as it does for a picture in a folder. Memory holds one shard's words and a few pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from itertools import chain, repeat

import pyarrow as pa
import pyarrow.parquet as pq

from kyara.errors import SourceError
from kyara.flow import Input, Shard
from kyara.sources import files, places
from kyara.sources.fields import UnusableError
from kyara.sources.rows import bad_row
from kyara.sources.table import Reading, chosen

_PICTURES_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """The rows of the Parquet file at `path` (absolute): `light` columns, and one with `pictures` in it."""

    name: str
    path: str
    reading: Reading
    light: tuple[str, ...]
    pictures: str | None

    def shards(self, size: int) -> Iterator[Shard]:
        start = 0
        for index, words in enumerate(self._cut(size)):
            inputs = partial(self._inputs, start, words)
            yield Shard(index, self._fingerprint(start, words), words.num_rows, inputs)
            start += words.num_rows

    def count(self) -> int:
        return int(self._file().metadata.num_rows)

    def _file(self) -> pq.ParquetFile:
        return _opened(self.path)

    def _cut(self, size: int) -> Iterator[pa.Table]:
        """The light columns, `size` rows at a time."""
        kept: pa.Table | None = None
        for batch in self._batches(size, self.light, 0):
            table = pa.Table.from_batches([batch])
            kept = table if kept is None else pa.concat_tables([kept, table])
            while kept.num_rows >= size:
                yield kept.slice(0, size)
                kept = kept.slice(size)
        if kept is not None and kept.num_rows:
            yield kept

    def _batches(self, size: int, columns: tuple[str, ...], start: int) -> Iterator[pa.RecordBatch]:
        """Batches of these columns from row `start` on; whole row groups before it are not touched."""
        try:
            file = self._file()
            groups = list(range(file.metadata.num_row_groups))
            while groups and start >= (rows := file.metadata.row_group(groups[0]).num_rows):
                start -= rows
                groups.pop(0)
            for batch in file.iter_batches(size, row_groups=groups, columns=list(columns)):
                if start < batch.num_rows:
                    yield batch.slice(start)
                start = max(0, start - batch.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise SourceError(f"{self.name}: cannot be read as Parquet: {error!s:.200}; write it again") from error

    def _fingerprint(self, start: int, words: pa.Table) -> str:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, words.schema.remove_metadata()) as stream:
            stream.write_table(words.combine_chunks().replace_schema_metadata(None))
        parts = [b"parquet", repr(self.reading.columns).encode(), f"{start} {words.num_rows}".encode(), sink.getvalue()]
        if self.pictures:
            parts.append(places.stamp(self.path))
        for path in self._named_pictures(words):
            parts += [os.fsencode(places.relative(path, self.reading.folder)), places.stamp(path)]
        return files.digest(parts)

    def _named_pictures(self, words: pa.Table) -> list[str]:
        if not any(column in self.light for column in self.reading.columns.image):
            return []
        rows = (row for row in self._rows(words) if isinstance(row, dict))
        return [path for row in rows if (path := self.reading.picture(row))]

    def _inputs(self, start: int, words: pa.Table) -> Iterator[Input]:
        rows = zip(self._rows(words), self._pictures(start), strict=False)
        for number, (row, picture) in enumerate(rows, start + 1):
            if isinstance(row, UnusableError):
                yield bad_row(self.reading.uri, number, row)
                continue
            if self.pictures and picture is not None:
                row[self.pictures] = picture
            yield self.reading.read(number, row)

    def _pictures(self, start: int) -> Iterator[object]:
        if self.pictures is None:
            return repeat(None)
        batches = self._batches(_PICTURES_AT_ONCE, (self.pictures,), start)
        return chain.from_iterable(batch.column(0).to_pylist() for batch in batches)

    def _rows(self, words: pa.Table) -> Iterator[dict[str, object] | UnusableError]:
        if not self.light:
            return ({} for _ in range(words.num_rows))
        columns = [_values(column) for column in words.columns]
        return (_row(self.light, values) for values in zip(*columns, strict=True))


def _row(names: tuple[str, ...], values: tuple[object, ...]) -> dict[str, object] | UnusableError:
    broken = next((value for value in values if isinstance(value, UnusableError)), None)
    return broken or dict(zip(names, values, strict=True))


def _values(column: pa.ChunkedArray) -> list[object]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_value(scalar) for scalar in column]


def _value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return UnusableError(f"not UTF-8 at byte {error.start}; write the table with UTF-8 text")


def open_parquet(path: str, columns: Mapping[str, str]) -> ParquetSource:
    """The table at an address. Raises SourceError for what is no Parquet, has no row or none of the columns."""
    name = places.place(path)
    try:
        with _opened(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{name}: cannot be read as Parquet: {error!s:.200}; write it again") from error
    if not rows:
        raise SourceError(f"{name}: has no row; write it with at least one")
    there = chosen(columns, schema.names, name).among(schema.names)
    reading = Reading(there, places.folder_of(path), places.uri(path))
    pictures = next((column for column in there.image if _holds_pictures(schema.field(column).type)), None)
    light = tuple(dict.fromkeys(column for role in astuple(there) for column in role if column != pictures))
    return ParquetSource(name, path, reading, light, pictures)


def names_in(path: str) -> list[str]:
    """The columns of the Parquet file at an address, none for what is no Parquet."""
    try:
        with _opened(path) as file:
            return list(file.schema_arrow.names)
    except (OSError, pa.ArrowException):
        return []


def _opened(path: str) -> pq.ParquetFile:
    if places.is_url(path):
        return pq.ParquetFile(places.opened(path))
    return pq.ParquetFile(path, memory_map=True, pre_buffer=False)


def _holds_pictures(kind: pa.DataType) -> bool:
    return bool(pa.types.is_struct(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
