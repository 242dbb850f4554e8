"""What a thread is at is on disk as soon as it is noted, in a file of its own that is open as long as it needs be."""

from __future__ import annotations

import os
import pickle
import threading
from pathlib import Path

from kyara.scale.slots import Slots


def opened() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_a_note_replaces_the_one_before(tmp_path: Path) -> None:
    slots = Slots(tmp_path, "at")
    slots.note(b"first")
    slots.note(b"again")
    (file,) = tmp_path.iterdir()
    assert file.name == f"{os.getpid()}-{threading.get_ident()}.at"
    assert file.read_bytes() == b"again"


def test_what_a_thread_had_open_is_closed_when_it_ends(tmp_path: Path) -> None:
    slots, before = Slots(tmp_path, "at"), opened()
    for n in range(20):
        thread = threading.Thread(target=slots.note, args=(b"%02d" % n,))
        thread.start()
        thread.join()
    assert opened() <= before


def test_it_pickles_before_and_after_a_note(tmp_path: Path) -> None:
    slots = Slots(tmp_path, "at")
    slots.note(b"first")
    pickle.loads(pickle.dumps(slots)).note(b"again")
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == b"again"
