"""What a cache holds and what shall go from it, in the words that all backends share."""

from __future__ import annotations

from dataclasses import dataclass

from kyara.cache.store import Kind

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Census:
    """What a cache holds of one kind: entries, their bytes, and since when how many of the questions had an answer.

    `since` and `used` (the last use, to the day) are seconds since 1970; 0 where a backend does not know.
    """

    kind: Kind
    entries: int
    bytes: int
    hits: int = 0
    asked: int = 0
    since: int = 0
    used: int = 0

    def __add__(self, other: Census) -> Census:
        since = min(self.since, other.since) or self.since or other.since
        entries, size = self.entries + other.entries, self.bytes + other.bytes
        hits, asked = self.hits + other.hits, self.asked + other.asked
        return Census(self.kind, entries, size, hits, asked, since, max(self.used, other.used))


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes: what was not used for so many days, of one extractor, and only until the cache holds `to_bytes`.

    Several narrow each other; none is everything.
    """

    older_than_days: int | None = None
    extractor: str | None = None
    to_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """How many entries went, or would go, with their bytes, and which damaged files."""

    entries: int = 0
    bytes: int = 0
    damaged: tuple[str, ...] = ()

    def __add__(self, other: Gone) -> Gone:
        return Gone(self.entries + other.entries, self.bytes + other.bytes, self.damaged + other.damaged)
