"""What `cache` may name, and that no password is ever shown."""

from __future__ import annotations

import pytest

from kyara.cache.address import hidden, is_redis, levels_in


@pytest.mark.parametrize(
    ("cache", "levels"),
    [
        ("none", []),
        ("a folder, with a comma", ["a folder, with a comma"]),
        ("redis://host", ["redis://host"]),
        ("raw,redis://:p,w@host:6379/3", ["raw", "redis://:p,w@host:6379/3"]),
        ("raw, rediss://host?socket_timeout=3", ["raw", "rediss://host?socket_timeout=3"]),
        ("redis://near,redis://far", ["redis://near", "redis://far"]),
    ],
)
def test_levels_are_named_nearest_first(cache: str, levels: list[str]) -> None:
    assert levels_in(cache) == levels
    assert [is_redis(level) for level in levels] == [level.startswith("redis") for level in levels]


@pytest.mark.parametrize(
    "cache", ["", ",redis://host", "redis://", "redis://host:port", "redis://host/name", "redsi://host", "s3://bucket"]
)
def test_what_is_no_cache_is_refused(cache: str) -> None:
    with pytest.raises(ValueError, match="redis://"):
        levels_in(cache)


@pytest.mark.parametrize(
    "url",
    [
        "redis://eve:secret@host:1/0",
        "redis://:sec@ret@host:1/0",
        "redis://host:1/0?password=secret&username=eve",
        "raw,rediss://:secret@host:1",
        "redsi://:secret@host:1",
        "cache redis://a:secret@host:1/0 and redis://b:secret@host:1/0",
    ],
)
def test_names_and_passwords_are_left_out(url: str) -> None:
    assert "sec" not in hidden(url)
    assert "eve" not in hidden(url)
    assert "host:1" in hidden(url)


def test_a_folder_is_shown_as_it_is() -> None:
    assert hidden("/srv/user=me/a@b") == "/srv/user=me/a@b"
