"""The embedded cache backend: one SQLite file in WAL mode.

Everything that can go wrong with the file (corrupt, locked, read-only, full) is said once in the log and costs speed,
never the run: after a failed write nothing more is written, after a failed read nothing more is read either.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 5.0
MAX_VARIABLES = 500  # SQLite builds allow 999 and more


class SqliteCache:
    """Entries by key in the SQLite file at `path`, shared by threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._writing = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose entries, never corrupts
            self._connection.execute("CREATE TABLE IF NOT EXISTS raw (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        with self._lock:
            if self._connection is None:
                return found
            try:
                wanted = list(keys)
                for start in range(0, len(wanted), MAX_VARIABLES):
                    some = wanted[start : start + MAX_VARIABLES]
                    marks = ",".join("?" * len(some))
                    found.update(self._connection.execute(f"SELECT key, value FROM raw WHERE key IN ({marks})", some))
            except sqlite3.Error as error:
                self._give_up(error)
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        with self._lock:
            if self._connection is None or not self._writing:
                return
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                with self._connection:  # commits, or rolls back
                    self._connection.executemany("INSERT OR REPLACE INTO raw VALUES (?, ?)", entries.items())
            except sqlite3.OperationalError as error:
                self._writing = False
                log.warning("cache %s: %s; nothing more is kept in this run", self.path, error)
            except sqlite3.Error as error:
                self._give_up(error)

    @property
    def usable(self) -> bool:
        """False once the file has turned out to be of no use."""
        return self._connection is not None

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _give_up(self, error: Exception) -> None:
        self._close()
        log.warning(
            "cache %s cannot be used (%s); going on without it. Delete the file to start it anew", self.path, error
        )
