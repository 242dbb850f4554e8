"""Raw model outputs kept between runs, so that no picture is looked at twice by the same model."""

from kyara.cache.store import Kind, Store

__all__ = ["Kind", "Store"]
