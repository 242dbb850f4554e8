"""What asking costs: extractors of a recipe under a stopwatch. Their answers stay the same.

What is told is the price of a sample nobody has seen: a look that came from the cache is counted as what the looks
taken in this run cost on the average. Calls that began before the first was done are left out where there are others,
for in them models are loaded. Seconds are those of one thread, decoding included, which whoever looks first pays.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from kyara.cache.looking import Counts, Remembering
from kyara.flow import Extractor, Reading, View
from kyara.recipes.extract import Recipe


@dataclass(frozen=True, slots=True)
class Price:
    """`views` were asked about (characters, not samples), of them `looks` at pixels and `hits` from the cache;
    `seconds` a view, None where the cache had everything and nobody knows."""

    views: int
    looks: int
    hits: int
    seconds: float | None


class Stopwatch:
    """Wraps anything with one costly method that takes a sequence; everything else passes through."""

    def __init__(self, timed: Any) -> None:
        self._timed = timed
        self._lock = Lock()
        self._calls: list[tuple[float, float, int]] = []  # begun, ended, how many

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timed, name)

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        return self._clocked(lambda: self._timed.read(views, attributes), len(views))

    def look(self, views: Sequence[View]) -> list[Any]:
        return self._clocked(lambda: self._timed.look(views), len(views))

    def _clocked(self, work: Callable[[], list[Any]], count: int) -> list[Any]:
        begun = time.perf_counter()
        done = work()
        with self._lock:
            self._calls.append((begun, time.perf_counter(), count))
        return done

    @property
    def count(self) -> int:
        """How many it was called with."""
        return sum(count for _, _, count in self._calls)

    @property
    def first_done(self) -> float:
        """When the first call was done; 0 without any."""
        return min((ended for _, ended, _ in self._calls), default=0.0)

    def each(self, since: float) -> float:
        """Seconds for each, of the calls begun `since` then, of all where there is none; 0 where nothing was called."""
        calls = [call for call in self._calls if call[0] >= since] or self._calls
        total = sum(count for _, _, count in calls)
        return sum(ended - begun for begun, ended, _ in calls) / total if total else 0.0


class Timing:
    """The stopwatches of a recipe's extractors, set once before it runs."""

    def __init__(self, recipe: Recipe) -> None:
        self._reading: dict[str, Stopwatch] = {}
        self._looking: dict[str, Stopwatch] = {}
        self._remembering: dict[str, Remembering] = {}
        for asking in recipe.ordering.asking:
            extractor: Extractor = asking.extractor
            if isinstance(extractor, Remembering):
                watch = Stopwatch(extractor.remembered.looking)
                extractor.remembered.looking = watch
                self._looking[extractor.name], self._remembering[extractor.name] = watch, extractor
            self._reading[extractor.name] = Stopwatch(extractor)
            asking.extractor = self._reading[extractor.name]

    def prices(self) -> dict[str, Price]:
        """What each extractor costs, by name, after the run."""
        return {name: self._price(name) for name in self._reading}

    def _price(self, name: str) -> Price:
        reading = self._reading[name]
        counts = self._remembering[name].remembered.counts if name in self._remembering else Counts()
        seconds: float | None = reading.each(reading.first_done)
        if counts.hits:  # reading was quick because of them
            looking = self._looking[name]
            looks_a_view = (counts.looks + counts.hits) / max(1, reading.count)
            seconds = looking.each(looking.first_done) * looks_a_view if counts.looks else None
        return Price(reading.count, counts.looks, counts.hits, seconds)
