"""Text files of one row after another, cut into shards without parsing them: JSONL, CSV, one description a line.

A shard knows where in the file it begins and ends, so its rows are read only when somebody asks, by any thread, with
constant memory. It is `size` lines long; blank ones are no inputs. What a row is, the `Form` knows.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import islice
from typing import BinaryIO, Protocol

from kyara.errors import SourceError
from kyara.flow import Input, Shard
from kyara.records import Reason, Skip
from kyara.sources import files, places
from kyara.sources.places import COUNTED_BYTES

LONGEST_LINE_BYTES = 1 << 20  # a longer one is cut there, and its parts come out as bad rows
LARGEST_BLOCK_BYTES = 1 << 26  # a shard of long lines is cut short here
_STEP_LINES = 64


class Form(Protocol):
    """How rows follow one another in a file, and what one says."""

    @property
    def identity(self) -> bytes:
        """All that an answer of `inputs` depends on besides the block: columns, separator, header."""
        ...

    def complete(self, block: list[bytes], more: Iterator[bytes]) -> int:
        """Takes from `more` the lines that the last row of `block` still needs; the number of rows in it then."""
        ...

    def inputs(self, block: Iterator[bytes], line: int) -> Iterator[Input]:
        """The inputs in these lines, the first of which is number `line`. A row that cannot be read has a skip."""
        ...

    def pictures(self, block: Sequence[bytes]) -> list[str]:
        """Paths of the picture files that the rows in these lines name."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the file: from byte `start`, `length` bytes, `rows` rows; its first line is number `line`."""

    start: int
    length: int
    line: int
    rows: int


@dataclass(frozen=True, slots=True)
class RowSource:
    """The rows of the file at `path` (an address), which begin at byte `start`, in line number `line`."""

    name: str
    path: str
    form: Form
    start: int = 0
    line: int = 1

    def shards(self, size: int) -> Iterator[Shard]:
        index = 0
        for block, taken in self._blocks(size):
            if block.rows:
                yield Shard(index, self._fingerprint(block, taken), block.rows, partial(self._inputs, block))
                index += 1

    def count(self) -> int | None:
        """Counting reads the file once; of a large one, or one far away, the number of rows is not told."""
        if not places.is_near(self.path) or places.size(self.path) > COUNTED_BYTES:
            return None
        return sum(block.rows for block, _ in self._blocks(_STEP_LINES))

    def _blocks(self, size: int) -> Iterator[tuple[Block, list[bytes]]]:
        start, line = self.start, self.line
        with places.opened(self.path) as file:
            file.seek(start)
            more = lines(file)
            while taken := _some(more, size):
                rows = self.form.complete(taken, more)
                block = Block(start, sum(map(len, taken)), line, rows)
                yield block, taken
                start += block.length
                line += len(taken)

    def _fingerprint(self, block: Block, taken: Sequence[bytes]) -> str:
        """Of the rows' bytes; the line because it is in their keys; the pictures by their stamps."""
        parts = [self.form.identity, str(block.line).encode(), b"".join(taken)]
        for path in self.form.pictures(taken):
            parts += [os.fsencode(places.relative(path, places.folder_of(self.path))), places.stamp(path)]
        return files.digest(parts)

    def _inputs(self, block: Block) -> Iterator[Input]:
        with places.opened(self.path) as file:
            file.seek(block.start)
            raw = file.read(block.length)
        if len(raw) < block.length:
            raise SourceError(f"{self.name}: became shorter while it was read; run again when it is complete")
        return self.form.inputs(lines(BytesIO(raw)), block.line)


def _some(more: Iterator[bytes], size: int) -> list[bytes]:
    """Up to `size` lines, fewer where they are very long."""
    taken: list[bytes] = []
    length = 0
    while len(taken) < size and length < LARGEST_BLOCK_BYTES:
        step = list(islice(more, min(_STEP_LINES, size - len(taken))))
        if not step:
            break
        length += sum(map(len, step))
        taken += step
    return taken


def lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends, none longer than LONGEST_LINE_BYTES."""
    return iter(partial(file.readline, LONGEST_LINE_BYTES), b"")


def filled(block: Sequence[bytes]) -> int:
    """How many lines are not blank."""
    return len(block) - sum(map(bytes.isspace, block))


def bad_row(uri: str, line: int, problem: object) -> Input:
    """The input that a row which cannot be read becomes."""
    return Input(f"#{line}", f"{uri}#{line}", skip=Skip("source", Reason.BAD_ROW, f"row {line}: {problem}"))


def start_of(path: str) -> int:
    """Where the text begins: behind a byte order mark. Raises SourceError for what is not a text file in UTF-8."""
    try:
        with places.opened(path) as file:
            head = file.read(4096)
    except OSError as error:
        raise SourceError(f"{places.place(path)}: {error.strerror or error}; make the file readable") from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head:
        raise SourceError(f"{places.place(path)}: is UTF-16 or no text at all; save it as UTF-8")
    return len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0


def filled_source(source: RowSource, remedy: str) -> RowSource:
    """`source`, once it is sure that it has a row. Raises SourceError with the `remedy` otherwise."""
    if next(source.shards(1), None) is None:
        raise SourceError(f"{source.name}: has no row; {remedy}")
    return source
