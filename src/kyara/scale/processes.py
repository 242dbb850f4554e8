"""The local engine with processes, for what threads cannot spread: each worker takes whole shards from read to commit.

Only shards and counts cross between processes, never pictures or samples. The bytes written are those of one process.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

from kyara.flow import Shard, Source
from kyara.results.folder import ResultFolder
from kyara.scale.again import has_wanted
from kyara.scale.local import Counts, Describe, Pace, Tally, Watch, limited, run_tasks, task_of
from kyara.scale.own_process import settle

LOOK_EVERY_S = 0.2  # how soon a wish to stop is passed on


class WorkerDiedError(Exception):
    """A worker process was killed: by a decoder that crashes, or from outside."""


class Done(NamedTuple):
    """What a worker tells of a shard: the counts of its mark, its seconds, and what the worker counted so far."""

    mark: Mapping[str, Any]
    passed: int
    seconds: float
    worker: int
    counts: Counts


def run_processes(
    make: Callable[[int], Describe], source: Source, folder: ResultFolder, pace: Pace, stop: Event, watch: Watch
) -> Tally:
    """As `run_local`, on `pace.workers` processes, each with its own `make(number of the worker)`, which must pickle.

    Raises StoppedError after `stop` is set, WorkerDiedError when a worker is gone; what is committed stays.
    """
    tally, started = Tally(), time.perf_counter()
    context = multiprocessing.get_context("spawn")
    stopping = context.Event()
    waiting: dict[Future[Done], Shard] = {}
    counts: dict[int, Counts] = {}

    def finish(least: int) -> None:
        """Take in finished shards until no more than `least` are on their way."""
        while len(waiting) > least:
            if stop.is_set():
                stopping.set()
            finished, _ = wait(waiting, LOOK_EVERY_S, FIRST_COMPLETED)
            for future in finished:
                shard, done = waiting.pop(future), future.result()
                folder.ledger.add(
                    "shard",
                    shard=shard.index,
                    samples=done.mark["samples"] - done.passed,
                    seconds=round(done.seconds, 6),
                )
                counts[done.worker] = done.counts
                tally.passed += done.passed
                tally.add(done.mark)
                watch(done.mark["samples"], sum(done.mark["skips"].values()))

    setup = partial(_set_up, make, context.Value("i", 0), folder.path, pace, stopping)
    pool = ProcessPoolExecutor(pace.workers, context, setup)
    try:
        for shard in limited(source.shards(pace.shard_size), pace.limit):
            mark = folder.is_done(shard.index, shard.fingerprint)
            if mark and not has_wanted(mark, pace.again):
                tally.passed += mark["samples"]
                tally.add(mark)
                watch(mark["samples"], sum(mark["skips"].values()))
            else:
                waiting[pool.submit(_work, shard, bool(mark))] = shard
                finish(2 * pace.workers)
        finish(0)
    except BrokenProcessPool as error:
        raise WorkerDiedError("a worker process died; run the same command again to go on") from error
    finally:
        stopping.set()
        pool.shutdown(cancel_futures=True)
    folder.trim(tally.shards)
    tally.seconds = time.perf_counter() - started
    for one in counts.values():
        tally.add_counts(one)
    return tally


class _Worker(NamedTuple):
    describe: Describe
    folder: ResultFolder
    pace: Pace
    stop: Event
    threads: ThreadPoolExecutor


_worker: _Worker | None = None  # one a process, made by _set_up


def _set_up(make: Callable[[int], Describe], started: Any, path: Path, pace: Pace, stop: Any) -> None:
    global _worker
    with started.get_lock():
        number = started.value
        started.value += 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and tells
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    Thread(target=_die_with_parent, daemon=True).start()
    describe = make(number)
    if hasattr(describe, "close"):
        Finalize(None, describe.close, exitpriority=1)  # atexit is not run in a worker
    _worker = _Worker(describe, ResultFolder(path), pace, stop, ThreadPoolExecutor(pace.threads))
    settle()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(shard: Shard, again: bool) -> Done:
    assert _worker is not None
    describe, folder, pace, stop, threads = _worker
    task = task_of(shard, folder if again else None, pace)
    (described,) = run_tasks(describe, [task], pace, threads, stop, lambda done, skipped: None)
    mark = folder.commit(shard.index, shard.fingerprint, described.samples, pace.jsonl)
    counts = getattr(describe, "counts", Counts())  # other functions than recipes count nothing
    return Done(mark, described.passed, described.seconds, os.getpid(), Counts(*map(dict, counts)))
