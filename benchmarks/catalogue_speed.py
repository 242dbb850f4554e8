"""The catalogue in SQLite at a million synthetic sightings: ingest, its size, a query with page and facets, export,
similar.

Medians of wall time, with processor time beside them: other work on the machine shows in the first alone. `--broken`
reads what every sighting was told instead of postings, searches a third of the vectors, and must fail.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, text

from kyara.catalogue import Catalogue, numbers, opened
from kyara.catalogue.bulk import insert
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import facets, found, page
from kyara.catalogue.schema import embedding, sighting
from kyara.catalogue.similar import Neighbours
from kyara.catalogue.told import told
from kyara.recipes.exporting import export_parquet, of_catalogue
from kyara.vocabulary import load_vocabulary
from sightings import write_result

GOAL_INGEST_PER_S, GOAL_QUERY_MS, GOAL_EXPORT_PER_S = 20_000, 100, 50_000
GOAL_SIMILAR_MS, GOAL_RECALL = 20, 0.95
QUERIES = (
    "hair_color=black>0.8 and gender=female and not accessories=glasses",
    "hair_color=silver>0.83 and gender=male and not accessories=hat",
    "hair_style=straight>=0.9 and expression=smiling and not dress=formal",
    "character=character_1 and eye_color=blue and age=young_adult>0.7",
)
SPACE, LENGTH, LATENT, CHARACTERS = "synthetic", 512, 48, 20_000
ASKED, NEAREST = 200, 10


def ingested(catalogue: Catalogue, folder: Path, count: int) -> dict[str, float]:
    """Sightings a second, and bytes a sighting without embeddings."""
    write_result(folder, count)
    wall, processor = time.perf_counter(), time.process_time()
    ingest(catalogue, folder)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    with catalogue.reading() as connection:
        size = connection.execute(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        return {
            "ingest_per_s": round(count / wall),
            "ingest_per_cpu_s": round(count / processor),
            "bytes_a_sighting": round(size.scalar_one() / count),
        }


def queried(catalogue: Catalogue, broken: bool, rounds: int = 7) -> dict[str, float]:
    """Median milliseconds of a query with three conditions, its first page and its facets."""

    def ask(query: str) -> None:
        if broken:
            _one_by_one(catalogue)
        who = found(catalogue, query)
        page(catalogue, who)
        facets(catalogue, who)

    wall, processor = _median_ms([lambda query=query: ask(query) for _ in range(rounds) for query in QUERIES])
    return {"query_ms": wall, "query_cpu_ms": processor}


def _one_by_one(catalogue: Catalogue) -> int:
    """What one condition costs without postings."""
    with catalogue.reading() as connection:
        everybody = connection.execute(select(sighting.c.number)).scalars().all()
        return int((told(connection, everybody)[1]["confidence"] > 0.8).sum())


def exported(catalogue: Catalogue, folder: Path, count: int) -> dict[str, float]:
    """Sightings a second into a folder of Parquet."""
    wall, processor = time.perf_counter(), time.process_time()
    export_parquet(of_catalogue(catalogue), folder, load_vocabulary())
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"export_per_s": round(count / wall), "export_per_cpu_s": round(count / processor)}


def _looks(count: int, seed: int) -> NDArray[np.float16]:
    """Vectors as networks make them: groups of a character's, in a space that is really of few dimensions."""
    shape = np.random.default_rng(7)
    characters, lift = shape.normal(size=(CHARACTERS, LATENT)), shape.normal(size=(LATENT, LENGTH))
    random = np.random.default_rng(seed)
    latent = characters[random.integers(CHARACTERS, size=count)] + 0.6 * random.normal(size=(count, LATENT))
    return np.asarray(latent @ lift + 0.5 * random.normal(size=(count, LENGTH)), np.float16)


def alike(catalogue: Catalogue, count: int, broken: bool) -> dict[str, float]:
    """Median milliseconds of a search for the ten nearest, their recall, and what making the index took."""
    asked = _looks(ASKED, seed=1).astype(np.float32)
    best = np.zeros((ASKED, 0), np.float32), np.zeros((ASKED, 0), np.int64)
    for start in range(0, count, 20_000):
        some = _looks(min(20_000, count - start), seed=start + 2)
        best = _nearest(best, asked, some, start)
        catalogue.transact(lambda connection, some=some, start=start: _insert(connection, some, start))
    started = time.perf_counter()
    neighbours = Neighbours(catalogue, SPACE)
    neighbours.of(asked[0], NEAREST)
    made_s = time.perf_counter() - started
    found_: list[set[int]] = []

    def ask(one: NDArray[np.float32]) -> None:
        near = neighbours.of(one, NEAREST)[: NEAREST // 3 if broken else NEAREST]
        found_.append({n.number for n in near})

    wall, processor = _median_ms([lambda one=one: ask(one) for one in asked])
    hits = [len(some & set(truth.tolist())) / NEAREST for some, truth in zip(found_, best[1], strict=True)]
    recall = round(float(np.mean(hits)), 4)
    return {"similar_ms": wall, "similar_cpu_ms": processor, "recall_at_10": recall, "index_s": round(made_s, 1)}


def _nearest(best: Any, asked: NDArray[np.float32], some: NDArray[np.float16], start: int) -> Any:
    whole = some.astype(np.float32)
    cosine = asked @ (whole / np.linalg.norm(whole, axis=1, keepdims=True)).T
    likeness = np.hstack([best[0], cosine])
    named = np.hstack([best[1], np.broadcast_to(np.arange(start + 1, start + 1 + len(some)), cosine.shape)])
    order = np.argsort(-likeness, axis=1)[:, :NEAREST]
    return np.take_along_axis(likeness, order, 1), np.take_along_axis(named, order, 1)


def _insert(connection: Any, some: NDArray[np.float16], start: int) -> None:
    count = len(some)
    owners = range(start + 1, start + count + 1)
    insert(connection, embedding, space=[SPACE] * count, sighting=owners, vector=[row.tobytes() for row in some])
    numbers.take(connection, "embeddings", 1)


def _median_ms(asks: list[Callable[[], None]]) -> tuple[float, float]:
    wall, processor = [], []
    for ask in asks:
        started, worked = time.perf_counter(), time.process_time()
        ask()
        wall.append(1000 * (time.perf_counter() - started))
        processor.append(1000 * (time.process_time() - worked))
    return round(statistics.median(wall), 2), round(statistics.median(processor), 2)


def main() -> int:
    """Measure, print a line a figure and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=int, help="with embeddings; 0: no search [default: all]")
    parser.add_argument("--broken", action="store_true", help="no postings, a third of the neighbours: must fail")
    options = parser.parse_args()
    line: dict[str, Any] = {"benchmark": "catalogue_speed", "sightings": options.sightings}
    with TemporaryDirectory() as folder, opened(Path(folder) / "kyara.db", write=True) as catalogue:
        line |= ingested(catalogue, Path(folder) / "result", options.sightings)
        line |= queried(catalogue, options.broken)
        line |= exported(catalogue, Path(folder) / "parquet", options.sightings)
        if vectors := options.sightings if options.vectors is None else options.vectors:
            line |= alike(catalogue, vectors, options.broken)
    checks = {
        "ingest_per_s": line["ingest_per_s"] >= GOAL_INGEST_PER_S,
        "query_ms": line["query_ms"] <= GOAL_QUERY_MS,
        "export_per_s": line["export_per_s"] >= GOAL_EXPORT_PER_S,
        "similar_ms": not vectors or line["similar_ms"] <= GOAL_SIMILAR_MS,
        "recall_at_10": not vectors or line["recall_at_10"] >= GOAL_RECALL,
    }
    line |= {"missed": [name for name, met in checks.items() if not met], "broken": options.broken}
    for name, figure in line.items():
        print(f"{name:<20} {figure}")
    print(json.dumps(line | {"passed": not line["missed"]}))
    return 1 if line["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
