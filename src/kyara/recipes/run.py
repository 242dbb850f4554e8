"""From settings and sources to a run: what `kyara extract` and `from kyara import extract` both do.

Everything that can be wrong with a run is found while it is prepared, before the first sample.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow.parquet as pq

from kyara import __version__
from kyara.cache.address import hidden
from kyara.flow import Source
from kyara.quality.duplicates import find_duplicates
from kyara.recipes.assembling import asked_of, chosen_runtime, recipe_of
from kyara.recipes.extract import Recipe
from kyara.records import Sample
from kyara.results.atomic import write_atomically
from kyara.results.folder import ResultFolder
from kyara.results.ledger import host_facts
from kyara.scale.again import reasons_of
from kyara.scale.inflight import Inflight
from kyara.scale.local import Pace, Tally, Watch, run_in_memory, run_local
from kyara.scale.processes import run_processes
from kyara.settings import Settings
from kyara.sources import chain, given, open_source
from kyara.weights import Runtime
from kyara.weights.choose import Choice
from kyara.weights.probe import gpus
from kyara.weights.runtime import on_worker

# Samples a shard. One that networks described takes 30 kB in memory, and again while it is written, one that was read
# from tags a tenth of it; 256 are whole batches, for an odd one is a shape of its own to a network.
SHARD_SIZE, SHARD_SIZE_WITH_NETWORKS = 5_000, 256
WORTH_PROCESSES = 20_000  # samples; below, starting processes costs more than it saves


@dataclass(frozen=True, slots=True)
class Job:
    """A run that is ready to start: checked, and not begun.

    `total` is the number of samples where it is known, `choice` where networks run (None: there are none), `missing`
    what `auto` goes without, with the command that fetches it, `warning` why a learned fusion cannot be used.
    """

    settings: Settings
    recipe: Recipe
    source: Source
    pace: Pace
    identity: Mapping[str, Any]
    total: int | None
    choice: Choice | None
    missing: Mapping[str, str]
    warning: str | None = None
    command: Sequence[str] = ()  # of the command line, after `kyara`
    after_crash: bool = False  # the process that ran this before died by itself


def prepare(source: Source, settings: Settings, workers: int | None = None, again: Collection[str] = ()) -> Job:
    """Everything of a run that can be checked before its first sample. Raises KyaraError.

    `workers` is the number of processes where the settings do not say; None chooses by the size of the source. `again`
    are reasons, or "missing": samples of an earlier run that have one are described again.
    """
    asked = asked_of(settings)
    settings = asked.settings
    total = source.count()
    if settings.limit is not None:
        total = settings.limit if total is None else min(total, settings.limit)
    cores = os.cpu_count() or 1
    # networks spread over threads, and every process would load them again
    many = not asked.has_networks and (total is None or total >= WORTH_PROCESSES)
    workers = settings.workers or workers or (cores if many else 1)
    threads = settings.threads or max(1, cores // workers)
    choice = chosen_runtime(asked, source, max(1, cores // workers), threads)
    recipe = recipe_of(settings, choice.runtime if choice else Runtime())
    pace = Pace(
        threads=threads,
        batch_size=settings.batch_size or recipe.batch_size,
        shard_size=settings.shard_size or (SHARD_SIZE_WITH_NETWORKS if asked.has_networks else SHARD_SIZE),
        limit=settings.limit,
        jsonl=settings.jsonl,
        workers=workers,
        again=reasons_of(again),
    )
    identity = {
        "source": source.name,
        "detectors": {finder.detector.name: finder.detector.version for finder in recipe.finders},
        "extractors": {e.name: e.version for e in recipe.extractors},
        "vocabulary": recipe.fuser.vocabulary.digest,
        "fusion": settings.fusion,
        "fusion_version": settings.fusion_version,
        "ask": settings.ask,
        "min_confidence": settings.min_confidence,
        "max_risk": settings.max_risk,
        "until_confidence": settings.until_confidence,
        "shard_size": pace.shard_size,
        "limit": pace.limit,
        "jsonl": pace.jsonl,
        "images": settings.images.model_dump(),
        "notes": settings.notes.model_dump(),
        "quality": settings.quality.model_dump(),
        "preprocess": settings.preprocess.model_dump(),
    }
    return Job(settings, recipe, source, pace, identity, total, choice, asked.missing, asked.warning)


def _recipe_of(fields: Mapping[str, Any], runtime: Runtime, inflight: Inflight, worker: int) -> Recipe:
    """`recipe_of` from the plain fields of settings: their class is made anew in every process and does not pickle."""
    if ":" not in fields["models"].device:  # a GPU asked for by number stays that one
        runtime = on_worker(runtime, worker, gpus())
    return recipe_of(Settings.model_construct(**fields), runtime, inflight)


def source_of(specs: Sequence[str | Path], texts: Sequence[str], columns: Mapping[str, str]) -> Source:
    """One source of all that was asked for. Raises SourceError."""
    sources: list[Source] = [open_source(spec, columns) for spec in specs]
    if texts:
        sources.append(given(*texts, name="text"))
    return chain(sources)


class Result(Sequence[Sample]):
    """What `extract` returns: the described samples. Kept in memory, or read from the result folder part by part."""

    def __init__(self, tally: Tally, samples: Sequence[Sample] | None, folder: ResultFolder | None) -> None:
        self.tally = tally
        self.folder = folder
        self._samples = samples

    def __len__(self) -> int:
        return self.tally.samples

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples) if self._samples is not None else self._stored().samples()

    def __getitem__(self, index: Any) -> Any:
        if self._samples is None:
            self._samples = list(self._stored().samples())
        return self._samples[index]

    def timed(self) -> Iterator[tuple[Sample, float]]:
        """Every sample with its processing time in seconds (the mean over its shard)."""
        if self.folder is not None:
            return self.folder.timed()
        return ((sample, self.processing_time) for sample in self)

    @property
    def processing_time(self) -> float:
        """Mean seconds a sample took in this run; 0.0 when all were done before."""
        fresh = self.tally.samples - self.tally.passed
        return self.tally.seconds / fresh if fresh else 0.0

    def _stored(self) -> ResultFolder:
        assert self.folder is not None
        return self.folder


def run_into(job: Job, path: Path, force: bool, stop: Event, watch: Watch) -> Result:
    """Run `job` into the result folder at `path`, going on where an earlier run of the same job stopped."""
    folder = ResultFolder(path)
    folder.claim(job.identity, force)
    try:
        inflight = Inflight(path / "inflight", job.after_crash)
        job.recipe.watched_by(inflight)
        backend = "processes" if job.pace.workers > 1 else "threads"
        folder.ledger.add(
            "run",
            kyara=__version__,
            backend=backend,
            networks=_facts(job.choice) if job.choice else None,
            missing=list(job.missing),
            command=[hidden(word) if "redis" in word else word for word in job.command],
            folder=os.getcwd(),
            pace=asdict(job.pace),
            host=host_facts(),
        )
        if job.pace.workers > 1:
            make = partial(_recipe_of, dict(job.settings), job.choice.runtime if job.choice else Runtime(), inflight)
            tally = run_processes(make, job.source, folder, job.pace, stop, watch)
        else:
            tally = run_local(job.recipe, job.source, folder, job.pace, stop, watch)
            tally.add_counts(job.recipe.counts)
        if not folder.duplicates.exists():
            table = find_duplicates(folder.parts())
            write_atomically(folder.duplicates, lambda temporary: pq.write_table(table, temporary))
        inflight.finished()
        counted = {"cache": tally.cache, "order": tally.order, "lost": tally.lost}
        rates = {name: round(rate, 4) for name, rate in tally.hit_rates.items()}
        folder.ledger.add("end", seconds=round(tally.seconds, 3), passed=tally.passed, hit_rate=rates, **counted)
    finally:
        folder.close()
        job.recipe.close()
    return Result(tally, None, folder)


def _facts(choice: Choice) -> dict[str, object]:
    """What the ledger keeps of where networks ran, and why there."""
    runtime = choice.runtime
    shares = {"threads": runtime.threads, "streams": runtime.streams}
    return {"runtime": runtime.label, "device": runtime.device, **shares, "reason": choice.reason}


def run_here(job: Job, stop: Event, watch: Watch) -> Result:
    """Run `job` and keep the samples in memory."""
    try:
        samples, tally = run_in_memory(job.recipe, job.source, job.pace, stop, watch)
        tally.add_counts(job.recipe.counts)
    finally:
        job.recipe.close()
    return Result(tally, samples, None)
