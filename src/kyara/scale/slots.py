"""What every thread is at, for whoever comes after a crash: one small file a thread, rewritten in place.

What was noted outlives the process, not the machine: nothing is synced.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


class Slots:
    """The files `process-thread.suffix` in `folder`, which is there. It pickles: another process has its own."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix
        self._own = threading.local()

    def __reduce__(self) -> tuple[type[Slots], tuple[Path, str]]:
        return Slots, (self._folder, self._suffix)

    def note(self, data: bytes) -> None:
        """This thread is at `data`; of longer data noted before, the end stays. Raises OSError."""
        if not hasattr(self._own, "slot"):
            self._own.slot = _Slot(self._folder / f"{os.getpid()}-{threading.get_ident()}.{self._suffix}")
        os.pwrite(self._own.slot.file, data, 0)


class _Slot:
    """A file that stays open as long as its thread and the Slots live: opening it each time would cost the most."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT)  # truncating it would cost milliseconds on ext4

    def __del__(self) -> None:
        if hasattr(self, "file"):
            os.close(self.file)
