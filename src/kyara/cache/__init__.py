"""Raw model outputs kept between runs, so that no picture is looked at twice by the same model."""

from kyara.cache.sqlite import SqliteCache

__all__ = ["SqliteCache"]
