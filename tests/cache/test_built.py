"""From settings to a cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.cache.address import CachingSettings
from kyara.cache.built import build_levels, build_store
from kyara.cache.levels import Levels
from kyara.cache.redis import RedisCache
from kyara.cache.sqlite import SqliteCache
from kyara.errors import MissingExtraError


def test_settings_name_a_cache_and_its_limits(tmp_path: Path) -> None:
    caching = CachingSettings(shards=4, max_bytes=40_000_000)
    near, far = build_levels(f"{tmp_path},redis://me:secret@host:6379/0", caching)
    assert isinstance(near, SqliteCache)
    assert [shard.most_bytes for shard in near.shards] == [10_000_000] * 4
    assert isinstance(far, RedisCache)
    assert far.name == "redis://host:6379/0"
    assert isinstance(build_store(f"{tmp_path},redis://host", caching), Levels)
    assert isinstance(build_store(str(tmp_path), caching), SqliteCache)
    assert build_store("none", caching) is None


def test_without_its_client_a_server_is_an_error_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kyara.extras.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kyara\[redis\]'"):
        build_store("redis://host", CachingSettings())
