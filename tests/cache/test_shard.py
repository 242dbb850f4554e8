"""One file of the cache: what was used last stays, what is removed gives its room back, and damage is seen."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kyara.cache import shard
from kyara.cache.pruning import Gone, Plan
from kyara.cache.shard import Shard
from kyara.cache.store import Kind

EYES, EARS = Kind("eyes", "1"), Kind("ears", "1")
MB = 1_000_000


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Shard]:
    opened = Shard(tmp_path / "raw" / "00-of-01.sqlite", 4 * MB)
    yield opened
    opened.close()


def on_day(monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    monkeypatch.setattr(shard, "today", lambda: day)


def entries(count: int, size: int = 2110) -> dict[bytes, bytes]:
    return {os.urandom(32): os.urandom(size) for _ in range(count)}


def test_the_least_recently_used_go_first(file: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, 100)
    old, used = entries(400), entries(100)
    file.put(EYES, old)
    file.put(EYES, used)
    on_day(monkeypatch, 101)
    file.get(list(used))
    file.flush()
    new = {}
    while len(file.get(list(old))) == len(old):
        new |= (more := entries(50))
        file.put(EYES, more)
    left = file.get(list(old))
    assert 0 < len(left) < len(old)
    assert file.get(list(used)) == used
    assert file.get(list(new)) == new
    assert list(left) == list(old)[-len(left) :], "of one day the oldest"


def test_it_stays_within_its_limit_and_uses_room_again(file: Shard) -> None:
    for _ in range(60):
        file.put(EYES, more := entries(100))
    assert len(file.get(list(more))) == 100
    assert file.size() <= file.most_bytes
    file.close()
    assert file.path.stat().st_size < 1.2 * file.most_bytes


def test_an_entry_larger_than_the_limit_does_no_harm(file: Shard) -> None:
    for _ in range(2):
        file.put(EYES, {b"large": bytes(5 * MB)})
        file.put(EYES, {b"small": b"1"})
        file.put(EYES, {b"filling": bytes(MB)})
    assert file.get([b"small"]) in ({b"small": b"1"}, {})
    assert file.size() <= file.most_bytes


def test_a_replaced_entry_leaves_nothing_behind(file: Shard) -> None:
    for n in range(300):
        file.put(EYES, {b"a": bytes([n % 256]) * 10_000})
    assert file.get([b"a"]) == {b"a": bytes([299 % 256]) * 10_000}
    (one,) = file.census()
    assert (one.entries, one.bytes) == (1, 10_000)
    assert file.size() < 0.2 * MB


def test_it_is_counted_by_kind(file: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, 100)
    eyes, ears = entries(10, 100), entries(5, 50)
    file.put(EYES, eyes)
    file.put(EARS, ears)
    on_day(monkeypatch, 103)
    file.get([*eyes, b"absent", b"gone"])
    file.flush()
    file.count(Counter({EYES: 10}), Counter({EYES: 12}))
    told = {one.kind: (one.entries, one.bytes, one.hits, one.asked, one.used) for one in file.census()}
    assert told == {EYES: (10, 1000, 10, 12, 103 * 86_400), EARS: (5, 250, 0, 0, 100 * 86_400)}


def test_a_use_costs_a_write_once_a_day(file: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, 100)
    many = entries(shard.DUE, 1)
    file.put(EYES, many)
    file.get(list(many))
    assert not file.due
    on_day(monkeypatch, 101)
    file.get(list(many))
    assert file.due
    file.flush()
    file.get(list(many))
    assert not file.due


def test_what_cannot_be_written_down_does_not_pile_up(file: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, 100)
    for _ in range(5):
        file.put(EYES, entries(shard.DUE, 1))
    on_day(monkeypatch, 101)
    for key, _, _ in file.chosen(Plan()):
        file.get([key])
    assert len(file._used) <= 2 * shard.DUE


PLANS = [(Plan(), 30), (Plan(extractor="ears"), 10), (Plan(older_than_days=2), 15), (Plan(older_than_days=4), 0)]


@pytest.mark.parametrize(("plan", "count"), [*PLANS, (Plan(older_than_days=2, extractor="ears"), 5)])
def test_what_a_plan_removes(file: Shard, monkeypatch: pytest.MonkeyPatch, plan: Plan, count: int) -> None:
    for day in (100, 103):
        on_day(monkeypatch, day)
        file.put(EYES, entries(10))
        file.put(EARS, entries(5))
    assert file.remove(file.chosen(plan)) == Gone(count, count * 2110)
    file.shrink()
    assert sum(one.entries for one in file.census()) == 30 - count


def test_pruned_to_a_size_it_has_that_size(file: Shard) -> None:
    file.put(EYES, entries(1000))
    file.remove(file.chosen(Plan(to_bytes=MB)))
    file.shrink()
    file.close()
    assert 0.8 * MB < file.path.stat().st_size <= 1.05 * MB


def test_a_victim_that_came_anew_meanwhile_stays(file: Shard, tmp_path: Path) -> None:
    file.put(EYES, {b"a": b"old", b"b": b"old"})
    victims = file.chosen(Plan())
    other = Shard(file.path, MB)
    other.put(EYES, {b"a": b"new"})
    file.remove(victims)
    assert file.get([b"a", b"b"]) == {b"a": b"new"}
    other.close()


def test_an_entry_that_damage_put_under_another_key_is_not_got(file: Shard) -> None:
    file.put(EYES, {b"a": b"1", b"b": b"2"})
    file.close()
    with sqlite3.connect(file.path) as other:
        other.execute("UPDATE entry SET id = 3 - id")
    other.close()
    assert file.get([b"a", b"b"]) == {}
