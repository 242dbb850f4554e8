"""What the setting `cache` names: a folder, a Redis server, one behind the other with a comma between, or nothing.

It reads addresses and limits, and opens nothing: settings load it, so it stays light.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, PositiveInt

NO_CACHE = "none"
REDIS = ("redis://", "rediss://")


def levels_in(cache: str) -> list[str]:
    """The folder and the URLs that `cache` names, the nearest first; none for "none". Raises ValueError."""
    if cache == NO_CACHE:
        return []
    levels = [level.strip() for level in re.split(r",(?=\s*rediss?://)", cache)]
    if not all(levels):
        raise ValueError("write a folder, redis://host:6379/0, both with a comma between, or none")
    for level in levels:
        if is_redis(level):
            _check(level)
        elif re.match(r"\w+://", level):
            raise ValueError(f"a cache is a folder or a redis:// address, not {level.split(':')[0]}")
    return levels


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError("write the address as redis://host:6379/0 (redis://:password@host:6379/0, percent-encoded)")


def is_redis(level: str) -> bool:
    """True for the address of a Redis server."""
    return level.startswith(REDIS)


def hidden(text: str) -> str:
    """`text` with the names and passwords of addresses left out."""
    if "://" not in text:
        return text
    bare = re.sub(r"(\w://)\S*@", r"\1", text)
    return re.sub(r"((?:user|pass)\w*=)[^&,\s]*", r"\1…", bare)


def _known_cache(cache: object) -> str:
    named = str(cache)
    levels_in(named)
    return named


Cache = Annotated[str, BeforeValidator(_known_cache)]


class CachingSettings(BaseModel):
    """How much is kept between runs, and for how long: see docs/cache.md.

    A new folder gets so many `shards` (files), which hold `max_bytes` together. An entry on a Redis server lives
    `ttl_days`. What does not answer is left alone for `pause_s` seconds, doubled up to sixteen times.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shards: Annotated[int, Field(ge=1, le=256)] = 16
    max_bytes: Annotated[ByteSize, Field(ge=16_000_000)] = ByteSize(20_000_000_000)
    ttl_days: PositiveInt = 30
    pause_s: Annotated[float, Field(ge=0)] = 5.0
