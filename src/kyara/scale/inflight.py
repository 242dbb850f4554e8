"""Which picture was being decoded when the process died, so that one hostile file cannot stop a run for ever.

Before every decode the thread writes the sample's key into its own slot file. A key found there by the next run is
a suspect: it is first decoded in a child process, and if that dies too (the second death) it is skipped for good. A
run killed from outside leaves suspects as well; those pass the child and are read like any other.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock, local

import orjson

from kyara.results.atomic import said_as_output_error, write_atomically


class Inflight:
    """The slots and the list of crashing keys in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slots = local()
        self._lock = Lock()
        self._used = 0
        with said_as_output_error(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.crashed: frozenset[str] = frozenset(_listed(folder / "crashed.json"))
        old = [path for path in folder.glob("*.slot") if path.stat().st_size]
        self.suspects: frozenset[str] = frozenset(_listed(folder / "suspects.json")) | {
            path.read_bytes().decode("utf-8", "replace").rstrip("\0") for path in old
        }
        self._save("suspects.json", self.suspects)  # before the slots are used again
        for path in old:
            path.unlink()

    def entering(self, key: str) -> None:
        """`key` is about to be decoded in this thread."""
        data = key.encode()
        fd = self._slot()
        os.ftruncate(fd, len(data))
        os.pwrite(fd, data, 0)

    def confirm(self, key: str) -> None:
        """`key` killed a second process: never decode it again."""
        with self._lock:
            self.crashed |= {key}
            self._save("crashed.json", self.crashed)

    def finished(self) -> None:
        """The run ended well: nothing is in flight, nobody is suspected."""
        for path in (*self._folder.glob("*.slot"), self._folder / "suspects.json"):
            path.unlink(missing_ok=True)

    def _slot(self) -> int:
        fd: int | None = getattr(self._slots, "fd", None)
        if fd is None:
            with self._lock:
                self._used += 1
                path = self._folder / f"{self._used}.slot"
            fd = self._slots.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        return fd

    def _save(self, name: str, keys: frozenset[str]) -> None:
        data = orjson.dumps(sorted(keys))
        write_atomically(self._folder / name, lambda path: _write(path, data))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _listed(path: Path) -> list[str]:
    try:
        return list(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return []
