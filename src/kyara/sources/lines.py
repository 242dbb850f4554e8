"""A text file with one description a line. Blank lines are no inputs; keys are `#LINE`, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kyara.flow import Input
from kyara.sources import places
from kyara.sources.rows import RowSource, bad_row, filled, filled_source, start_of


@dataclass(frozen=True, slots=True)
class Lines:
    """Every line that is not blank is a text."""

    uri: str

    @property
    def identity(self) -> bytes:
        return b"lines"

    def complete(self, block: list[bytes], more: Iterator[bytes]) -> int:
        return filled(block)

    def inputs(self, block: Iterator[bytes], line: int) -> Iterator[Input]:
        return (self._input(number, raw) for number, raw in enumerate(block, line) if not raw.isspace())

    def _input(self, line: int, raw: bytes) -> Input:
        try:
            return Input(f"#{line}", f"{self.uri}#{line}", text=raw.decode().strip())
        except UnicodeDecodeError as error:
            return bad_row(self.uri, line, f"not UTF-8 at byte {error.start}; save the file as UTF-8")

    def pictures(self, block: Sequence[bytes]) -> list[str]:
        return []


def open_lines(path: str) -> RowSource:
    """The descriptions in the file at an address. Raises SourceError when there is none."""
    source = RowSource(places.place(path), path, Lines(places.uri(path)), start_of(path))
    return filled_source(source, "write one description a line")
