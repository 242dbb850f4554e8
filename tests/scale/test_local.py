"""The local engine: order, threads, stopping, limits, resuming, and failures that stop everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from kyara.flow import Input, Shard
from kyara.records import Reason, Sample, Skip
from kyara.results.folder import ResultFolder
from kyara.scale.local import EASY, Pace, StoppedError, Task, limited, run_in_memory, run_local, run_tasks

PACE = Pace(threads=3, batch_size=4, shard_size=10)


class Numbers:
    """A source of the inputs "0", "1" …; remembers which shards were opened."""

    name = "numbers"

    def __init__(self, count: int, edition: str = "1") -> None:
        self.total, self.edition = count, edition
        self.opened: list[int] = []

    def shards(self, size: int) -> Iterator[Shard]:
        for index in range(-(-self.total // size)):
            keys = range(index * size, min((index + 1) * size, self.total))
            yield Shard(index, f"{self.edition} {len(keys)}", len(keys), lambda i=index, k=keys: self._inputs(i, k))

    def _inputs(self, index: int, keys: Sequence[int]) -> Iterator[Input]:
        self.opened.append(index)
        return (Input(str(key), f"n:{key}") for key in keys)

    def count(self) -> int:
        return self.total


def describe(inputs: Sequence[Input]) -> list[Sample]:
    """Numbers that end in 7 are skipped; earlier ones take longer, so that batches end in another order."""
    time.sleep(0.004 / (1 + int(inputs[0].key) % 10))
    skip = Skip("open", Reason.TRUNCATED, "")
    return [Sample(i.key, i.key, i.uri, skip=skip if i.key.endswith("7") else None) for i in inputs]


def unwatched(done: int, skipped: int) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[ResultFolder]:
    claimed = ResultFolder(tmp_path / "out")
    claimed.claim({})
    yield claimed
    claimed.close()


def keys(samples: Sequence[Sample] | Iterator[Sample]) -> list[int]:
    return [int(sample.key) for sample in samples]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_samples_come_in_the_order_of_inputs(batch_size: int) -> None:
    samples, tally = run_in_memory(describe, Numbers(35), replace(PACE, batch_size=batch_size), Event(), unwatched)
    assert keys(samples) == list(range(35))
    assert (tally.samples, tally.shards, tally.skips) == (35, 4, {"truncated": 3})


class Eased:
    """Describes as `describe` does; batches are easy from the third on."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    @property
    def easy(self) -> bool:
        return len(self.sizes) >= 2

    def __call__(self, inputs: Sequence[Input]) -> list[Sample]:
        self.sizes.append(len(inputs))
        return describe(inputs)


def test_batches_that_are_no_work_are_larger() -> None:
    eased = Eased()
    samples, _ = run_in_memory(eased, Numbers(200), Pace(1, batch_size=4, shard_size=200), Event(), unwatched)
    assert keys(samples) == list(range(200))
    assert eased.sizes[:2] == [4, 4]
    assert set(eased.sizes[6:-1]) == {4 * EASY}  # some were under way when the second had been described


def test_results_are_committed_in_order_and_counted(folder: ResultFolder) -> None:
    seen: list[tuple[int, int]] = []
    tally = run_local(describe, Numbers(25), folder, PACE, Event(), lambda done, skipped: seen.append((done, skipped)))
    assert keys(folder.samples()) == list(range(25))
    assert (tally.samples, tally.passed, tally.shards, tally.skips["truncated"]) == (25, 0, 3, 2)
    assert (sum(done for done, _ in seen), sum(skipped for _, skipped in seen)) == (25, 2)
    assert [entry["shard"] for entry in folder.ledger.entries()] == [0, 1, 2]
    assert tally.seconds > 0


@pytest.mark.parametrize("threads", [1, 4])
def test_as_many_batches_at_once_as_threads(threads: int) -> None:
    together = threading.Barrier(threads, timeout=5)

    def meet(inputs: Sequence[Input]) -> list[Sample]:
        together.wait()  # breaks where fewer than `threads` work at once
        return describe(inputs)

    run_in_memory(meet, Numbers(8), Pace(threads, batch_size=1, shard_size=8), Event(), unwatched)
    running = set(threading.enumerate())
    assert not [thread for thread in running if thread.name.startswith("kyara")], "none stays behind"


def test_a_second_run_passes_what_is_done(folder: ResultFolder) -> None:
    run_local(describe, Numbers(25), folder, PACE, Event(), unwatched)
    source, seen = Numbers(25), []
    tally = run_local(describe, source, folder, PACE, Event(), lambda done, skipped: seen.append((done, skipped)))
    assert source.opened == [], "not even listed"
    assert (tally.samples, tally.passed, tally.skips["truncated"]) == (25, 25, 2)
    assert seen == [(10, 1), (10, 1), (5, 0)]


def test_only_what_changed_is_described_again(folder: ResultFolder) -> None:
    run_local(describe, Numbers(25), folder, PACE, Event(), unwatched)
    longer = Numbers(28)
    tally = run_local(describe, longer, folder, PACE, Event(), unwatched)
    assert longer.opened == [2]
    assert (tally.samples, tally.passed) == (28, 20)
    edited = Numbers(28, edition="2")
    run_local(describe, edited, folder, PACE, Event(), unwatched)
    assert edited.opened == [0, 1, 2]


def test_a_shorter_source_leaves_no_old_parts(folder: ResultFolder) -> None:
    run_local(describe, Numbers(25), folder, PACE, Event(), unwatched)
    run_local(describe, Numbers(20), folder, PACE, Event(), unwatched)
    assert keys(folder.samples()) == list(range(20))


def test_stopping_finishes_what_is_in_flight_and_keeps_what_is_committed(folder: ResultFolder) -> None:
    stop, finished = Event(), []

    def stopped_in_shard_1(inputs: Sequence[Input]) -> list[Sample]:
        if inputs[0].key == "10":
            stop.set()
            time.sleep(0.02)
        finished.append(int(inputs[0].key))
        return describe(inputs)

    with pytest.raises(StoppedError):
        run_local(stopped_in_shard_1, Numbers(40), folder, replace(PACE, threads=1), stop, unwatched)
    assert finished == [0, 4, 8, 10]
    assert keys(folder.samples()) == list(range(10))
    source = Numbers(40)
    run_local(describe, source, folder, PACE, Event(), unwatched)
    assert source.opened == [1, 2, 3]
    assert keys(folder.samples()) == list(range(40))


def test_an_exception_stops_the_run_and_cancels_what_waits(folder: ResultFolder) -> None:
    begun: list[int] = []

    def broken(inputs: Sequence[Input]) -> list[Sample]:
        begun.append(int(inputs[0].key))
        if begun[-1] == 100:
            raise RuntimeError("no more")
        time.sleep(0.005)
        return describe(inputs)

    pace = Pace(threads=2, batch_size=1, shard_size=100)
    with pytest.raises(RuntimeError, match="no more"):
        run_local(broken, Numbers(200), folder, pace, Event(), unwatched)
    assert max(begun) < 110
    assert keys(folder.samples()) == list(range(100))


@pytest.mark.parametrize(("limit", "opened"), [(1, [0]), (10, [0]), (11, [0, 1]), (25, [0, 1, 2]), (99, [0, 1, 2])])
def test_a_limit_takes_the_first_so_many(limit: int, opened: list[int], folder: ResultFolder) -> None:
    source = Numbers(25)
    tally = run_local(describe, source, folder, replace(PACE, limit=limit), Event(), unwatched)
    assert tally.samples == min(limit, 25)
    assert keys(folder.samples()) == list(range(min(limit, 25)))
    assert source.opened == opened


def test_a_limit_costs_no_listing_beyond_it() -> None:
    counts = [shard.count for shard in limited(Numbers(10**9).shards(1000), 2500)]
    assert counts == [1000, 1000, 500]


def test_inputs_of_one_shard_at_a_time_are_in_memory(folder: ResultFolder) -> None:
    alive = most = 0

    class Counted(Numbers):
        def _inputs(self, index: int, keys: Sequence[int]) -> Iterator[Input]:
            return (CountedInput(str(key), f"n:{key}") for key in keys)

    class CountedInput(Input):
        def __init__(self, *fields: str) -> None:
            nonlocal alive, most
            super().__init__(*fields)
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    run_local(describe, Counted(100), folder, PACE, Event(), unwatched)
    assert most <= 2 * PACE.shard_size
    assert alive == 0


def test_samples_that_are_written_are_let_go(folder: ResultFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    alive, written, left = 0, Event(), []

    class Counted(Sample):
        def __init__(self, *fields: str) -> None:
            nonlocal alive
            super().__init__(*fields)
            alive += 1

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def counted(inputs: Sequence[Input]) -> list[Sample]:
        if inputs[0].key == "150":  # the middle of shard 1
            assert written.wait(5)
            until = time.monotonic() + 5
            while alive >= 100 and time.monotonic() < until:
                time.sleep(0.01)
            left.append(alive)
        return [Counted(i.key, i.key, i.uri) for i in inputs]

    def commit(*shard: Any) -> dict[str, Any]:
        mark = real(*shard)
        written.set()
        return mark

    real = folder.commit
    monkeypatch.setattr(folder, "commit", commit)
    run_local(counted, Numbers(200), folder, Pace(1, batch_size=5, shard_size=100), Event(), unwatched)
    assert left == [50], "those of shard 1 so far"


def test_a_shard_is_timed() -> None:
    shard = next(Numbers(8).shards(8))
    with ThreadPoolExecutor(1) as pool:
        (described,) = run_tasks(describe, [Task(shard)], PACE, pool, Event(), unwatched)
    assert len(described.samples) == 8
    assert 0.003 < described.seconds < 5


def test_no_thread_waits_for_the_last_batch_of_a_shard() -> None:
    begun = {key: Event() for key in "01234"}

    def slow_to_end(inputs: Sequence[Input]) -> list[Sample]:
        begun[inputs[0].key].set()
        if inputs[0].key == "1":  # the last of shard 0 ends when shard 1 has begun
            assert begun["2"].wait(5)
        return describe(inputs)

    pace = Pace(threads=2, batch_size=1, shard_size=2)
    samples, _ = run_in_memory(slow_to_end, Numbers(5), pace, Event(), unwatched)
    assert keys(samples) == list(range(5))


def test_jsonl_is_written_when_asked(folder: ResultFolder) -> None:
    run_local(describe, Numbers(5), folder, replace(PACE, jsonl=True), Event(), unwatched)
    lines = folder.part(0).with_suffix(".jsonl").read_text().splitlines()
    assert len(lines) == 5
