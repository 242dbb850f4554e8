"""The local engine: N threads, each taking whole batches; shards are committed in order, and a done shard is passed.

It knows shards and a function from inputs to samples, never a step.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from threading import Event
from types import MappingProxyType
from typing import Any, NamedTuple

from kyara.flow import Input, Shard, Source
from kyara.records import Sample
from kyara.results.folder import ResultFolder, counts
from kyara.scale.again import has_wanted, wanted_of

Describe = Callable[[Sequence[Input]], list[Sample]]  # one batch: same length, same order
EASY = 4  # times as many samples a batch while `describe.easy`: what every batch costs by itself would be a fifth of it


@dataclass(frozen=True, slots=True)
class Pace:
    """How the work is cut: `threads` a worker; all sizes in samples; `limit` None = everything.

    `batch_size` is that of batches which are work; of others there are `EASY` times as many in one.
    """

    threads: int
    batch_size: int
    shard_size: int
    limit: int | None = None
    jsonl: bool = False
    workers: int = 1
    again: tuple[str, ...] = ()  # reasons: samples that have one are described again (scale/again.py)


@dataclass(slots=True)
class Tally:
    """What a run has come to. `samples`, `sightings`, `skips`, `missed` (by step and reason) and `decided` count all of
    the result, `passed` those samples that were done before and not touched; `seconds` is this run's wall time."""

    samples: int = 0
    passed: int = 0
    sightings: int = 0
    shards: int = 0
    seconds: float = 0.0
    skips: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)
    cache: dict[str, tuple[int, int]] = field(default_factory=dict)
    order: dict[str, tuple[int, int]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, mark: Mapping[str, Any]) -> None:
        """Add the counts of one shard (results.folder.counts)."""
        self.shards += 1
        self.samples += mark["samples"]
        self.sightings += mark["sightings"]
        self.skips.update(mark["skips"])
        self.missed.update(mark["missed"])
        self.decided.update(mark["decided"])

    def add_counts(self, counts: Counts) -> None:
        """Add what one recipe counted."""
        for total, more in ((self.cache, counts.cache), (self.order, counts.order)):
            for name, (first, second) in more.items():
                before = total.get(name, (0, 0))
                total[name] = (before[0] + first, before[1] + second)
        self.lost.update(counts.lost)

    @property
    def hit_rates(self) -> dict[str, float]:
        """The share of answers that came from the cache, by extractor; without those nobody asked."""
        return {name: hits / (hits + looks) for name, (hits, looks) in self.cache.items() if hits + looks}


class Counts(NamedTuple):
    """What a recipe counted so far, by extractor: `cache` (answers from the cache, passes over pixels), `order`
    (sightings asked about, sightings spared because cheaper ones were sure); `lost` are entries that the cache neither
    read nor kept, by what failed."""

    cache: Mapping[str, tuple[int, int]] = MappingProxyType({})
    order: Mapping[str, tuple[int, int]] = MappingProxyType({})
    lost: Mapping[str, int] = MappingProxyType({})


class StoppedError(Exception):
    """The user asked to stop; the batches in flight are finished, what is committed stays."""


Watch = Callable[[int, int], None]  # (samples done now, of these skipped)


def run_local(describe: Describe, source: Source, folder: ResultFolder, pace: Pace, stop: Event, watch: Watch) -> Tally:
    """Describe every shard of `source` that is not done yet into `folder`. Raises StoppedError after `stop` is set."""
    tally, started = Tally(), time.perf_counter()

    def waiting() -> Iterator[Task]:
        for shard in limited(source.shards(pace.shard_size), pace.limit):
            mark = folder.is_done(shard.index, shard.fingerprint)
            if mark and not has_wanted(mark, pace.again):
                tally.passed += mark["samples"]
                watch(mark["samples"], sum(mark["skips"].values()))
                tally.add(mark)
            else:
                yield task_of(shard, folder if mark else None, pace)

    with (
        ThreadPoolExecutor(pace.threads, thread_name_prefix="kyara") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="kyara-writer") as writer,
    ):
        writing: Future[Mapping[str, Any]] | None = None  # one shard is written while the next is described
        for described in run_tasks(describe, waiting(), pace, pool, stop, watch):
            if writing is not None:
                tally.add(writing.result())
            tally.passed += described.passed
            writing = writer.submit(_commit, folder, described, pace.jsonl)
            del described  # the next shard is described beside what is being written, not beside what was
        if writing is not None:
            tally.add(writing.result())
    folder.trim(tally.shards)
    tally.seconds = time.perf_counter() - started
    return tally


def _commit(folder: ResultFolder, described: Described, jsonl: bool) -> Mapping[str, Any]:
    shard, samples, passed, seconds = described
    folder.ledger.add("shard", shard=shard.index, samples=len(samples) - passed, seconds=round(seconds, 6))
    return folder.commit(shard.index, shard.fingerprint, samples, jsonl)


def run_in_memory(
    describe: Describe, source: Source, pace: Pace, stop: Event, watch: Watch
) -> tuple[list[Sample], Tally]:
    """Describe all of `source` and keep the samples; for what fits in memory."""
    tally, samples = Tally(), list[Sample]()
    shards = limited(source.shards(pace.shard_size), pace.limit)
    with ThreadPoolExecutor(pace.threads, thread_name_prefix="kyara") as pool:
        for described in run_tasks(describe, map(Task, shards), pace, pool, stop, watch):
            tally.add(counts(described.samples))
            tally.seconds += described.seconds
            samples += described.samples
    return samples, tally


class Task(NamedTuple):
    """A shard to describe; of one that was done `before`, only the samples at `places`."""

    shard: Shard
    before: Sequence[Sample] = ()
    places: Sequence[int] = ()


class Described(NamedTuple):
    """The samples of a shard in order, how many of them were left as they were, and the seconds the others took."""

    shard: Shard
    samples: list[Sample]
    passed: int
    seconds: float


def task_of(shard: Shard, before: ResultFolder | None, pace: Pace) -> Task:
    """All of the shard; where it was done `before`, the samples that are to be described again."""
    if before is None:
        return Task(shard)
    samples = before.samples_of(shard.index)
    wanted, places = wanted_of(shard, samples, pace.again)
    return Task(wanted, samples, places)


def run_tasks(
    describe: Describe, tasks: Iterable[Task], pace: Pace, pool: ThreadPoolExecutor, stop: Event, watch: Watch
) -> Iterator[Described]:
    """What becomes of each task, in order. No thread waits for the last batch of a shard: the next has begun by then.

    Raises StoppedError after `stop` is set. What waits when nobody asks for more is not begun.
    """
    since, fresh = time.perf_counter(), list[Sample]()  # of the first shard that is not finished
    under_way: deque[Future[list[Sample]] | Task] = deque()  # batches, each shard's task behind its last one

    def taken() -> list[Sample]:
        nonlocal fresh
        samples, fresh = fresh, []
        return samples  # and nobody here holds them

    def finished(most: int) -> Iterator[Described]:
        """Take in what was begun first, until no more than `most` is under way."""
        nonlocal since, fresh
        while len(under_way) > most:
            first = under_way.popleft()
            if isinstance(first, Task):
                took, since = time.perf_counter() - since, time.perf_counter()
                yield _described(first, taken(), took, watch)
            else:
                done = first.result()
                watch(len(done), sum(sample.skip is not None for sample in done))
                fresh += done

    try:
        for task in tasks:
            inputs = task.shard.inputs()
            while batch := list(islice(inputs, _size(describe, pace))):
                under_way.append(pool.submit(_unless, stop, describe, batch))
                yield from finished(2 * pace.threads)  # few at a time: inputs may hold pictures
            under_way.append(task)
        yield from finished(0)
    finally:
        for waiting in under_way:
            if isinstance(waiting, Future):
                waiting.cancel()


def _described(task: Task, fresh: list[Sample], seconds: float, watch: Watch) -> Described:
    if not task.before:
        return Described(task.shard, fresh, 0, seconds)
    samples = list(task.before)
    for place, sample in zip(task.places, fresh, strict=True):
        samples[place] = sample
    passed = len(samples) - len(fresh)
    watch(passed, 0)
    return Described(task.shard, samples, passed, seconds)


def _size(describe: Describe, pace: Pace) -> int:
    """Of the next batch. A recipe tells when batches are easy, other functions do not."""
    return pace.batch_size * (EASY if getattr(describe, "easy", False) else 1)


def _unless(stop: Event, describe: Describe, batch: Sequence[Input]) -> list[Sample]:
    if stop.is_set():
        raise StoppedError
    return describe(batch)


def limited(shards: Iterator[Shard], limit: int | None) -> Iterator[Shard]:
    """The shards up to `limit` samples, the last one cut short."""
    left = limit
    for shard in shards:
        if left is None:
            yield shard
        elif left >= shard.count:
            left -= shard.count
            yield shard
        else:
            if left > 0:
                yield _first(shard, left)
            return


def _first(shard: Shard, count: int) -> Shard:
    return Shard(shard.index, shard.fingerprint, count, partial(_some, shard, count))


def _some(shard: Shard, count: int) -> Iterator[Input]:
    return islice(shard.inputs(), count)
