"""The SQLite cache keeps what it is given, between threads and processes; a bad file costs speed, never the run."""

from __future__ import annotations

import logging
import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kyara.cache import SqliteCache, sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "raw.sqlite"


@pytest.fixture
def cache(path: Path):
    opened = SqliteCache(path)
    yield opened
    opened.close()


def entries(count: int) -> dict[bytes, bytes]:
    return {f"key {n}".encode(): f"value {n}".encode() for n in range(count)}


def test_what_is_put_is_got(cache: SqliteCache) -> None:
    assert cache.usable
    cache.put({b"a": b"1", b"b": b""})
    assert cache.get([b"b", b"a", b"absent", b"a"]) == {b"a": b"1", b"b": b""}
    assert cache.get([]) == {}


def test_a_newer_entry_replaces_the_older(cache: SqliteCache) -> None:
    cache.put({b"a": b"1"})
    cache.put({b"a": b"2"})
    assert cache.get([b"a"]) == {b"a": b"2"}


def test_more_keys_than_one_query_takes(cache: SqliteCache) -> None:
    many = entries(3 * sqlite.MAX_VARIABLES + 1)
    cache.put(many)
    assert cache.get(list(many)) == many


def test_entries_survive_the_process(path: Path, cache: SqliteCache) -> None:
    code = f"from pathlib import Path; from kyara.cache import SqliteCache; SqliteCache(Path({str(path)!r})).put("
    for process in range(2):
        subprocess.run([sys.executable, "-c", f"{code}{{b'{process}': b'{process}'}})"], check=True)
    cache.put({b"2": b"2"})
    assert cache.get([b"0", b"1", b"2"]) == {b"0": b"0", b"1": b"1", b"2": b"2"}


def test_two_processes_write_at_once(path: Path, cache: SqliteCache) -> None:
    code = f"""if True:
        from pathlib import Path
        from kyara.cache import SqliteCache
        cache = SqliteCache(Path({str(path)!r}))
        for n in range(200):
            cache.put({{f"theirs {{n}}".encode(): b"x"}})
        """
    with subprocess.Popen([sys.executable, "-c", code]) as other:
        while not cache.get([b"theirs 0"]) and other.poll() is None:
            time.sleep(0.001)
        for n in range(200):
            cache.put({f"ours {n}".encode(): b"x"})
        assert other.wait() == 0
    wanted = {f"{whose} {n}".encode() for whose in ("ours", "theirs") for n in range(200)}
    assert cache.get(wanted).keys() == wanted


def test_many_threads_share_it(cache: SqliteCache) -> None:
    def work(thread: int) -> bool:
        for n in range(20):
            key = f"{thread} {n}".encode()
            cache.put({key: key})
            if cache.get([key]) != {key: key}:
                return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(work, range(20)))


def of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = SqliteCache(path)
    cache.put(entries(3))
    cache.put(entries(3))
    assert cache.get(list(entries(3))) == {}
    assert not cache.usable
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "said once"
    assert str(path) in caplog.text
    assert "Delete the file" in caplog.text


def test_a_corrupt_file_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    of_no_use(path, caplog)
    path.unlink()
    assert SqliteCache(path).usable, "deleting the file helps, as the message says"


def test_a_folder_that_cannot_be_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.write_text("a file where the folder should be")
    of_no_use(path, caplog)


def test_a_file_of_another_program_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE raw (something TEXT)")
    other.close()
    cache = SqliteCache(path)
    assert cache.get([b"a"]) == {}
    assert not cache.usable
    assert "no such column" in caplog.text


def test_damage_found_while_reading_ends_reading(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = SqliteCache(path)
    cache.put({f"{n}".encode(): os.urandom(5000) for n in range(100)})
    cache.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 100_000)
    damaged = SqliteCache(path)
    assert damaged.get([f"{n}".encode() for n in range(100)]) == {}
    assert not damaged.usable
    assert "malformed" in caplog.text


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)


@pytest.mark.usefixtures("_impatient")
def test_locked_for_long_it_is_read_but_not_written(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = SqliteCache(path)
    cache.put({b"a": b"1"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cache.put({b"b": b"2"})
    cache.put({b"c": b"3"})
    assert cache.get([b"a", b"b", b"c"]) == {b"a": b"1"}
    assert len(caplog.records) == 1, "said once, not once a batch"
    other.execute("ROLLBACK")
    other.close()
    cache.close()


@pytest.mark.usefixtures("_impatient")
def test_locked_from_the_start_it_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE elsewhere (x)")
    other.execute("BEGIN EXCLUSIVE")
    of_no_use(path, caplog)
    other.close()


def test_a_failed_write_leaves_nothing_half_written(
    path: Path, cache: SqliteCache, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON raw WHEN NEW.key = x'62' BEGIN SELECT no_such(); END")
    other.close()
    cache.put({b"a": b"1", b"b": b"2"})
    assert "nothing more is kept" in caplog.text
    assert cache.get([b"a", b"b"]) == {}
    assert cache.usable


def test_a_read_only_file_costs_no_run(path: Path, cache: SqliteCache, caplog: pytest.LogCaptureFixture) -> None:
    cache.put({b"a": b"1"})
    cache._connection.execute("PRAGMA query_only = ON")  # what SQLite says of a read-only file, for root too
    cache.put({b"b": b"2"})
    assert "readonly" in caplog.text
    assert cache.get([b"a", b"b"]) == {b"a": b"1"}


def test_closed_it_answers_nothing(cache: SqliteCache) -> None:
    cache.put({b"a": b"1"})
    cache.close()
    cache.close()
    cache.put({b"a": b"2"})
    assert cache.get([b"a"]) == {}
    assert not cache.usable
