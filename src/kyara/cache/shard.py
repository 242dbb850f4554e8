"""One file of the embedded cache: entries by key in SQLite, in WAL mode, with the day each was used last.

A small table finds an entry and says when it was used; the large one holds the bytes in the order they came. What
fails is raised, mostly as sqlite3.Error or OSError: `sqlite.py` decides what becomes of it. Callers hold `lock`.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from kyara.cache.pruning import DAY_S, Census, Gone, Plan
from kyara.cache.store import Kind, seal, unseal

BUSY_TIMEOUT_S = 2.0
PAGES_KIB = 512  # of a file that a connection keeps; SQLite's own 2,000 come to 32 MB over 16 files, for no speed
PAGE_BYTES = 8192  # three CLIP embeddings a page; with SQLite's own 4096 it is one, and half the file is empty
EVICT_TO = 0.9  # of the limit: the next eviction is far off
WEIGH_EVERY = 0.01  # of the limit: to ask for the size takes a fifth as long as to put two entries
CHUNK = 1000  # entries deleted in one transaction: some 20 ms that another writer waits
DUE = 1000  # entries used for the first time today that are remembered before they are written down

SCHEMA = """
CREATE TABLE IF NOT EXISTS kind (
    id INTEGER PRIMARY KEY, name TEXT, version TEXT, hits INTEGER, asked INTEGER, since INTEGER,
    UNIQUE (name, version));
CREATE TABLE IF NOT EXISTS entry (
    key BLOB PRIMARY KEY, id INTEGER NOT NULL, kind INTEGER, used INTEGER, size INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS value (id INTEGER PRIMARY KEY, data BLOB);
"""
GET = "SELECT data, used FROM entry JOIN value USING (id) WHERE key = ?"
DELETE_VALUE = "DELETE FROM value WHERE id IN (SELECT id FROM entry WHERE key = ? AND id = ?)"
DELETE_ENTRY = "DELETE FROM entry WHERE key = ? AND id = ?"
CHOOSE = """
SELECT key, entry.id, size FROM entry LEFT JOIN kind ON kind.id = entry.kind
WHERE used <= ? AND (? IS NULL OR name = ?) ORDER BY used, entry.id
"""
CENSUS = """
SELECT name, version, hits, asked, since, count(key), coalesce(sum(size), 0), coalesce(max(used), 0)
FROM kind LEFT JOIN entry ON entry.kind = kind.id GROUP BY kind.id
"""


def today() -> int:
    """Days since 1970, in UTC."""
    return int(time.time() // DAY_S)


class Shard:
    """The entries in the file at `path`, which shall not hold more than `most_bytes`. Opened when it is first asked."""

    def __init__(self, path: Path, most_bytes: int) -> None:
        self.path, self.most_bytes = path, most_bytes
        self.lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._since_weighed = most_bytes  # bytes put since the size was asked for; the first time at once
        self._kinds: dict[Kind, int] = {}
        self._used: set[bytes] = set()  # used today, which the file does not know yet

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The entries there are among `keys`."""
        with self._work("BEGIN") as connection:
            rows = [(key, *row) for key in keys for row in connection.execute(GET, (key,))]
        found = {key: data for key, sealed, _ in rows if (data := unseal(key, sealed)) is not None}
        if len(self._used) < 2 * DUE:  # more where nothing can be written: it is forgotten
            now = today()
            self._used.update(key for key, _, used in rows if used < now)
        return found

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        """Keep `entries`; where the file outgrows its limit, those go that were used longest ago."""
        with self._work() as connection:
            ids = (connection.execute("SELECT key, id FROM entry WHERE key = ?", (key,)) for key in entries)
            if old := [row for rows in ids for row in rows]:
                connection.executemany(DELETE_VALUE, old)
            (first,) = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM value").fetchone()
            numbered = list(enumerate(entries.items(), first))
            connection.executemany("INSERT INTO value VALUES (?, ?)", ((i, seal(k, data)) for i, (k, data) in numbered))
            whose, now = self._id_of(kind), today()
            rows = ((key, i, whose, now, len(data)) for i, (key, data) in numbered)
            connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", rows)
        self._since_weighed += sum(map(len, entries.values()))
        if self._since_weighed >= self.most_bytes * WEIGH_EVERY:
            self._since_weighed = 0
            if self.size() > self.most_bytes:
                self.remove(self.chosen(Plan(to_bytes=int(self.most_bytes * EVICT_TO))))

    @property
    def due(self) -> bool:
        """True when enough was used that should be written down."""
        return len(self._used) >= DUE

    @property
    def pending(self) -> bool:
        """True when anything was."""
        return bool(self._used)

    def flush(self) -> None:
        """Write down what was used today."""
        used, self._used = self._used, set()  # what fails is not tried for ever
        with self._work() as connection:
            now = today()
            connection.executemany("UPDATE entry SET used = ? WHERE key = ?", ((now, key) for key in used))

    def count(self, hits: Counter[Kind], asked: Counter[Kind]) -> None:
        """Write down how often there was an answer."""
        with self._work() as connection:
            counts = [(hits[kind], n, self._id_of(kind)) for kind, n in asked.items()]
            connection.executemany("UPDATE kind SET hits = hits + ?, asked = asked + ? WHERE id = ?", counts)

    def size(self) -> int:
        """What the file holds; pages that deleted entries have left behind are used again and do not count."""
        (pages,), (free,) = (
            self._opened().execute(f"PRAGMA {of}").fetchone() for of in ("page_count", "freelist_count")
        )
        return int(pages - free) * PAGE_BYTES

    def census(self) -> list[Census]:
        """What there is, by kind."""
        rows = self._opened().execute(CENSUS).fetchall()
        return [
            Census(Kind(name, version), entries, size, hits, asked, since, used * DAY_S)
            for name, version, hits, asked, since, entries, size, used in rows
        ]

    def chosen(self, plan: Plan) -> list[tuple[bytes, int, int]]:
        """(key, id, size) of what `plan` removes, the least recently used first."""
        until = today() - plan.older_than_days if plan.older_than_days is not None else today() + 1
        rows = self._opened().execute(CHOOSE, (until, plan.extractor, plan.extractor))
        if plan.to_bytes is None:
            return rows.fetchall()
        held, (data,) = self.size(), self._opened().execute("SELECT coalesce(sum(size), 0) FROM entry").fetchone()
        surplus, victims = (held - plan.to_bytes) * data / held, []
        for row in rows:
            if surplus <= 0:
                break
            victims.append(row)
            surplus -= row[2]
        rows.close()
        return victims

    def remove(self, victims: Sequence[tuple[bytes, int, int]]) -> Gone:
        """Delete them, a few at a time, so that nobody waits for long."""
        for start in range(0, len(victims), CHUNK):
            rows = [row[:2] for row in victims[start : start + CHUNK]]
            with self._work() as connection:
                connection.executemany(DELETE_VALUE, rows)
                connection.executemany(DELETE_ENTRY, rows)
        return Gone(len(victims), sum(size for _, _, size in victims))

    def shrink(self) -> None:
        """Give what is free in the file back to the disk; that takes as much again for a moment, and finds damage."""
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            self._opened().execute(statement).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._kinds.clear()

    def delete(self) -> None:
        """Delete the file, whatever it holds."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    @contextmanager
    def _work(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """The connection in a transaction; after an error it is closed, for what is wrong may pass with the next."""
        try:
            connection = self._opened()
            connection.execute(begin)
            with connection:  # commits, or rolls back
                yield connection
        except BaseException:
            self.close()
            raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and self._inode != _inode(self.path):
            self.close()  # deleted, or made anew by somebody else: SQLite would go on with a file without a name
        if self._connection is None:
            self._connection = _connected(self.path)
            self._inode = _inode(self.path)
        return self._connection

    def _id_of(self, kind: Kind) -> int:
        """The number `kind` has in this file; inside a transaction that writes."""
        if kind not in self._kinds:
            execute = self._opened().execute
            execute("INSERT OR IGNORE INTO kind VALUES (NULL, ?, ?, 0, 0, ?)", (*kind, int(time.time())))
            (self._kinds[kind],) = execute("SELECT id FROM kind WHERE name = ? AND version = ?", kind).fetchone()
        return self._kinds[kind]


def _inode(path: Path) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to the file at `path`, which is made where there is none. An existing one is not written to."""
    if path.parent.exists() and not path.parent.is_dir():
        raise NotADirectoryError(f"{path.parent} is a file, and a cache is a folder; give another path")
    path.parent.mkdir(parents=True, exist_ok=True)
    address, writable = path.absolute().as_uri(), os.access(path.parent, os.W_OK)
    if not writable and not path.with_name(f"{path.name}-wal").exists():
        address += "?immutable=1"  # else SQLite wants to write beside it even to read
    connection = sqlite3.connect(address, BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, uri=True)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        if writable:
            _make(connection)
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose entries, never corrupts
        connection.execute(f"PRAGMA journal_size_limit = {1 << 22}")
        connection.execute(f"PRAGMA cache_size = -{PAGES_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    """WAL mode and tables, where they are not there yet."""
    until = time.monotonic() + BUSY_TIMEOUT_S
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise  # two that switch at once refuse each other, and SQLite does not wait here
            time.sleep(0.01)
    if connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone() == (0,):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)
