"""Rows of a result in blocks: Arrow's own format under zstd, so that every number comes back as it was.

A block says its own schema. What the catalogue keeps elsewhere (place, tags, text, vectors) is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from kyara.catalogue.flattening import lengths, single
from kyara.results.schema import SIGHTING

ROWS = 128  # to a block: one is read in 2 ms, and zstd has enough to find repetitions in
ELSEWHERE = ("key", "id", "uri", "tags", "text")
_KEPT = [SIGHTING.field(i) for i in range(SIGHTING.num_fields) if SIGHTING.field(i).name != "embeddings"]


def packed(rows: pa.Table) -> Iterator[bytes]:
    """The rows as blocks of ROWS, the last one shorter."""
    lists = single(rows["sightings"])
    flat = lists.flatten()
    bare = pa.StructArray.from_arrays([flat.field(field.name) for field in _KEPT], fields=_KEPT)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths(lists))]), pa.int32())
    kept = rows.drop_columns([*ELSEWHERE, "sightings"]).combine_chunks()
    kept = kept.append_column("sightings", pa.ListArray.from_arrays(offsets, bare))
    for start in range(0, len(kept), ROWS):
        sink = pa.BufferOutputStream()
        with (
            pa.CompressedOutputStream(sink, "zstd") as compressed,
            pa.ipc.new_stream(compressed, kept.schema) as stream,
        ):
            stream.write_table(kept.slice(start, ROWS))
        yield sink.getvalue().to_pybytes()


def unpacked(block: bytes) -> pa.Table:
    """The rows of a block, as `packed` was given them but for what is kept elsewhere."""
    with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as stream:
        return pa.ipc.open_stream(stream).read_all()
