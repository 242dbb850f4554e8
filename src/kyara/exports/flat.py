"""One row a sighting, one column an attribute: the shape of tables that people and data frames read.

Made from result tables (results/schema.py) column by column, without a Python object a row: a million sightings take
seconds. What was said and by whom is not in it; JSON lines hold that.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kyara.errors import OutputError
from kyara.vocabulary import Attribute, Vocabulary

FLAT_VERSION = 1
_BOX = pa.list_(pa.float64())
OF_SAMPLE = ("key", "id", "uri", "width", "height", "tags", "text")
OF_SIGHTING = ("head", "body", "track", "identity", "caption", "hints")
_FIELDS = [
    *((name, pa.string()) for name in ("key", "id", "uri")),
    *((name, pa.int64()) for name in ("width", "height")),
    *((name, pa.string()) for name in ("tags", "text")),
    ("number", pa.int32()),
    *((name, _BOX) for name in ("head", "body")),
    *((name, pa.string()) for name in ("track", "identity", "caption")),
    ("hints", pa.list_(pa.string())),
]


def flat_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Sample and sighting first, then of every attribute its decided answer (null: undecided) and its confidence."""
    fields = list(_FIELDS)
    for attribute in vocabulary.attributes:
        fields.append((attribute.name, pa.string() if attribute.one_of else pa.list_(pa.string())))
        fields.append((f"{attribute.name}_confidence", pa.float64()))
    facts = {"kyara.flat": str(FLAT_VERSION), "kyara.vocabulary": vocabulary.digest}
    return pa.schema(fields, metadata=facts)


def flattened(table: pa.Table, vocabulary: Vocabulary) -> pa.Table:
    """The sightings of a table of results as a table of `flat_schema`. Samples without a sighting give no row.

    Raises OutputError where a value is of an attribute that the vocabulary lacks.
    """
    samples = table.combine_chunks()
    lists = _whole(samples["sightings"])
    parents, counts = _owners(lists)
    sightings = lists.flatten()
    of_sample = samples.select(OF_SAMPLE).take(pa.array(parents))
    columns = {name: of_sample[name] for name in OF_SAMPLE}
    columns["number"] = pa.array(
        np.arange(len(parents)) - np.repeat(np.cumsum(counts) - counts, counts) + 1, pa.int32()
    )
    columns |= {name: pc.struct_field(sightings, name) for name in OF_SIGHTING}
    columns |= _answers(pc.struct_field(sightings, "values"), vocabulary)
    schema = flat_schema(vocabulary)
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _answers(values: pa.ListArray, vocabulary: Vocabulary) -> dict[str, pa.Array]:
    owners, _ = _owners(values)
    flat = values.flatten()
    encoded = pc.struct_field(flat, "attribute").dictionary_encode()
    names = encoded.dictionary.to_pylist()
    if unknown := [name for name in names if name not in vocabulary]:
        raise OutputError(f"attribute {unknown[0]!r} is not in this vocabulary; pass the one the run had: --vocabulary")
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    decided = pc.struct_field(flat, "decided").to_numpy(zero_copy_only=False)
    labels, confidence = pc.struct_field(flat, "labels"), pc.struct_field(flat, "confidence")
    columns = {}
    for attribute in vocabulary.attributes:
        code = names.index(attribute.name) if attribute.name in names else -1
        rows = np.flatnonzero(codes == code)
        place = np.full(len(values), -1, np.int64)
        place[owners[rows]] = rows
        settled = np.where((place >= 0) & decided[place], place, -1) if len(flat) else place
        columns[attribute.name] = _labels(labels, settled, attribute)
        columns[f"{attribute.name}_confidence"] = confidence.take(_indices(place))
    return columns


def _labels(labels: pa.ListArray, place: NDArray[np.int64], attribute: Attribute) -> pa.Array:
    found = labels.take(_indices(place))
    if not attribute.one_of:
        return found
    first = pc.list_flatten(found)  # a decided one-of answer has one label
    have = pc.list_value_length(found).to_numpy(zero_copy_only=False)
    have = np.nan_to_num(have.astype(np.float64)).astype(np.int64)
    starts = np.cumsum(have) - have
    return first.take(_indices(np.where(have > 0, starts, -1)))


def _indices(place: NDArray[np.int64]) -> pa.Array:
    return pa.array(place, mask=place < 0)


def _owners(lists: pa.ListArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which list each flat item belongs to, and how many items each list has."""
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.repeat(np.arange(len(counts)), counts), counts


def _whole(column: pa.ChunkedArray) -> pa.ListArray:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)
