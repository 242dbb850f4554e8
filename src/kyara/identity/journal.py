"""An append-only file of changes: one JSON object a line, each with a checksum of its own and a serial number.

A kill at any moment costs at most the line being written; writers take turns; a line damaged later is named and the
others are kept. It knows nothing of what a change means.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import orjson

from kyara.errors import KyaraError

NAME = "journal.jsonl"
_HEAD = b'{"crc":"%08x",'


class GalleryError(KyaraError):
    """A gallery that cannot do what is asked of it: says what it holds and what to do next."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: its serial number, when it was written (seconds since the epoch), and what it says."""

    number: int
    at: float
    change: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What a journal holds: its entries, and the lines (from 1) that are damaged."""

    entries: tuple[Entry, ...] = ()
    damaged: tuple[int, ...] = ()

    @property
    def following(self) -> int:
        """The next serial number: one no line ever had, a damaged one included."""
        return max([len(self.entries) + len(self.damaged), *(entry.number for entry in self.entries)]) + 1


class Journal:
    """The journal in the folder at `path`, which its first change makes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / NAME

    def read(self) -> Content:
        """All entries there are. An unfinished last line is nothing: its writer was killed before it could say so.

        Raises GalleryError where it cannot be read.
        """
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return Content()
        except OSError as error:
            said = f"gallery {self.path}: cannot be read: {error.strerror}"
            raise GalleryError(f"{said}; make it readable, or choose another --gallery") from error
        lines = data.split(b"\n")
        if _entry(lines[-1]) is None:
            lines.pop()
        found = [_entry(line) for line in lines]
        damaged = tuple(number for number, entry in enumerate(found, 1) if entry is None)
        return Content(tuple(entry for entry in found if entry is not None), damaged)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else appends meanwhile. Raises GalleryError where the folder cannot be written or is not a gallery."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = [] if self.file.exists() else [p.name for p in self.path.iterdir() if p.name != "lock"]
            if strangers:
                raise GalleryError(
                    f"{self.path} holds something else than a gallery ({strangers[0]!r}); choose another --gallery"
                )
            with (self.path / "lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            said = f"gallery {self.path}: cannot be written: {error.strerror or error}"
            raise GalleryError(f"{said}; make it writable, or choose another --gallery") from error

    def append(self, change: Mapping[str, Any]) -> Entry:
        """Write one change, on disk when this returns. Only within `alone`."""
        entry = Entry(self.read().following, round(time.time(), 3), change)
        body = orjson.dumps({"number": entry.number, "at": entry.at, **change})[1:]
        with self.file.open("ab+") as file:
            file.seek(0)
            data = file.read()
            whole = data.rfind(b"\n") + 1
            if _entry(data[whole:]) is not None:  # a last line whose end of line got lost
                file.write(b"\n")
            else:
                file.truncate(whole)  # a writer was killed within it
            file.write(_HEAD % crc32(body) + body + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return entry


def _entry(line: bytes) -> Entry | None:
    """The entry of one line; None where the line is not one that `append` wrote."""
    body = line[len(_HEAD % 0) :]
    if line != _HEAD % crc32(body) + body:
        return None
    change = orjson.loads(b"{" + body)
    return Entry(change.pop("number"), change.pop("at"), change)
