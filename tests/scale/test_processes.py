"""The engine with processes: the bytes of one process, and nothing lost when a worker or the parent goes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Event, Timer

import pytest

from kyara.flow import Input, Shard
from kyara.records import Reason, Sample, Skip
from kyara.results.folder import ResultFolder
from kyara.scale.local import Pace, StoppedError, Tally, run_local
from kyara.scale.processes import WorkerDiedError, run_processes


class Numbers:
    """Inputs 0 … count - 1."""

    name = "numbers"

    def __init__(self, count: int) -> None:
        self.total = count

    def count(self) -> int:
        return self.total

    def shards(self, size: int) -> list[Shard]:
        firsts = range(0, self.total, size)
        return [
            Shard(
                i,
                f"{first} {size}",
                min(size, self.total - first),
                partial(inputs, first, min(first + size, self.total)),
            )
            for i, first in enumerate(firsts)
        ]


def inputs(first: int, last: int) -> object:
    return (Input(f"#{i}", f"memory:{i}", text=str(i)) for i in range(first, last))


def describe(batch: Sequence[Input]) -> list[Sample]:
    skip = Skip("test", Reason.NO_CONTENT, "every tenth")
    return [Sample(i.key, f"{i.text:0>64}", i.uri, skip=None if int(i.text or 0) % 10 else skip) for i in batch]


def slow(batch: Sequence[Input]) -> list[Sample]:
    time.sleep(0.05)
    return describe(batch)


def deadly(batch: Sequence[Input]) -> list[Sample]:
    if batch[0].key == "#40":
        os.kill(os.getpid(), signal.SIGKILL)
    return describe(batch)


def broken(batch: Sequence[Input]) -> list[Sample]:
    raise ValueError("a bug")


def maker(function: object, worker: int) -> object:
    assert worker in (0, 1)
    return function


def run(folder: Path, function: object, total: int = 95, stop: Event | None = None, **pace: int) -> Tally:
    claimed = ResultFolder(folder)
    claimed.claim({"source": "numbers"})
    try:
        settings = Pace(threads=1, batch_size=4, shard_size=10, workers=2, **pace)
        source = Numbers(total)
        return run_processes(
            partial(maker, function), source, claimed, settings, stop or Event(), lambda done, skipped: None
        )
    finally:
        claimed.close()


def test_the_bytes_and_counts_are_those_of_one_process(tmp_path: Path) -> None:
    many = run(tmp_path / "many", describe)
    alone = ResultFolder(tmp_path / "one")
    alone.claim({"source": "numbers"})
    one = run_local(describe, Numbers(95), alone, Pace(1, 4, 10), Event(), lambda done, skipped: None)
    alone.close()
    for name in ("parts", "done"):
        first, second = ({p.name: p.read_bytes() for p in (tmp_path / f / name).iterdir()} for f in ("many", "one"))
        assert first == second
        assert len(first) == 10
    assert (
        (many.samples, many.skips, many.shards) == (one.samples, one.skips, one.shards) == (95, {"no_content": 10}, 10)
    )
    timed = ResultFolder(tmp_path / "many").ledger.seconds_per_sample()
    assert set(timed) == set(range(10))


def test_what_is_done_is_passed_and_the_limit_holds(tmp_path: Path) -> None:
    run(tmp_path / "all", describe)
    assert run(tmp_path / "all", describe).passed == 95
    assert run(tmp_path / "cut", describe, limit=25).samples == 25
    assert len(list((tmp_path / "cut" / "parts").iterdir())) == 3


def test_stopping_keeps_what_is_committed(tmp_path: Path) -> None:
    stop = Event()
    Timer(1.5, stop.set).start()
    with pytest.raises(StoppedError):
        run(tmp_path, slow, total=2000, stop=stop)
    done = len(list((tmp_path / "done").iterdir()))
    assert done < 200
    assert run(tmp_path, describe, total=2000).passed == done * 10


def test_a_worker_that_dies_is_told_and_costs_its_shards_only(tmp_path: Path) -> None:
    with pytest.raises(WorkerDiedError, match="run the same command again"):
        run(tmp_path, deadly)
    assert not (tmp_path / "done" / "00004.json").exists()
    assert run(tmp_path, describe).samples == 95


def test_an_error_in_a_worker_is_the_runs_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a bug"):
        run(tmp_path, broken)
