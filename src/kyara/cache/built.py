"""From settings to a cache: a folder, a server, or one behind the other, with the limits that settings give them."""

from __future__ import annotations

from pathlib import Path

from kyara.cache.address import CachingSettings, is_redis, levels_in
from kyara.cache.levels import Levels
from kyara.cache.pruning import DAY_S
from kyara.cache.redis import RedisCache
from kyara.cache.sqlite import SqliteCache
from kyara.cache.store import Store


def build_levels(cache: str, caching: CachingSettings) -> list[SqliteCache | RedisCache]:
    """The caches that `cache` names, the nearest first. Raises MissingExtraError."""
    return [
        RedisCache(level, caching.ttl_days * DAY_S, caching.pause_s)
        if is_redis(level)
        else SqliteCache(Path(level), caching.shards, caching.max_bytes, caching.pause_s)
        for level in levels_in(cache)
    ]


def build_store(cache: str, caching: CachingSettings) -> Store | None:
    """What `cache` names as one store; None for "none". Raises MissingExtraError."""
    levels = build_levels(cache, caching)
    return Levels(levels) if len(levels) > 1 else next(iter(levels), None)
