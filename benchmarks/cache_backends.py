"""Entries put into and got from each kind of cache, side by side: one SQLite file, sixteen, Redis, both in two levels.

Entries have the size of a CLIP embedding and go in batches of 32 from two threads, as in a run. The backends take
turns, portion by portion, so that what else the machine does meets them all. `two_levels_filling` is a second machine:
nothing is near yet, everything comes from Redis and is written to the near cache on the way. Then four processes put a
fifth as many entries into one file and into sixteen, with the longest that one batch waited. Fails unless every entry
comes back byte for byte, and each backend gives `GOAL_GET_PER_S` and takes `GOAL_PUT_PER_S`: twenty times, and five
times, the 200 pictures a second that CLIP looks at here. `--broken` damages every file and kills the server before
anything is got; it must fail, and must not stop.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kyara.cache.levels import Levels
from kyara.cache.redis import RedisCache
from kyara.cache.sqlite import SqliteCache
from kyara.cache.store import Kind, Store

GOAL_GET_PER_S, GOAL_PUT_PER_S = 4_000, 1_000
BYTES = 2_110  # 512 numbers of 32 bits and their heading
BATCH, THREADS, PROCESSES, PORTIONS = 32, 2, 4, 10
BACKENDS = ("one_file", "sixteen_files", "redis", "two_levels", "two_levels_filling")
Batch = Mapping[bytes, bytes]


def batches(entries: int, kind: Kind) -> list[Batch]:
    """Batches of entries whose keys and bytes are noise, the same for the same kind."""
    noise = random.Random(1).randbytes(1 << 20)
    made = []
    for start in range(0, entries, BATCH):
        numbers = range(start, min(start + BATCH, entries))
        keys = {n: hashlib.sha256(f"{kind.name} {n}".encode()).digest() for n in numbers}
        made.append({key: noise[(at := 97 * n % (len(noise) - BYTES)) : at + BYTES] for n, key in keys.items()})
    return made


@contextmanager
def server(url: str | None) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of a Redis server, and what kills it; one of its own unless `url` names another."""
    if url is not None:
        yield url, lambda: None
        return
    binary = shutil.which("redis-server")
    if binary is None:
        sys.exit("there is no redis-server: apt-get install redis-server, or name one by --redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([binary, "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL)
    try:
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0", process.kill
    finally:
        process.kill()
        process.wait()


def damage(place: Path) -> None:
    """Overwrite every file of every cache in `place`."""
    for file in place.rglob("*.sqlite*"):
        file.write_bytes(bytes(file.stat().st_size))


def measured(place: Path, url: str, kill: Callable[[], None], entries: int, broken: bool) -> dict[str, Any]:
    """Entries a second by backend, and the share that came back as it was."""
    near = SqliteCache(place / "near")
    stores: dict[str, Store] = {
        "one_file": SqliteCache(place / "one", shards=1),
        "sixteen_files": SqliteCache(place / "sixteen"),
        "redis": RedisCache(url),
        "two_levels": Levels([near, RedisCache(url)]),
        "two_levels_filling": Levels([SqliteCache(place / "empty"), RedisCache(url)]),
    }
    # what fills its near cache finds what the two levels have put
    kinds = {name: Kind("two_levels" if name == "two_levels_filling" else name, "1") for name in stores}
    made = {kind: batches(entries, kind) for kind in set(kinds.values())}
    seconds: Counter[str] = Counter()
    right: Counter[str] = Counter()

    def put(name: str, batch: Batch) -> None:
        stores[name].put(kinds[name], batch)

    def get(name: str, batch: Batch) -> int:
        return len(stores[name].get(kinds[name], list(batch)).items() & batch.items())

    with ThreadPoolExecutor(THREADS) as pool:
        for doing, act in (("put", put), ("get", get)):
            if broken and act is get:
                for store in stores.values():
                    store.close()
                damage(place)
                kill()
            for portion in range(PORTIONS):
                for name in BACKENDS if act is get else BACKENDS[:-1]:
                    mine = made[kinds[name]][portion::PORTIONS]
                    started = time.perf_counter()
                    found = list(pool.map(lambda batch, name=name, act=act: act(name, batch), mine))
                    seconds[f"{name}_{doing}"] += time.perf_counter() - started
                    if act is get:
                        right[name] += sum(found)
    for store in stores.values():
        store.close()
    rates = {f"{name}_per_s": round(entries / taken) for name, taken in seconds.items()}
    return rates | {"came_back": min(right[name] / entries for name in BACKENDS)}


def _putting(place: Path, shards: int, mine: Sequence[Batch]) -> tuple[float, float, float]:
    """When a process began and ended to put its batches, and the longest that one took, in seconds."""
    store, kind, longest = SqliteCache(place, shards), Kind("processes", "1"), 0.0
    store.get(kind, [b"key"])
    began = time.time()
    for batch in mine:
        started = time.perf_counter()
        store.put(kind, batch)
        longest = max(longest, time.perf_counter() - started)
    ended = time.time()
    store.close()
    return began, ended, longest


def crowded(place: Path, entries: int) -> dict[str, float]:
    """Entries a second that four processes put at once, and the longest wait for a batch."""
    made, found = batches(entries, Kind("processes", "1")), {}
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for name, shards in (("warm", 2), ("one_file", 1), ("sixteen_files", 16)):
            ways = [made[part::PROCESSES] for part in range(PROCESSES)]
            asked = [pool.submit(_putting, place / f"crowded-{name}", shards, mine) for mine in ways]
            began, ended, longest = zip(*(one.result() for one in asked), strict=True)
            found[f"{name}_crowd_per_s"] = round(entries / (max(ended) - min(began)))
            found[f"{name}_longest_s"] = round(max(longest), 2)
    return {name: value for name, value in found.items() if not name.startswith("warm")}


def missed(found: Mapping[str, Any]) -> list[str]:
    """The goals that were not reached."""
    kinds = {"_get_per_s": GOAL_GET_PER_S, "_put_per_s": GOAL_PUT_PER_S}
    goals = {name: goal for name in found for ending, goal in kinds.items() if name.endswith(ending)} | {"came_back": 1}
    return [name for name, goal in goals.items() if found[name] < goal]


def main(words: Sequence[str] | None = None) -> int:
    """Measure all backends, print a short table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--redis", metavar="URL", help="a Redis server to use in place of one of its own")
    parser.add_argument("--broken", action="store_true", help="damage everything before it is got: must fail")
    options = parser.parse_args(words)
    logging.getLogger("kyara.cache").setLevel(logging.WARNING if options.broken else logging.ERROR)
    result: dict[str, Any] = {"benchmark": "cache_backends", "broken": options.broken, "entries": options.entries}
    with TemporaryDirectory() as place, server(options.redis) as (url, kill):
        result |= measured(Path(place), url, kill, options.entries, options.broken)
        files = (Path(place) / "sixteen").iterdir()
        result["bytes_an_entry"] = round(sum(file.stat().st_size for file in files) / options.entries)
        result |= crowded(Path(place), options.entries // 5)
    result["missed"] = missed(result)
    for name, value in result.items():
        print(f"{name:28} {value}")
    print(json.dumps(result))
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
