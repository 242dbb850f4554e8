"""Two levels: the near one is asked first and learns what the far one knew; either may be away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kyara.cache.levels import Levels
from kyara.cache.redis import RedisCache
from kyara.cache.sqlite import SqliteCache
from kyara.cache.store import Kind

EYES = Kind("eyes", "1")


def test_what_the_far_one_knew_the_near_one_learns(tmp_path: Path, redis_server: Callable[..., Any]) -> None:
    server = redis_server()
    near, far = SqliteCache(tmp_path / "near"), RedisCache(server.url)
    both = Levels([near, far])
    both.put(EYES, {b"both": b"1"})
    far.put(EYES, {b"far": b"2"})
    near.put(EYES, {b"near": b"3"})
    assert near.get(EYES, [b"both", b"far"]) == {b"both": b"1"}
    assert both.get(EYES, [b"far", b"near", b"both", b"none"]) == {b"both": b"1", b"far": b"2", b"near": b"3"}
    assert near.get(EYES, [b"far"]) == {b"far": b"2"}
    assert far.get(EYES, [b"near", b"both"]) == {b"both": b"1"}, "what only the near one had stays there"
    server.kill()
    assert both.get(EYES, [b"far", b"near"]) == {b"far": b"2", b"near": b"3"}
    assert both.lost == {}, "nobody had to ask the server"
    both.get(EYES, [b"none"])
    both.put(EYES, {b"more": b"4"})
    assert both.get(EYES, [b"more"]) == {b"more": b"4"}
    assert both.lost == {f"{server.url}: no answer": 2}
    both.close()


def test_a_near_one_of_no_use_leaves_the_far_one(tmp_path: Path, redis_server: Callable[..., Any]) -> None:
    (tmp_path / "near").write_text("a file")
    near, far = SqliteCache(tmp_path / "near"), RedisCache(redis_server().url)
    both = Levels([near, far])
    both.put(EYES, {b"a": b"1"})
    assert both.get(EYES, [b"a", b"b"]) == {b"a": b"1"}
    assert sum(both.lost.values()) == 4
    both.close()
