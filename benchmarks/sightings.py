"""Synthetic results for what is about size: as many described pictures as asked for, in a result folder.

A few thousand samples are made one by one; the rest are these again under other keys and ids, in another order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kyara.records import Evidence, Sample, Sighting, Value, ranked
from kyara.results.columns import to_table
from kyara.results.folder import ResultFolder, counts
from kyara.results.schema import REPEATING
from kyara.vocabulary import Attribute, load_vocabulary

SHARD = 5_000  # samples, each with one sighting
MADE = 2  # shards' worth of samples that differ


def write_result(path: Path, count: int, seed: int = 0) -> None:
    """A result folder of `count` samples with one sighting each, of some eight values."""
    folder = ResultFolder(path)
    folder.claim({"source": "/pictures", "extractors": {"tags": "synthetic"}})
    samples = [list(_samples(SHARD, seed + number)) for number in range(MADE)]
    tables, tallies = [to_table(some) for some in samples], [counts(some) for some in samples]
    random = np.random.default_rng(seed)
    for shard, start in enumerate(range(0, count, SHARD)):
        size = min(SHARD, count - start)
        table = tables[shard % MADE].take(pa.array(random.permutation(SHARD)[:size]))
        keys = [f"{number // 1000:04d}/{number:07d}.jpg" for number in range(start, start + size)]
        named = {
            "key": pa.array(keys),
            "id": pa.array([hashlib.sha256(key.encode()).hexdigest() for key in keys]),
            "uri": pa.array([f"file:///pictures/{key}" for key in keys]),
        }
        for name, column in named.items():
            table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
        pq.write_table(table, folder.part(shard), compression="zstd", use_dictionary=REPEATING)
        files = {f"parts/{shard:05d}.parquet": folder.part(shard).stat().st_size}
        mark = {"fingerprint": str(shard), "files": files, **tallies[shard % MADE], "samples": size, "sightings": size}
        (path / "done" / f"{shard:05d}.json").write_text(json.dumps(mark))
        folder.ledger.add("shard", shard=shard, samples=size, seconds=1.0)
    folder.close()


def _samples(count: int, seed: int) -> Iterator[Sample]:
    random = np.random.default_rng(seed)
    vocabulary = load_vocabulary()
    for number in range(count):
        values, evidence, tags = [], [], ["1girl"]
        for attribute in vocabulary.attributes:
            if random.random() < 0.75:
                value, said = _value(attribute, random)
                values.append(value)
                evidence.append(said)
                tags += said.span
        hints = (f"character_{int(random.zipf(1.5)) % 5000}",) if random.random() < 0.3 else ()
        sighting = Sighting((12.0, 8.0, 96.0, 90.5), None, None, tuple(evidence), tuple(values), hints=hints)
        yield Sample(str(number), str(number), "", 850, 1200, ", ".join(tags), sightings=(sighting,))


def _value(attribute: Attribute, random: np.random.Generator) -> tuple[Value, Evidence]:
    """The first labels of an attribute are the commonest, as in life; confidences lean towards 1."""
    names = attribute.label_names
    bounds = np.cumsum(1 / np.arange(1, len(names) + 1))
    several = 1 if attribute.one_of else 1 + int(random.random() < 0.4)
    labels = set(np.searchsorted(bounds, random.random(several) * bounds[-1]).tolist())
    sure = round(float(random.beta(5, 1.2)), 4)
    scores = ranked({names[label]: sure for label in labels})
    chosen = tuple(name for name, _ in scores)
    span = tuple(name.replace("_", " ") for name in chosen)
    said = Evidence("tags", "1234abcd", attribute.name, scores, span)
    return Value(attribute.name, chosen, sure, sure >= 0.5, scores, ("tags",)), said
