"""Which picture was being decoded when the process died, so that one hostile file cannot stop a run for ever.

Before every decode the thread writes the picture's content id into its own slot file, after it blanks. An id that the
next run finds is a suspect: it is first decoded in a child process, and if that dies too (the second death) it is
skipped for good. A run killed from outside leaves suspects as well; those pass the child and are read like any other.
Ids, not keys: a copy of a crashing picture crashes too, and a file put right under the same name does not.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from kyara.results.atomic import said_as_output_error, write_atomically
from kyara.scale.deaths import Deaths
from kyara.scale.slots import Slots

_NOBODY = " " * 64  # as long as an id


class Inflight:
    """The slots and the crashing content ids in `folder`. Raises OutputError where it cannot be written.

    It pickles, for the worker processes of a run; only the process that begins the run makes one.
    """

    def __init__(self, folder: Path, after_crash: bool = False) -> None:
        self._folder, self._slots = folder, Slots(folder, "slot")
        with said_as_output_error(folder):
            folder.mkdir(parents=True, exist_ok=True)
            slots = list(folder.glob("*.slot"))
            held = {slot.stem: slot.read_bytes().decode("ascii", "replace").strip() for slot in slots}
            decoding = {stem for stem, content in held.items() if content}
            self.crashed = {path.stem for path in folder.glob("*.crashed")}
            self.suspects = {held[stem] for stem in decoding} | set(_listed(folder / "suspects.json"))
            data = orjson.dumps(sorted(self.suspects))
            # before the slots are used again
            write_atomically(folder / "suspects.json", lambda path: _write(path, data))
            for slot in slots:
                slot.unlink()
            self.deaths = Deaths(folder, after_crash, decoding)

    def entering(self, content: str) -> None:
        """The picture with this content id is about to be decoded in this thread."""
        self._note(content)

    def left(self) -> None:
        """The decode of this thread came back."""
        self._note(_NOBODY)

    def _note(self, content: str) -> None:
        with said_as_output_error(self._folder):
            self._slots.note(content.encode())  # ids are all of one length

    def confirm(self, content: str) -> None:
        """This picture killed a second process: never decode it again."""
        self.crashed.add(content)
        with said_as_output_error(self._folder):
            (self._folder / f"{content}.crashed").touch()

    def finished(self) -> None:
        """The run ended well: nothing is in flight, nobody is suspected."""
        for path in (*self._folder.glob("*.slot"), self._folder / "suspects.json"):
            path.unlink(missing_ok=True)
        self.deaths.finished()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _listed(path: Path) -> list[str]:
    try:
        return list(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return []
