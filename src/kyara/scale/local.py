"""The local engine: N threads, each taking whole batches; shards are committed in order, and a done shard is passed.

It knows shards and a function from inputs to samples, never a step.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    with (
        ThreadPoolExecutor(pace.threads, thread_name_prefix="kyara") as pool,
        ThreadPoolExecutor(1, thread_name_prefix="kyara-writer") as writer,
    ):
        writing: Future[Mapping[str, Any]] | None = None  # one shard is written while the next is described
        for shard in limited(source.shards(pace.shard_size), pace.limit):
            mark = folder.is_done(shard.index, shard.fingerprint)
            if mark and not has_wanted(mark, pace.again):
                tally.passed += mark["samples"]
                watch(mark["samples"], sum(mark["skips"].values()))
                tally.add(mark)
                continue
            try:
                described = describe_shard(describe, shard, folder if mark else None, pace, pool, stop, watch)
            finally:
                if writing is not None:
                    tally.add(writing.result())
            tally.passed += described.passed
            writing = writer.submit(_commit, folder, shard, described, pace.jsonl)
        if writing is not None:
            tally.add(writing.result())
    folder.trim(tally.shards)
    tally.seconds = time.perf_counter() - started
    return tally


class Described(NamedTuple):
    """The samples of a shard, how many of them were left as they were, and the seconds the others took."""

    samples: list[Sample]
    passed: int
    seconds: float


def describe_shard(
    describe: Describe,
    shard: Shard,
    before: ResultFolder | None,
    pace: Pace,
    pool: ThreadPoolExecutor,
    stop: Event,
    watch: Watch,
) -> Described:
    """All of the shard; where it was done `before`, only the samples that are to be described again."""
    if before is None:
        samples, seconds = run_shard(describe, shard, pace, pool, stop, watch)
        return Described(samples, 0, seconds)
    samples = before.samples_of(shard.index)
    wanted, places = wanted_of(shard, samples, pace.again)
    anew, seconds = run_shard(describe, wanted, pace, pool, stop, watch)
    for place, sample in zip(places, anew, strict=True):
        samples[place] = sample
    passed = len(samples) - len(places)
    watch(passed, 0)
    return Described(samples, passed, seconds)


def _commit(folder: ResultFolder, shard: Shard, described: Described, jsonl: bool) -> Mapping[str, Any]:
    samples, passed, seconds = described
    folder.ledger.add("shard", shard=shard.index, samples=len(samples) - passed, seconds=round(seconds, 6))
    return folder.commit(shard.index, shard.fingerprint, samples, jsonl)


def run_in_memory(
    describe: Describe, source: Source, pace: Pace, stop: Event, watch: Watch
) -> tuple[list[Sample], Tally]:
    """Describe all of `source` and keep the samples; for what fits in memory."""
    tally, described = Tally(), list[Sample]()
    with ThreadPoolExecutor(pace.threads, thread_name_prefix="kyara") as pool:
        for shard in limited(source.shards(pace.shard_size), pace.limit):
            samples, seconds = run_shard(describe, shard, pace, pool, stop, watch)
            tally.add(counts(samples))
            tally.seconds += seconds
            described += samples
    return described, tally


def run_shard(
    describe: Describe, shard: Shard, pace: Pace, pool: ThreadPoolExecutor, stop: Event, watch: Watch
) -> tuple[list[Sample], float]:
    """The shard's samples in order, and the seconds they took."""
    started = time.perf_counter()
    inputs, samples = shard.inputs(), list[Sample]()
    batches: deque[Future[list[Sample]]] = deque()  # few at a time: inputs may hold pictures

    def finish_one() -> None:
        done = batches.popleft().result()
        watch(len(done), sum(sample.skip is not None for sample in done))
        samples.extend(done)

    try:
        while batch := list(islice(inputs, _size(describe, pace))):
            batches.append(pool.submit(_unless, stop, describe, batch))
            if len(batches) > 2 * pace.threads:
                finish_one()
        while batches:
            finish_one()
    except BaseException:
        for waiting in batches:
            waiting.cancel()
        raise
    return samples, time.perf_counter() - started


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
