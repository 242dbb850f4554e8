"""Tables as files: JSON lines of whole samples, and sightings as CSV or as a folder of Parquet.

Parquet is checked against its schema when it is written and when it is read back. Knows no catalogue and no pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from kyara.errors import OutputError
from kyara.exports.flat import FLAT_VERSION, flat_schema
from kyara.records import Sample
from kyara.results.rows import to_row
from kyara.vocabulary import Vocabulary

ROWS_A_FILE, ROWS_A_GROUP = 1_000_000, 100_000
JOINT = "; "  # between the labels of one CSV cell


def write_jsonl(samples: Iterable[Sample], path: Path) -> int:
    """One JSON object a sample (docs/results.md describes it), with all evidence; returns how many."""
    count = 0
    with path.open("wb") as file:
        for sample in samples:
            file.write(orjson.dumps(to_row(sample)) + b"\n")
            count += 1
    return count


def write_csv(tables: Iterable[pa.Table], path: Path, vocabulary: Vocabulary) -> int:
    """Flat tables as one CSV with a header; several labels or box corners share a cell. Returns how many rows."""
    count, schema = 0, _celled(flat_schema(vocabulary).empty_table()).schema
    with pa.csv.CSVWriter(path, schema) as writer:
        for table in tables:
            writer.write_table(_celled(table))
            count += table.num_rows
    return count


def _celled(table: pa.Table) -> pa.Table:
    columns = [_cell(column) if pa.types.is_list(column.type) else column for column in table.columns]
    return pa.table(columns, table.column_names)


def _cell(column: pa.ChunkedArray) -> pa.ChunkedArray:
    words = column.cast(pa.list_(pa.string())) if column.type.value_type != pa.string() else column
    return pc.binary_join(words, JOINT)


def write_parquet(tables: Iterable[pa.Table], folder: Path, vocabulary: Vocabulary, by: str | None = None) -> int:
    """Flat tables as `part-0.parquet` … (zstd), with `by` in a folder for each answer of it: `hair_color=pink/`.

    Returns how many rows. Raises OutputError where a table has another schema.
    """
    from pyarrow import dataset  # brings pandas where that is installed: 0.3 s at every start

    schema, rows = flat_schema(vocabulary), [0]
    if by is not None and (by not in vocabulary or not vocabulary[by].one_of):
        known = ", ".join(attribute.name for attribute in vocabulary.attributes if attribute.one_of)
        raise OutputError(f"{by!r} is no attribute to divide by; choose one with a single answer: {known}")

    def batches() -> Iterator[pa.RecordBatch]:
        for table in tables:
            _check(table.schema, schema, "the table to write")
            rows[0] += table.num_rows
            yield from table.to_batches()

    dataset.write_dataset(
        pa.RecordBatchReader.from_batches(schema, batches()),
        folder,
        format="parquet",
        file_options=dataset.ParquetFileFormat().make_write_options(compression="zstd"),
        basename_template="part-{i}.parquet",
        partitioning=_hive(schema, by),
        max_rows_per_file=ROWS_A_FILE,
        max_rows_per_group=ROWS_A_GROUP,
        existing_data_behavior="overwrite_or_ignore",
        preserve_order=True,
    )
    return rows[0]


def read_parquet(folder: Path, vocabulary: Vocabulary) -> pa.Table:
    """The table `write_parquet` wrote. Raises OutputError where it is none, or of another version or vocabulary."""
    from pyarrow import dataset

    files = sorted(folder.rglob("part-*.parquet"))
    if not files:
        raise OutputError(f"{folder} holds no part-*.parquet; expected a folder of kyara export parquet")
    by = next((path.name.partition("=")[0] for path in folder.glob("*=*")), None)
    schema = flat_schema(vocabulary)
    own = pa.schema([field for field in schema if field.name != by], schema.metadata)
    for file in files:
        _check(pq.read_schema(file), own, str(file))
    return dataset.dataset(folder, schema, format="parquet", partitioning=_hive(schema, by)).to_table()


def _hive(schema: pa.Schema, by: str | None) -> Any:
    from pyarrow import dataset

    return dataset.partitioning(pa.schema([schema.field(by)]), flavor="hive") if by else None


def _check(found: pa.Schema, expected: pa.Schema, what: str) -> None:
    version = (found.metadata or {}).get(b"kyara.flat", b"none").decode()
    if version != str(FLAT_VERSION):
        raise OutputError(f"{what} has flat schema {version}, expected {FLAT_VERSION}; export anew")
    for field in expected:
        if field.name not in found.names or found.field(field.name).type != field.type:
            there = found.field(field.name).type if field.name in found.names else "not there"
            raise OutputError(f"{what}: column {field.name!r} is {there}, expected {field.type}; export anew")
