"""A result folder into the catalogue: finished parts in batches, each with its done-marks in one transaction.

So a kill costs the batch in hand and the same command goes on; what is there already is passed over. The newest run
of a picture is the one that counts, whatever the order they come in.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, select, update

from kyara.catalogue import numbers
from kyara.catalogue.bulk import insert, uncollected
from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.preparing import Prepared, prepared
from kyara.catalogue.schema import part, run
from kyara.catalogue.writing import Origin, Written, write
from kyara.results.folder import ResultFolder

# Samples or sightings: every posting is rewritten once a batch, and two batches lie in memory. What networks say takes
# five times as much, and the time that a thousand samples took them hides the rewriting.
BATCH, BATCH_WITH_NETWORKS = 40_000, 1_000
Watch = Callable[[int], None]  # called with the rows of each batch that is in


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did; `passed` parts of `parts` were there already."""

    parts: int
    passed: int
    written: Written
    seconds: float


@dataclass(frozen=True, slots=True)
class _Part:
    shard: int
    path: Path
    mark: str
    size: int


def ingest(catalogue: Catalogue, path: Path, watch: Watch = lambda rows: None, again: bool = False) -> Ingested:
    """Bring the result folder at `path` in; with `again` also what is there already.

    Raises CatalogueError, and OutputError where the folder is no result.
    """
    started = time.perf_counter()
    folder = ResultFolder(path)
    asked, facts = folder.identity(), facts_of(folder)
    number, done = catalogue.transact(lambda connection: _registered(connection, path, asked, facts, again))
    parts = list(_parts(folder))
    todo = [one for one in parts if done.get(one.shard) != one.mark]
    origin = Origin(number, facts["made_at"], str(asked.get("source", "")), _copies(folder))
    total = Written()
    most = BATCH_WITH_NETWORKS if facts.get("networks") else BATCH
    for batch, rows in _ahead(origin.source, _batches(todo, most)):
        with uncollected():
            written = catalogue.transact(partial(_write, origin=origin, batch=batch, rows=rows))
        total += written
        watch(written.rows)
    return Ingested(len(parts), len(parts) - len(todo), total, time.perf_counter() - started)


def facts_of(folder: ResultFolder) -> dict[str, Any]:
    """What the ledger tells of a run: when its last shard was made, seconds, samples, cache, networks, host."""
    facts: dict[str, Any] = {"made_at": 0.0, "samples": 0, "seconds": 0.0, "cache": {}}
    for entry in folder.ledger.entries():
        if entry["event"] == "run":
            facts |= {name: entry.get(name) for name in ("kyara", "backend", "networks", "host")}
        elif entry["event"] == "shard":
            facts["samples"] += entry["samples"]
            facts["made_at"] = entry["at"]
        elif entry["event"] == "end":
            facts["seconds"] = round(facts["seconds"] + entry["seconds"], 3)
            for name, (hits, looks) in entry.get("cache", {}).items():
                before = facts["cache"].get(name, (0, 0))
                facts["cache"][name] = (before[0] + hits, before[1] + looks)
    return facts


def _registered(
    connection: Connection, path: Path, asked: Mapping[str, Any], facts: Mapping[str, Any], again: bool
) -> tuple[int, dict[int, str]]:
    """The run's number, which is new where it must be, and the done-marks of its parts that are in."""
    said = orjson.dumps(dict(asked), option=orjson.OPT_SORT_KEYS).decode()
    folder, digest = str(path.resolve()), hashlib.sha256(said.encode()).hexdigest()
    told = {"facts": orjson.dumps(dict(facts)).decode(), "made_at": facts["made_at"], "ingested_at": time.time()}
    this = (run.c.folder == folder, run.c.digest == digest)
    number = connection.execute(select(run.c.number).where(*this)).scalar()
    if number is None:
        number = numbers.take(connection, "run", 1)[0]
        first = {"folder": folder, "source": str(asked.get("source", "")), "asked": said, "digest": digest}
        connection.execute(run.insert().values(number=number, **first, **told))
    else:
        connection.execute(update(run).where(*this).values(told))
    if again:
        connection.execute(delete(part).where(part.c.run == number))
    return number, _done(connection, number)


def _done(connection: Connection, number: int) -> dict[int, str]:
    rows = connection.execute(select(part.c.shard, part.c.mark).where(part.c.run == number))
    return {row.shard: row.mark for row in rows}


def _parts(folder: ResultFolder) -> Iterator[_Part]:
    for path in folder.parts():
        mark = (folder.path / "done" / f"{path.stem}.json").read_bytes()
        size = orjson.loads(mark)
        yield _Part(int(path.stem), path, hashlib.sha256(mark).hexdigest(), max(size["samples"], size["sightings"]))


def _batches(parts: list[_Part], most: int) -> Iterator[list[_Part]]:
    batch: list[_Part] = []
    for one in parts:
        if batch and sum(other.size for other in batch) + one.size > most:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _ahead(source: str, batches: Iterator[list[_Part]]) -> Iterator[tuple[list[_Part], Prepared]]:
    """Every batch with its rows prepared, in a thread, while the one before it is written: reading, compressing and
    SQLite's own work let go of the interpreter lock."""
    with ThreadPoolExecutor(1, "kyara-ingest") as thread:
        coming: tuple[list[_Part], Future[Prepared]] | None = None
        for batch in batches:
            ready, coming = coming, (batch, thread.submit(_read, source, batch))
            if ready:
                yield ready[0], ready[1].result()
        if coming:
            yield coming[0], coming[1].result()


def _read(source: str, batch: list[_Part]) -> Prepared:
    return prepared(source, pa.concat_tables([pq.ParquetFile(one.path).read() for one in batch]))


def _copies(folder: ResultFolder) -> frozenset[str]:
    """The keys of samples with the content of an earlier one, once the run has told them."""
    if not folder.duplicates.exists():
        return frozenset()
    return frozenset(pq.read_table(folder.duplicates, columns=["key"])["key"].to_pylist())


def _write(connection: Connection, origin: Origin, batch: list[_Part], rows: Prepared) -> Written:
    """The batch and its done-marks. A commit whose answer was lost is found done."""
    done = _done(connection, origin.run)
    if all(done.get(one.shard) == one.mark for one in batch):
        return Written()
    written = write(connection, origin, rows)
    shards = [one.shard for one in batch]
    connection.execute(delete(part).where(part.c.run == origin.run, among(connection, part.c.shard, shards)))
    insert(connection, part, run=[origin.run] * len(batch), shard=shards, mark=[one.mark for one in batch])
    return written
