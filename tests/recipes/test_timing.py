"""A stopwatch changes no answer, and tells the price of a fresh look whatever the cache had."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from kyara.cache.looking import Remembering
from kyara.cache.sqlite import SqliteCache
from kyara.flow import Raw, Reading, View
from kyara.fuse import Fuser
from kyara.images import Limits
from kyara.recipes import timing as timing_module
from kyara.recipes.extract import Recipe
from kyara.recipes.timing import Stopwatch, Timing
from kyara.records import Evidence
from kyara.sources import given
from kyara.vocabulary import load_vocabulary

SLOW_S = 0.25


class Clock:
    """A clock that only goes on when told."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing_module, "time", made)
    monkeypatch.setattr(Slow, "clock", made)
    return made


class Slow:
    """Looks at each text for a quarter of a second."""

    clock = Clock()

    name, inputs, batch_size, cost, version, look_version = "slow", frozenset({"text"}), 4, 1.0, "v", "v"

    def look(self, views: Sequence[View]) -> list[Raw]:
        self.clock.now += SLOW_S * len(views)
        return [{"length": np.array([len(view.text or "")])} for view in views]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        return Reading((Evidence.of(self, "hair_color", {"pink": min(1.0, int(raw["length"][0]) / 100)}),))


def recipe(store: SqliteCache | None) -> Recipe:
    vocabulary = load_vocabulary()
    return Recipe(vocabulary, [Remembering(Slow(), store)], Fuser(vocabulary), Limits())


def described(made: Recipe, *texts: str) -> list[object]:
    shard = next(given(*texts).shards(100))
    return [sample.sightings for sample in made(list(shard.inputs()))]


def test_answers_stay_the_same() -> None:
    plain, timed = recipe(None), recipe(None)
    Timing(timed)
    assert described(timed, "a", "bb") == described(plain, "a", "bb")
    assert timed.counts == plain.counts


def test_the_price_is_that_of_a_fresh_look(tmp_path: Path) -> None:
    store = SqliteCache(tmp_path / "cache")
    first = recipe(store)
    timing = Timing(first)
    described(first, "a")
    described(first, *(f"text {i}" for i in range(4)))
    price = timing.prices()["slow"]
    assert (price.views, price.looks, price.hits) == (5, 5, 0)
    assert price.seconds == pytest.approx(SLOW_S)

    second = recipe(store)
    timing = Timing(second)
    described(second, "a", "text 1", "text 2", "new")  # three of four are known
    price = timing.prices()["slow"]
    assert (price.looks, price.hits) == (1, 3)
    assert price.seconds == pytest.approx(SLOW_S)

    third = recipe(store)
    timing = Timing(third)
    described(third, "a", "new")
    assert timing.prices()["slow"].seconds is None, "the cache had all: nobody knows"
    for one in (first, second, third):
        one.close()


def test_the_first_call_is_left_out_where_there_are_others(clock: Clock) -> None:
    class Loading:
        loading_s = 8.0

        def read(self, views: Sequence[int], attributes: Collection[str]) -> list[int]:
            clock.now += self.loading_s + len(views)
            self.loading_s = 0.0
            return list(views)

    watch = Stopwatch(Loading())
    assert watch.each(watch.first_done) == 0.0
    watch.read([1, 2], ())
    assert watch.each(watch.first_done) == 5.0
    watch.read([3, 4], ())
    assert watch.each(watch.first_done) == 1.0
    assert watch.count == 4


def test_whoever_was_not_asked_cost_nothing() -> None:
    made = recipe(None)
    timing = Timing(made)
    assert timing.prices()["slow"].views == 0
    assert timing.prices()["slow"].seconds == 0.0
