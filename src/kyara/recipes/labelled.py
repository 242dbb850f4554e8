"""A table of labelled samples: its rows as truths, and its samples, once described, as examples.

The table is read twice: by the source that any run reads it with, and here for its labels. The number of a row, with
which every key of a table ends, brings the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import orjson
import pyarrow.parquet as pq

from kyara.errors import SourceError
from kyara.evaluation.labels import NESTED, Labels, Row, Truth, read_labels
from kyara.flow import Source
from kyara.fuse.examples import About, Example
from kyara.records import Sample, Sighting
from kyara.sources import places
from kyara.sources.delimited import Delimited, parsed
from kyara.sources.document import RowsSource
from kyara.sources.fields import UnusableError
from kyara.sources.jsonl import JsonLines
from kyara.sources.parquet import ParquetSource
from kyara.sources.rows import RowSource, lines
from kyara.vocabulary import Vocabulary, plain_name

Rows = Iterator[tuple[int, Row | str]]


def labels_of(source: Source, vocabulary: Vocabulary) -> Labels:
    """The true labels in a table. Raises SourceError for what is no table, or one without an attribute, and
    VocabularyError naming row and label where one is unknown."""
    return read_labels(_rows(source, vocabulary), vocabulary, source.name)


def _rows(source: Source, vocabulary: Vocabulary) -> Rows:
    if isinstance(source, RowSource) and isinstance(source.form, JsonLines):
        return _json_rows(source)
    if isinstance(source, RowSource) and isinstance(source.form, Delimited):
        return _delimited_rows(source, source.form)
    if isinstance(source, ParquetSource):
        return _parquet_rows(source, vocabulary)
    if isinstance(source, RowsSource):
        return enumerate((row if isinstance(row, dict) else "not an object" for row in source.rows), 1)
    raise SourceError(f"{source.name}: is no table with labels; give a .jsonl, .csv, .tsv, .parquet or .json")


def _json_rows(source: RowSource) -> Rows:
    with places.opened(source.path) as file:
        file.seek(source.start)
        for number, raw in enumerate(lines(file), source.line):
            if raw.isspace():
                continue
            try:
                row = orjson.loads(raw)
            except orjson.JSONDecodeError as error:
                yield number, f"not valid JSON: {error}"
            else:
                yield number, row if isinstance(row, dict) else "not an object"


def _delimited_rows(source: RowSource, form: Delimited) -> Rows:
    with places.opened(source.path) as file:
        file.seek(source.start)
        for last, fields in parsed(lines(file), form.separator, []):
            number = source.line + last - 1
            if isinstance(fields, UnusableError):
                yield number, str(fields)
            elif fields and len(fields) != len(form.header):
                yield number, f"{len(fields)} fields; the header has {len(form.header)}; is a quote missing?"
            elif fields:
                yield number, dict(zip(form.header, fields, strict=True))


def _parquet_rows(source: ParquetSource, vocabulary: Vocabulary) -> Rows:
    """Without the columns that hold pictures."""
    with places.opened(source.path) as file:
        table = pq.ParquetFile(file)
        names = [name for name in table.schema_arrow.names if name == NESTED or plain_name(name) in vocabulary]
        names = names or [name for name in table.schema_arrow.names if name != source.pictures]
        yield from enumerate((row for batch in table.iter_batches(columns=names) for row in batch.to_pylist()), 1)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Examples with what did not become one: `skipped` samples with labels, by reason; `unlabelled` ones; `faults` in
    rows, by their number. `several` counts samples with one truth and more characters, whose largest was taken."""

    examples: tuple[Example, ...]
    skipped: Counter[str]
    unlabelled: int
    faults: dict[int, str]
    several: int


def examples_of(samples: Iterable[Sample], labels: Labels) -> Labelled:
    """Described samples of a table with their truths. The key of an example stands for content: what is there twice is
    one sample to a bootstrap. Truths of several characters go to its sightings in their order."""
    examples, skipped = list[Example](), Counter[str]()
    unlabelled = several = 0
    for sample in samples:
        number = int(sample.key.rpartition("#")[2])
        truths = labels.truths.get(number, ())
        if number in labels.faults:
            continue
        if not any(truths):
            unlabelled += 1
        elif sample.skip is not None:
            skipped[sample.skip.reason.value] += 1
        else:
            several += len(truths) == 1 < len(sample.sightings)
            examples += _examples(sample, truths)
    return Labelled(tuple(examples), skipped, unlabelled, labels.faults, several)


def _examples(sample: Sample, truths: Sequence[Truth]) -> Iterator[Example]:
    seen = [_main(sample.sightings)] if len(truths) == 1 and sample.sightings else sample.sightings
    about = About.of(sample)
    key = sample.id if sample.width else f"{sample.id} {sample.tags}"  # without a picture the id is that of the text
    for truth, sighting in zip_longest(truths, seen[: len(truths)]):
        yield Example(key, sighting.evidence if sighting is not None else (), about, truth)


def _main(sightings: Sequence[Sighting]) -> Sighting:
    """The one with the largest box; the first where there are none."""
    return max(sightings, key=lambda one: _area(one.body) or _area(one.head))


def _area(box: tuple[float, float, float, float] | None) -> float:
    return (box[2] - box[0]) * (box[3] - box[1]) if box else 0.0


def lightened(sample: Sample) -> Sample:
    """Without what no judge looks at and takes room: vectors, raw tags, values."""
    sightings = tuple(replace(one, embeddings=(), tags=(), values=()) for one in sample.sightings)
    return replace(sample, sightings=sightings)
