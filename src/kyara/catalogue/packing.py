"""Rows of a result in blocks: Arrow's own format under zstd, so that every number comes back as it was.

A block is two Arrow streams in one frame: what a flat table needs, which is read without unpacking what follows, and
the rest. Each says its own schema. What the catalogue keeps elsewhere (place, tags, text, vectors) is in neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from kyara.catalogue.flattening import Numbers, lengths, single
from kyara.results.schema import SIGHTING, VALUE

ROWS = 128  # to a block: one is read in 2 ms, and zstd has enough to find repetitions in
ELSEWHERE = ("key", "id", "uri", "tags", "text")
PLAIN = ("width", "height", "sightings")  # of a sample, in the first stream
_PLAIN_SIGHTING = ("head", "body", "track", "identity", "caption", "hints", "values")
_PLAIN_VALUE = ("attribute", "labels", "confidence", "decided")
_LATER_SIGHTING = ("tags", "evidence", "values")
_LATER_VALUE = ("scores", "carried_by", "against")


def packed(rows: pa.Table) -> Iterator[bytes]:
    """The rows as blocks of ROWS, the last one shorter."""
    lists = single(rows["sightings"])
    first = rows.select(PLAIN[:-1]).append_column("sightings", plain(lists)).combine_chunks()
    later = rows.drop_columns([*ELSEWHERE, *PLAIN]).combine_chunks()
    later = later.append_column("sightings", _narrowed(lists, _LATER_SIGHTING, _LATER_VALUE))
    zstd = pa.Codec("zstd")
    for start in range(0, len(rows), ROWS):
        sink = pa.BufferOutputStream()
        for table in (first, later):
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table.slice(start, ROWS))
        yield zstd.compress(sink.getvalue(), asbytes=True)


def unpacked(block: bytes) -> pa.Table:
    """The rows of a block, as `packed` was given them but for what is kept elsewhere."""
    with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as stream:
        first, later = (pa.ipc.open_stream(stream).read_all() for _ in range(2))
    lists = single(first["sightings"])
    columns = {name: first[name] for name in PLAIN[:-1]} | {name: later[name] for name in later.column_names}
    return pa.table({**columns, "sightings": _joined(lists, single(later["sightings"]))})


def unpacked_plain(block: bytes) -> pa.Table:
    """PLAIN alone of the rows of a block."""
    with pa.CompressedInputStream(pa.BufferReader(block), "zstd") as stream:
        return pa.ipc.open_stream(stream).read_all()


def plain(lists: pa.ListArray) -> pa.ListArray:
    """Sightings with what a flat table needs of them."""
    return _narrowed(lists, _PLAIN_SIGHTING, _PLAIN_VALUE)


def _narrowed(lists: pa.ListArray, of_sighting: Sequence[str], of_value: Sequence[str]) -> pa.ListArray:
    """Sightings with some of their fields, and some of those of their values."""
    sightings = lists.flatten()
    values = sightings.field("values")
    told = {name: sightings.field(name) for name in of_sighting}
    told["values"] = _listed(lengths(values), _struct({name: values.flatten().field(name) for name in of_value}, VALUE))
    return _listed(lengths(lists), _struct(told, SIGHTING))


def _joined(first: pa.ListArray, later: pa.ListArray) -> pa.ListArray:
    """Two narrowed lists as the one that they were."""
    told = _fields(first.flatten()) | _fields(later.flatten())
    values = [lists.flatten().field("values") for lists in (first, later)]
    both = _fields(values[0].flatten()) | _fields(values[1].flatten())
    told["values"] = _listed(lengths(values[0]), _struct(both, VALUE))
    return _listed(lengths(first), _struct(told, SIGHTING))


def _listed(counts: Numbers, items: pa.Array) -> pa.ListArray:
    """Lists of so many items each."""
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32()), items)


def _fields(structs: pa.StructArray) -> dict[str, pa.Array]:
    return {field.name: structs.field(field.name) for field in structs.type}


def _struct(columns: Mapping[str, pa.Array], kind: pa.StructType) -> pa.StructArray:
    """The columns in the order of `kind`, with their own types."""
    named = [field.name for field in kind if field.name in columns]
    return pa.StructArray.from_arrays([columns[name] for name in named], names=named)
