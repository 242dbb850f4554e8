"""Exact duplicates over a whole result: a collection step that writes a decision table and deletes nothing.

Two samples are duplicates when their content id is the same; their sidecars, and so their values, may differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

SCHEMA = pa.schema([("id", pa.string()), ("key", pa.string()), ("first_key", pa.string())])


def find_duplicates(parts: Sequence[Path]) -> pa.Table:
    """One row for every sample whose content came before: its id, its key, and the key of the first one.

    Two passes, so that memory stays at 8 bytes a sample: short hashes of all ids, then the full ids of candidates.
    """
    hashes = [_short_hashes(part) for part in parts]
    repeated = _repeated(np.concatenate(hashes)) if hashes else np.empty(0, np.uint64)
    first: dict[str, str] = {}
    rows: list[tuple[str, str, str]] = []
    for part, short in zip(parts, hashes, strict=True):
        places = np.flatnonzero(np.isin(short, repeated))
        if not places.size:
            continue
        table = _read(part, "id", "key").take(places)
        for content, key in zip(table["id"].to_pylist(), table["key"].to_pylist(), strict=True):
            if first.setdefault(content, key) != key:
                rows.append((content, key, first[content]))
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(SCHEMA))]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _short_hashes(part: Path) -> NDArray[np.uint64]:
    """The first 64 bits of every id."""
    ids = _read(part, "id")["id"].to_pylist()  # cut here: pyarrow.compute is 8 MB of every run
    return np.frombuffer(bytes.fromhex("".join([content[:16] for content in ids])), ">u8").astype(np.uint64)


def _read(part: Path, *columns: str) -> pa.Table:
    with pq.ParquetFile(part) as file:  # `read_table` would load the half of Arrow that is for whole data sets
        return file.read(list(columns))


def _repeated(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each of those that come more than once, sorted. (`np.unique` would import numpy.ma: 13 ms of every run.)"""
    ordered = np.sort(hashes)
    again = ordered[1:] == ordered[:-1]
    starts: NDArray[np.bool_] = again & ~np.append(False, again[:-1])
    return ordered[1:][starts]
