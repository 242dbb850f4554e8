"""Whom a run was asking when its process died, so that one extractor that kills it cannot stop the run for ever.

Before a call every thread writes down step and samples, after it that it was answered. After a crash the samples of the
call in flight are suspects of that step: each is asked alone. A second death while it is alone makes it fatal, and it
is not asked again. A step of which the process died often is asked nothing more in this run. Where the crash left
a trace, the thread it names is to blame, else everyone who was in flight. A kill from outside is nobody's fault.
"""

from __future__ import annotations

import faulthandler
import os
import re
import struct
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from pathlib import Path
from typing import IO

import orjson

from kyara.results.atomic import write_atomically
from kyara.scale.slots import Slots

MOST_DEATHS = 6  # a fatal sample costs two
_LENGTH = struct.Struct("<Q")
_CURRENT = re.compile(rb"Current thread 0x([0-9a-f]+)")
_trace: IO[bytes] | None = None  # must stay open as long as the process lives


class Deaths:
    """The slots and what was learnt from them, in `folder`. It pickles; only who begins the run makes one."""

    def __init__(self, folder: Path, after_crash: bool, decoding: Collection[str] = ()) -> None:
        """`after_crash`: whether what is in the slots died by itself; `decoding`: process-thread of those who were in a
        decoder, which is then to blame (scale/inflight.py)."""
        self._folder, self._slots = folder, Slots(folder, "asked")
        self._suspected: defaultdict[str, set[str]] = defaultdict(set)
        self._fatal: defaultdict[str, set[str]] = defaultdict(set)
        self._counts: Counter[str] = Counter()
        self._recall()
        if after_crash:
            self._learn(_blamed(folder, decoding))
            told = {"suspected": self._suspected, "fatal": self._fatal, "counts": self._counts}
            data = orjson.dumps(told, default=sorted)
            write_atomically(self._file, lambda path: _write(path, data))
        for path in (*folder.glob("*.asked"), *folder.glob("*.trace")):
            path.unlink()

    def suspected(self, step: str) -> Set[str]:
        """Content ids that were being asked when the process died, the fatal ones among them."""
        return self._suspected.get(step, frozenset())

    def fatal(self, step: str) -> Set[str]:
        """Content ids of which the process died while they were asked alone."""
        return self._fatal.get(step, frozenset())

    def is_off(self, step: str) -> bool:
        """True once the process died so often of `step` that it is asked no more."""
        return self._counts[step] >= MOST_DEATHS

    def asking(self, step: str, contents: Iterable[str]) -> None:
        """`step` is about to be asked of samples with these content ids, in this thread."""
        data = orjson.dumps([step, *contents])
        self._note(_LENGTH.pack(len(data)) + data)

    def answered(self) -> None:
        """The call of this thread came back."""
        self._note(_LENGTH.pack(0))

    def finished(self) -> None:
        """The run ended well: nothing is in flight, nobody is suspected."""
        for path in (*self._folder.glob("*.asked"), *self._folder.glob("*.trace"), self._file):
            path.unlink(missing_ok=True)

    def _note(self, data: bytes) -> None:
        _trace_faults(self._folder)
        self._slots.note(data)

    def _recall(self) -> None:
        try:
            told = orjson.loads(self._file.read_bytes())
            for kept, name in ((self._suspected, "suspected"), (self._fatal, "fatal")):
                kept.update({step: set(contents) for step, contents in told[name].items()})
            self._counts.update(told["counts"])
        except (OSError, orjson.JSONDecodeError, KeyError):
            return

    def _learn(self, blamed: Sequence[tuple[str, Set[str]]]) -> None:
        for step, contents in blamed:
            if len(contents) == 1 and contents <= self._suspected[step]:
                self._fatal[step] |= contents
            self._suspected[step] |= contents
        if len(blamed) == 1:
            self._counts[blamed[0][0]] += 1

    @property
    def _file(self) -> Path:
        return self._folder / "deaths.json"


def _blamed(folder: Path, decoding: Collection[str]) -> list[tuple[str, Set[str]]]:
    """(step, content ids) of the calls to blame: that of the thread which a trace names, else all in flight."""
    calls = {slot.stem: call for slot in folder.glob("*.asked") if (call := _read(slot)) is not None}
    for trace in folder.glob("*.trace"):
        if found := _CURRENT.search(trace.read_bytes()):
            thread = f"{trace.stem}-{int(found[1], 16)}"
            return [calls[thread]] if thread in calls and thread not in decoding else []
    return [call for thread, call in calls.items() if thread not in decoding]


def _read(slot: Path) -> tuple[str, Set[str]] | None:
    data = slot.read_bytes()
    try:
        (length,) = _LENGTH.unpack_from(data)
        step, *contents = orjson.loads(data[_LENGTH.size : _LENGTH.size + length])
    except (struct.error, ValueError):  # answered, or torn
        return None
    return step, set(contents)


def _trace_faults(folder: Path) -> None:
    """Have a crash of this process say which thread it was, unless somebody else has it told already."""
    global _trace
    if _trace is None and not faulthandler.is_enabled():
        _trace = (folder / f"{os.getpid()}.trace").open("wb")
        faulthandler.enable(_trace)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
