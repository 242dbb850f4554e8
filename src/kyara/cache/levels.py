"""Several caches one behind the other: the nearest is asked first, and learns what a farther one knew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kyara.cache.store import Kind, Store


class Levels:
    """One Store of several, the nearest first. What is away is passed over by its own means."""

    def __init__(self, levels: Sequence[Store]) -> None:
        self.levels = tuple(levels)

    @property
    def lost(self) -> Mapping[str, int]:
        return {fault: count for level in self.levels for fault, count in level.lost.items()}

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        missing = list(dict.fromkeys(keys))
        for number, level in enumerate(self.levels):
            if not missing:
                break
            if got := level.get(kind, missing):
                for nearer in self.levels[:number]:
                    nearer.put(kind, got)
                found |= got
                missing = [key for key in missing if key not in got]
        return found

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        for level in self.levels:
            level.put(kind, entries)

    def close(self) -> None:
        for level in self.levels:
            level.close()
