"""The SQLite cache keeps what it is given, between threads and processes; what fails costs speed, never the run."""

from __future__ import annotations

import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyara.cache import shard
from kyara.cache.pruning import Gone, Plan
from kyara.cache.sqlite import SqliteCache
from kyara.cache.store import Kind

EYES = Kind("eyes", "1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "raw"


@pytest.fixture
def cache(path: Path) -> Iterator[SqliteCache]:
    opened = SqliteCache(path)
    yield opened
    opened.close()


def entries(count: int, size: int = 10) -> dict[bytes, bytes]:
    noise = random.Random(count)
    return {noise.randbytes(32): noise.randbytes(size) for _ in range(count)}


def test_what_is_put_is_got(cache: SqliteCache) -> None:
    many = entries(1000)
    cache.put(EYES, many)
    cache.put(EYES, {b"": b"", b"a": b"1"})
    cache.put(EYES, {b"a": b"2"})
    assert cache.get(EYES, [*many, *many, b"absent"]) == many
    assert cache.get(EYES, [b"", b"a"]) == {b"": b"", b"a": b"2"}
    assert cache.get(EYES, []) == {}
    assert cache.lost == {}
    assert sum(one.entries for one in cache.census()) == 1002


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.binary(max_size=40), st.binary(max_size=9000), max_size=20), max_size=5))
def test_the_latest_put_comes_back_byte_for_byte(path: Path, puts: list[dict[bytes, bytes]]) -> None:
    first = SqliteCache(path)
    for some in puts:
        first.put(EYES, some)
    first.close()
    second = SqliteCache(path)
    wanted = {key: data for some in puts for key, data in some.items()}
    assert second.get(EYES, wanted) == wanted
    second.close()


@pytest.mark.parametrize("seed", range(12))
def test_damaged_anywhere_an_entry_comes_back_as_it_was_or_not_at_all(tmp_path: Path, seed: int) -> None:
    cache, many, noise = SqliteCache(tmp_path, shards=2), entries(200, 3000), random.Random(seed)
    cache.put(EYES, many)
    cache.close()
    for file in tmp_path.iterdir():
        data = bytearray(file.read_bytes())
        for _ in range(noise.choice([1, 30, 1000])):
            data[noise.randrange(len(data))] = noise.randrange(256)
        file.write_bytes(data[: noise.choice([len(data), noise.randrange(len(data))])])
    damaged = SqliteCache(tmp_path)
    for key, data in many.items():
        assert damaged.get(EYES, [key]).get(key, data) == data
    damaged.put(EYES, many)
    damaged.prune(Plan(to_bytes=10**9))
    assert SqliteCache(tmp_path).faults() == ()


PROCESS = """
import sys
from pathlib import Path
from kyara.cache.sqlite import SqliteCache
from kyara.cache.store import Kind
path, whose = Path(sys.argv[1]), sys.argv[2]
cache = SqliteCache(path)
print("ready", flush=True)
sys.stdin.readline()
for n in range(100):
    cache.put(Kind("eyes", "1"), {f"{i} {whose} {n}".encode(): whose.encode() * 500 for i in "abcdefgh"})
assert not cache.lost, cache.lost
cache.close()
"""


def test_many_threads_and_processes_write_at_once(path: Path, cache: SqliteCache) -> None:
    command = [sys.executable, "-c", PROCESS, str(path)]
    pipe = subprocess.PIPE
    others = [subprocess.Popen([*command, f"p{n}"], stdin=pipe, stdout=pipe) for n in range(3)]
    for other in others:
        other.stdout.readline()
    for other in others:
        other.stdin.write(b"go\n")
        other.stdin.flush()

    def work(thread: int) -> bool:
        for n in range(20):
            mine = {f"{i} t{thread} {n}".encode(): bytes([thread]) * 100 for i in range(10)}
            cache.put(EYES, mine)
            if cache.get(EYES, mine) != mine:
                return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(work, range(20)))
    for other in others:
        other.communicate()
        assert other.returncode == 0
    wanted = {
        f"{i} p{p} {n}".encode(): f"p{p}".encode() * 500 for i in "abcdefgh" for p in range(3) for n in range(100)
    }
    assert cache.get(EYES, wanted) == wanted
    assert cache.lost == {}


def test_a_folder_keeps_the_number_of_files_it_was_made_with(path: Path) -> None:
    made, many = SqliteCache(path, shards=3), entries(50)
    made.put(EYES, many)
    made.close()
    assert len(list(path.iterdir())) == 3
    again = SqliteCache(path, shards=16)
    assert again.get(EYES, many) == many
    again.close()


def of_no_use(path: Path, caplog: pytest.LogCaptureFixture, *words: str) -> SqliteCache:
    cache = SqliteCache(path)
    for _ in range(2):
        cache.put(EYES, entries(3))
        assert cache.get(EYES, entries(3)) == {}
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "said once"
    for word in (str(path), *words):
        assert word in caplog.text
    assert sum(cache.lost.values()) == 12
    assert cache.faults()
    return cache


def test_a_file_in_place_of_the_folder_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_text("the cache of an older Kyara")
    of_no_use(path, caplog, "is a file, and a cache is a folder; give another path")


def test_a_folder_that_cannot_be_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file where the folder should be")
    of_no_use(path, caplog, "Not a directory")


def test_corrupt_files_are_of_no_use_until_they_are_pruned(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir(parents=True)
    for n in range(16):
        (path / f"{n:02}-of-16.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    cache = of_no_use(path, caplog, "file is not a database", "kyara cache prune")
    gone = SqliteCache(path).prune(Plan())
    assert (gone.entries, len(gone.damaged)) == (0, 16)
    assert cache.faults(), "who has seen the damage leaves it alone"
    new = SqliteCache(path)
    new.put(EYES, entries(3))
    assert new.get(EYES, entries(3)) == entries(3)
    new.close()


def test_a_corrupt_file_costs_its_share_alone(path: Path, cache: SqliteCache, caplog: pytest.LogCaptureFixture) -> None:
    many = entries(1000)
    cache.put(EYES, many)
    cache.close()
    (path / "03-of-16.sqlite").write_bytes(b"rubbish" * 9999)
    (path / "03-of-16.sqlite-wal").unlink(missing_ok=True)
    left = {key: data for key, data in many.items() if key[0] % 16 != 3}
    assert cache.get(EYES, many) == left
    cache.put(EYES, many)
    assert cache.get(EYES, many) == left
    assert len(caplog.records) == 1
    assert sum(cache.lost.values()) == 3 * (1000 - len(left))


def test_a_file_of_another_program_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.mkdir(parents=True)
    with sqlite3.connect(path / "00-of-01.sqlite") as other:
        other.execute("CREATE TABLE entry (something TEXT)")
    other.close()
    assert SqliteCache(path).get(EYES, [b"a"]) == {}
    assert "no such table: value" in caplog.text


def test_a_locked_file_is_read_and_not_written(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "BUSY_TIMEOUT_S", 0.05)
    first, cache, many = SqliteCache(path), SqliteCache(path, pause_s=0.1), entries(300)
    first.put(EYES, many)
    other = sqlite3.connect(path / "07-of-16.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert cache.get(EYES, many) == many
    new = {key[:16]: data for key, data in many.items()}
    cache.put(EYES, new)
    cache.put(EYES, new)
    assert cache.get(EYES, new) == {key: data for key, data in new.items() if key[0] % 16 != 7}
    assert len(caplog.records) == 1, "said once, not once a batch"
    assert "writing 07-of-16.sqlite: database is locked" in caplog.text
    other.execute("ROLLBACK")
    other.close()
    while cache.get(EYES, new) != new:
        cache.put(EYES, new)
    assert caplog.messages[1:] == [f"cache {path}: writing 07-of-16.sqlite works again"]
    for one in (first, cache):
        one.close()


def test_gone_in_the_middle_it_is_made_anew(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache, many = SqliteCache(path), entries(300)
    for gone in (shutil.rmtree, lambda folder: [file.unlink() for file in folder.iterdir()]):
        cache.put(EYES, many)
        gone(path)
        assert cache.get(EYES, many) == {}
    cache.put(EYES, many)
    other = SqliteCache(path)
    assert other.get(EYES, many) == cache.get(EYES, many) == many
    assert not caplog.records
    for one in (cache, other):
        one.close()


def test_a_failed_write_leaves_nothing_half_written(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = SqliteCache(path, shards=1)
    cache.put(EYES, {b"first": b""})
    with sqlite3.connect(path / "00-of-01.sqlite") as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON entry WHEN NEW.key = x'62' BEGIN SELECT no_such(); END")
    other.close()
    cache.put(EYES, {b"a": b"1", b"b": b"2"})
    assert "no such function" in caplog.text
    assert cache.get(EYES, [b"a", b"b"]) == {}
    assert [one.entries for one in cache.census()] == [1]
    cache.close()


def test_pruning_is_previewed_and_shared_by_all_files(path: Path, cache: SqliteCache) -> None:
    cache.put(EYES, many := entries(3000, 2110))
    before = cache.size()
    plan = Plan(to_bytes=before // 2)
    would = cache.prune(plan, dry=True)
    assert cache.get(EYES, many) == many
    assert cache.prune(plan) == would
    assert would.bytes == would.entries * 2110
    assert 0.4 * before < cache.size() <= 0.55 * before
    assert len(cache.get(EYES, many)) == 3000 - would.entries
    assert cache.prune(Plan()).entries == 3000 - would.entries
    assert cache.prune(Plan()) == Gone()
    assert cache.faults() == ()
    assert os.listdir(path)
