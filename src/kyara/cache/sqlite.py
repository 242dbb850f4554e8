"""The embedded cache backend: a folder of SQLite files, over which the first byte of the key spreads entries.

Each file has a writer, a connection and a lock of its own, so that threads and processes seldom wait for each other.
What can go wrong with one (corrupt, locked, read-only, full, gone) is said once and costs speed, never the run.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from kyara.cache.health import PAUSE_S, Health
from kyara.cache.pruning import Census, Gone, Plan
from kyara.cache.shard import Shard
from kyara.cache.store import Kind

T = TypeVar("T")

SHARDS = 16
MAX_BYTES = 20_000_000_000


class SqliteCache:
    """Entries by key in the folder `path`, shared by threads and processes, at most about `max_bytes` in all.

    A folder that is there keeps the number of files it was made with.
    """

    def __init__(self, path: Path, shards: int = SHARDS, max_bytes: int = MAX_BYTES, pause_s: float = PAUSE_S) -> None:
        self.path, self.max_bytes = path, max_bytes
        count = _count_in(path) or shards
        names = (f"{n:02}-of-{count:02}.sqlite" for n in range(count))
        self.shards = [Shard(path / name, max_bytes // count) for name in names]
        self._health = Health(str(path), pause_s, _remedy)
        self._lock = Lock()
        self._hits: Counter[Kind] = Counter()
        self._asked: Counter[Kind] = Counter()

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def lost(self) -> Mapping[str, int]:
        return self._health.lost

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        nothing: dict[bytes, bytes] = {}
        spread: dict[int, list[bytes]] = defaultdict(list)
        for key in dict.fromkeys(keys):
            spread[self._of(key)].append(key)
        for number, some in spread.items():
            shard = self.shards[number]
            found |= self._attempt("reading", shard, partial(shard.get, some), nothing, len(some))
            if shard.due:
                self._attempt("writing", shard, shard.flush, None)
        with self._lock:
            self._hits[kind] += len(found)
            self._asked[kind] += sum(map(len, spread.values()))
        return found

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        spread: dict[int, dict[bytes, bytes]] = defaultdict(dict)
        for key, data in entries.items():
            spread[self._of(key)][key] = data
        for number, some in spread.items():
            shard = self.shards[number]
            self._attempt("writing", shard, partial(shard.put, kind, some), None, len(some))

    def close(self) -> None:
        """Write down what was used, and how often there was an answer (in one file: each costs a sync), and let go."""
        with self._lock:
            hits, asked = self._hits, self._asked
            self._hits, self._asked = Counter(), Counter()
        if asked:
            self._attempt("writing", self.shards[0], partial(self.shards[0].count, hits, asked), None)
        for shard in self.shards:
            if shard.pending:
                self._attempt("writing", shard, shard.flush, None)
            with shard.lock:
                shard.close()

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the folder and the files there are."""
        self._attempt("reading", self.shards[0], self.shards[0].size, 0)  # made where there is none
        self.size()
        return self._health.faults

    def census(self) -> tuple[Census, ...]:
        """What there is, by kind. Raises nothing; what cannot be read is in `lost`."""
        found: dict[Kind, Census] = {}
        nothing: list[Census] = []
        for shard in self._there():
            for one in self._attempt("reading", shard, shard.census, nothing):
                found[one.kind] = found[one.kind] + one if one.kind in found else one
        return tuple(sorted(found.values(), key=lambda one: one.kind))

    def size(self) -> int:
        """What the files hold in all."""
        return sum(self._attempt("reading", shard, shard.size, 0) for shard in self._there())

    def prune(self, plan: Plan, dry: bool = False) -> Gone:
        """Remove what `plan` says (`dry`: only count it), give the room back, and start damaged files anew."""
        if plan.to_bytes is not None:
            plan = replace(plan, to_bytes=plan.to_bytes // len(self.shards))
        gone = Gone()
        for shard in self._there():
            gone += self._attempt("pruning", shard, partial(_pruned, shard, plan, dry), Gone())
        return gone

    def _there(self) -> list[Shard]:
        return [shard for shard in self.shards if shard.path.exists()]

    def _of(self, key: bytes) -> int:
        return key[0] % len(self.shards) if key else 0

    def _attempt(self, doing: str, shard: Shard, act: Callable[[], T], otherwise: T, entries: int = 0) -> T:
        with shard.lock:
            return self._health.attempt(f"{doing} {shard.path.name}", act, otherwise, entries)


def _pruned(shard: Shard, plan: Plan, dry: bool) -> Gone:
    try:
        victims = shard.chosen(plan)
        if dry:
            return Gone(len(victims), sum(size for _, _, size in victims))
        gone = shard.remove(victims)
        shard.shrink()
        return gone
    except sqlite3.DatabaseError as error:
        if dry or not _is_damaged(error):
            raise
        size = shard.path.stat().st_size
        shard.delete()
        return Gone(damaged=(f"{shard.path} ({size / 1e6:.1f} MB): {error}",))


def _count_in(path: Path) -> int | None:
    """The number of files a folder was made with, by their names."""
    numbers = (re.fullmatch(r"\d+-of-(\d+)\.sqlite", file.name) for file in path.glob("*.sqlite"))
    return next((int(found[1]) for found in numbers if found), None)


def _remedy(error: Exception) -> str:
    """What to do about a file that no waiting makes good again."""
    return "`kyara cache prune` starts damaged files anew" if _is_damaged(error) else ""


def _is_damaged(error: Exception) -> bool:
    return type(error) is sqlite3.DatabaseError  # not a database, malformed; what may pass is of a subclass
