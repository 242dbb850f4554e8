"""The cache on a real Redis server: what it keeps, how it lives with a server that is killed, full or slow."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis as client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyara.cache import redis
from kyara.cache.pruning import Census, Gone, Plan
from kyara.cache.redis import RedisCache
from kyara.cache.store import Kind
from kyara.errors import SettingsError

EYES, EARS = Kind("eyes", "1"), Kind("my pack:Ears*", "v:2")
Start = Callable[..., Any]


@pytest.fixture
def server(redis_server: Start) -> Any:
    return redis_server()


def entries(count: int) -> dict[bytes, bytes]:
    return {os.urandom(32): os.urandom(n % 2000) for n in range(count)}


def test_what_is_put_is_got_by_its_kind_and_expires(server: Any) -> None:
    cache, many = RedisCache(server.url, ttl_s=1), entries(3 * redis.AT_ONCE + 1)
    cache.put(EYES, many)
    assert cache.get(EYES, [*many, *many, b"absent"]) == many
    assert cache.get(EARS, many) == {}
    assert cache.get(EYES, []) == {}
    time.sleep(1.1)
    assert cache.get(EYES, many) == {}
    assert cache.lost == {}
    cache.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.binary(max_size=40), st.binary(max_size=300), max_size=20), st.text(max_size=9), st.text())
def test_what_comes_back_is_what_was_put(server: Any, many: dict[bytes, bytes], name: str, version: str) -> None:
    cache, kind = RedisCache(server.url), Kind(name, version.encode("utf-8", "replace").decode())
    cache.put(kind, many)
    assert cache.get(kind, many) == many
    assert cache.prune(Plan(extractor=name)).entries >= len(many)
    assert cache.get(kind, many) == {}
    assert cache.lost == {}
    cache.close()


def test_what_somebody_damaged_or_mixed_up_is_not_got(server: Any) -> None:
    cache, many = RedisCache(server.url), entries(3)
    cache.put(EYES, many)
    with client.Redis.from_url(server.url) as other:
        one, two, _ = keys = other.keys("*")
        other.set(one, other.get(two))
        other.setrange(two, 1, b"\x00\xff")
    back = cache.get(EYES, many)
    assert len(keys) == 3
    assert len(back) <= 2
    assert back.items() <= many.items()
    cache.close()


def test_many_threads_share_it(server: Any) -> None:
    cache = RedisCache(server.url)

    def work(thread: int) -> bool:
        mine = {f"{thread} {n}".encode(): os.urandom(100) for n in range(50)}
        cache.put(EYES, mine)
        return cache.get(EYES, mine) == mine

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(work, range(20)))
    cache.close()


def test_killed_it_is_missed_once_and_its_return_is_told(server: Any, caplog: pytest.LogCaptureFixture) -> None:
    cache = RedisCache(server.url, pause_s=0.2)
    cache.put(EYES, {b"a": b"1"})
    server.kill()
    for _ in range(20):
        assert cache.get(EYES, [b"a"]) == {}
        cache.put(EYES, {b"b": b"2"})
    (gone,) = caplog.messages
    assert f"cache {server.url}: reading: no answer (" in gone
    server.start()
    until = time.monotonic() + 20
    while cache.get(EYES, [b"b"]) != {b"b": b"2"} and time.monotonic() < until:
        cache.put(EYES, {b"b": b"2"})
        time.sleep(0.02)
    assert cache.get(EYES, [b"a", b"b"]) == {b"b": b"2"}
    assert len(caplog.messages) == 2
    assert caplog.messages[1].endswith("works again")
    assert cache.lost[f"{server.url}: no answer"] >= 40
    cache.close()


def test_one_that_never_answers_costs_one_time_out(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cache = RedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        started = time.monotonic()
        for _ in range(500):
            cache.get(EYES, [b"a"])
            cache.put(EYES, {b"a": b"1"})
        assert time.monotonic() - started < 3 * redis.TIMEOUT_S
        cache.close()
    assert len(caplog.messages) == 1


def test_a_full_server_is_still_read(redis_server: Start, caplog: pytest.LogCaptureFixture) -> None:
    cache = RedisCache(redis_server("--maxmemory", "3mb", "--maxmemory-policy", "noeviction").url)
    cache.put(EYES, {b"a": b"1"})
    for n in range(100):
        cache.put(EYES, {f"{n}".encode(): os.urandom(50_000)})
    assert cache.get(EYES, [b"a"]) == {b"a": b"1"}
    (said,) = caplog.messages
    assert "writing: " in said
    assert "maxmemory" in said
    assert cache.limits()[1:] == (3 << 20, "noeviction")
    cache.close()


def test_a_server_told_to_drops_what_is_used_least(redis_server: Start) -> None:
    cache = RedisCache(redis_server("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru").url)
    for n in range(100):
        cache.put(EYES, {f"{n}".encode(): os.urandom(50_000)})
    assert list(cache.get(EYES, [b"99"])) == [b"99"]
    assert cache.lost == {}
    cache.close()


def test_a_wrong_password_is_said_and_not_shown(redis_server: Start, caplog: pytest.LogCaptureFixture) -> None:
    url = redis_server("--requirepass", "right").url
    cache = RedisCache(url.replace("//", "//:secret@"))
    assert cache.get(EYES, [b"a"]) == {}
    assert "password" in caplog.text
    assert "secret" not in caplog.text + cache.name + str(cache.lost)
    good = RedisCache(url.replace("//", "//:right@"))
    good.put(EYES, {b"a": b"1"})
    assert good.get(EYES, [b"a"]) == {b"a": b"1"}
    good.close()
    cache.close()


def test_an_option_of_no_sense_is_an_error() -> None:
    with pytest.raises(SettingsError, match="redis://host:6379/0"):
        RedisCache("redis://host?socket_timeout=soon")


def test_it_is_counted_and_pruned(server: Any) -> None:
    cache, eyes, ears = RedisCache(server.url), entries(30), entries(12)
    cache.put(EYES, eyes)
    cache.put(EARS, ears)
    cache.get(EYES, [*eyes, b"absent", b"gone"])
    cache.close()
    sizes = [sum(map(len, of.values())) for of in (eyes, ears)]
    assert cache.census() == (Census(EYES, 30, sizes[0], 30, 32), Census(EARS, 12, sizes[1]))
    assert cache.prune(Plan(extractor="my pack:Ears*"), dry=True) == Gone(12, sizes[1])
    assert cache.prune(Plan(extractor="my pack:Ears*")) == Gone(12, sizes[1])
    assert cache.prune(Plan(older_than_days=1)) == Gone()
    assert cache.prune(Plan(older_than_days=0)) == Gone(30, sizes[0])
    assert cache.faults() == ()
    server.kill()
    assert cache.prune(Plan()) == Gone()
    assert cache.faults() == ("pruning: no answer", "reading: no answer")
    cache.close()


def test_a_server_that_does_not_know_the_last_use_says_so(redis_server: Start) -> None:
    cache = RedisCache(redis_server("--maxmemory-policy", "allkeys-lfu").url)
    cache.put(EYES, {b"a": b"1"})
    assert cache.prune(Plan(older_than_days=0)) == Gone()
    (fault,) = cache.faults()
    assert "LFU" in fault
    assert cache.get(EYES, [b"a"]) == {b"a": b"1"}
    cache.close()
