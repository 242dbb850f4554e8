"""Which picture was being decoded when the process died, so that one hostile file cannot stop a run for ever.

Before every decode the thread writes the picture's content id into its own slot file. An id found there by the next
run is a suspect: it is first decoded in a child process, and if that dies too (the second death) it is skipped for
good. A run killed from outside leaves suspects as well; those pass the child and are read like any other. Ids, not
keys: a copy of a crashing picture crashes too, and a file put right under the same name does not.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from threading import Lock, local

import orjson

from kyara.results.atomic import said_as_output_error, write_atomically


class Inflight:
    """The slots and the list of crashing content ids in `folder`. Raises OutputError where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._own = local()
        self._lock = Lock()
        with said_as_output_error(folder):
            folder.mkdir(parents=True, exist_ok=True)
            slots = list(folder.glob("*.slot"))
            held = {slot.read_bytes().decode("ascii", "replace") for slot in slots}
            self.crashed: frozenset[str] = frozenset(_listed(folder / "crashed.json"))
            self.suspects: frozenset[str] = frozenset(_listed(folder / "suspects.json")) | held
            self._save("suspects.json", self.suspects)  # before the slots are used again
            for slot in slots:
                slot.unlink()

    def entering(self, content: str) -> None:
        """The picture with this content id is about to be decoded in this thread."""
        with said_as_output_error(self._folder):
            slot = os.open(self._slot(), os.O_WRONLY | os.O_CREAT)  # truncating it would cost milliseconds on ext4
            try:
                os.pwrite(slot, content.encode(), 0)  # ids are all of one length
            finally:
                os.close(slot)

    def confirm(self, content: str) -> None:
        """This picture killed a second process: never decode it again."""
        with self._lock:
            self.crashed |= {content}
            self._save("crashed.json", self.crashed)

    def finished(self) -> None:
        """The run ended well: nothing is in flight, nobody is suspected."""
        for path in (*self._folder.glob("*.slot"), self._folder / "suspects.json"):
            path.unlink(missing_ok=True)

    def _slot(self) -> Path:
        if not hasattr(self._own, "slot"):
            self._own.slot = self._folder / f"{next(self._numbers)}.slot"
        slot: Path = self._own.slot
        return slot

    def _save(self, name: str, contents: frozenset[str]) -> None:
        data = orjson.dumps(sorted(contents))
        write_atomically(self._folder / name, lambda path: _write(path, data))


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _listed(path: Path) -> list[str]:
    try:
        return list(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return []
