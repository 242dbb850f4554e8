"""The folder one run writes: parts, done-marks, ledger, and `run.json`, which says whose folder it is.

A shard counts as done when its mark is there, fits the shard's fingerprint, and its files have the size the mark
says; so a kill at any moment costs at most the shards in flight, and running again gives the same bytes.
"""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow.parquet as pq

from kyara.errors import OutputError
from kyara.records import Sample
from kyara.results.atomic import said_as_output_error, write_atomically
from kyara.results.columns import from_table, to_table
from kyara.results.ledger import Ledger
from kyara.results.rows import to_row
from kyara.results.schema import REPEATING, SCHEMA_VERSION


class ResultFolder:
    """The result folder at `path`, for writing (`claim`) or reading."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = Ledger(path / "ledger.jsonl")
        self._lock: IO[bytes] | None = None

    def claim(self, identity: Mapping[str, Any], force: bool = False) -> None:
        """Make it this run's folder, or go on with it when it already is. `force` throws an older run's away.

        Raises OutputError when it belongs to another run, to something else, or to a run that is writing now.
        """
        with said_as_output_error(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            strangers = [p.name for p in self.path.iterdir() if p.name not in _OURS]
            if strangers and not self._run_file.exists():
                raise OutputError(
                    f"{self.path} holds something else than a Kyara result ({strangers[0]!r}); choose another --out"
                )
            self._lock = _locked(self.path / "lock", self.path)
        try:
            self._take(identity, force)
        except BaseException:
            self.close()
            raise

    def _take(self, identity: Mapping[str, Any], force: bool) -> None:
        if self._run_file.exists():
            self._run()  # not ours: not ours to clear either
            if force:
                self._clear()
            else:
                _same_run(self.path, self.identity(), identity)
        for name in ("parts", "done"):
            with said_as_output_error(self.path):
                (self.path / name).mkdir(exist_ok=True)
        _write_json(self._run_file, {"schema": SCHEMA_VERSION, "identity": dict(identity)})

    def close(self) -> None:
        """Let another process write here."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def identity(self) -> dict[str, Any]:
        """What the run in this folder was asked to do. Raises OutputError when it is no result folder."""
        run = self._run()
        if run["schema"] != SCHEMA_VERSION:
            said = f"{self.path} has result schema {run['schema']}, expected {SCHEMA_VERSION}"
            raise OutputError(f"{said}; run extract anew with --force")
        return dict(run["identity"])

    def _run(self) -> dict[str, Any]:
        try:
            run = orjson.loads(self._run_file.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise OutputError(f"{self.path} is not a result of kyara extract (no readable run.json)") from error
        if not isinstance(run, dict) or not {"schema", "identity"} <= run.keys():
            raise OutputError(f"{self.path} holds another program's run.json; choose another folder")
        return run

    def is_done(self, index: int, fingerprint: str) -> dict[str, Any] | None:
        """The mark of shard `index` if it is done for this fingerprint and its files are whole, else None."""
        try:
            mark = orjson.loads(self._mark(index).read_bytes())
            whole = all((self.path / name).stat().st_size == size for name, size in mark["files"].items())
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None
        return mark if whole and mark["fingerprint"] == fingerprint else None

    def commit(self, index: int, fingerprint: str, samples: Sequence[Sample], jsonl: bool) -> dict[str, Any]:
        """Write the shard's files, then its done-mark, which is returned. What was decided over all parts is void."""
        with said_as_output_error(self.path):
            self.duplicates.unlink(missing_ok=True)
            self._mark(index).unlink(missing_ok=True)  # an old mark must not vouch for a new part
        paths = [self.part(index)]
        table = to_table(samples)
        write_atomically(
            paths[0], lambda path: pq.write_table(table, path, compression="zstd", use_dictionary=REPEATING)
        )
        if jsonl:
            paths.append(self.path / "parts" / f"{index:05d}.jsonl")
            lines = b"".join(orjson.dumps(to_row(sample)) + b"\n" for sample in samples)
            write_atomically(paths[1], lambda path: _write_bytes(path, lines))
        files = {str(path.relative_to(self.path)): path.stat().st_size for path in paths}
        mark = {"fingerprint": fingerprint, "files": files, **counts(samples)}
        _write_json(self._mark(index), mark)
        return mark

    def trim(self, shards: int) -> None:
        """Remove what an earlier, longer source left behind: everything from shard number `shards` on."""
        stale = [*(self.path / "done").glob("*.json"), *(self.path / "parts").glob("*.*")]
        with said_as_output_error(self.path):
            for path in stale:
                if path.stem.isdigit() and int(path.stem) >= shards:
                    path.unlink()
                    self.duplicates.unlink(missing_ok=True)

    def part(self, index: int) -> Path:
        return self.path / "parts" / f"{index:05d}.parquet"

    def parts(self) -> list[Path]:
        """The finished Parquet parts, in order."""
        marks = sorted((self.path / "done").glob("*.json"), key=lambda path: int(path.stem))
        return [self.part(int(mark.stem)) for mark in marks]

    def samples(self) -> Iterator[Sample]:
        """Every finished sample, in order, one part in memory at a time."""
        for part in self.parts():
            yield from from_table(pq.read_table(part))

    def samples_of(self, index: int) -> list[Sample]:
        """The samples of the finished shard `index`."""
        return list(from_table(pq.read_table(self.part(index))))

    def timed(self) -> Iterator[tuple[Sample, float]]:
        """Every finished sample with the mean seconds a sample of its shard took."""
        seconds = self.ledger.seconds_per_sample()
        for part in self.parts():
            for sample in from_table(pq.read_table(part)):
                yield sample, seconds.get(int(part.stem), 0.0)

    def tally(self) -> dict[str, Any]:
        """The counts of all finished shards, added up (see `counts`)."""
        total: dict[str, Any] = counts([])
        for part in self.parts():
            mark = orjson.loads(self._mark(int(part.stem)).read_bytes())
            for name in total:
                total[name] += Counter(mark[name]) if isinstance(total[name], Counter) else mark[name]
        return total

    def _clear(self) -> None:
        self.trim(0)
        for path in (self._run_file, self.ledger.path, *(self.path / "inflight").glob("*.crashed")):
            path.unlink(missing_ok=True)

    @property
    def duplicates(self) -> Path:
        """The decision table of exact duplicates (quality/duplicates.py)."""
        return self.path / "duplicates.parquet"

    @property
    def _run_file(self) -> Path:
        return self.path / "run.json"

    def _mark(self, index: int) -> Path:
        return self.path / "done" / f"{index:05d}.json"


def counts(samples: Sequence[Sample]) -> dict[str, Any]:
    """How many samples, sightings, skips by reason, failures by step and reason, and decided values by attribute."""
    sightings = [sighting for sample in samples for sighting in sample.sightings]
    return {
        "samples": len(samples),
        "sightings": len(sightings),
        "skips": Counter(sample.skip.reason.value for sample in samples if sample.skip),
        "missed": Counter(f"{skip.step} {skip.reason.value}" for sample in samples for skip in sample.missed),
        "decided": Counter(v.attribute for sighting in sightings for v in sighting.values if v.decided),
    }


_OURS = {"run.json", ".run.json.tmp", "parts", "done", "ledger.jsonl", "lock", "inflight", "duplicates.parquet"}


def _locked(path: Path, folder: Path) -> IO[bytes]:
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise OutputError(f"another kyara is writing {folder} now; wait for it, or choose another --out") from error
    return file


def _same_run(path: Path, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    wanted = orjson.loads(orjson.dumps(dict(wanted)))  # as `there` was: tuples are lists
    for key in (*wanted, *there):
        if wanted.get(key) != there.get(key):
            raise OutputError(
                f"{path} belongs to another run ({key} was {_short(there.get(key))}, is {_short(wanted.get(key))}); "
                "choose another --out, or --force to replace it"
            )


def _short(fact: object) -> str:
    text = orjson.dumps(fact).decode()
    return text if len(text) <= 60 else text[:57] + "…"


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_atomically(path, lambda temporary: _write_bytes(temporary, orjson.dumps(content, option=orjson.OPT_INDENT_2)))


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)
