"""Hugging Face `datasets` as sources: by hub id, from disk, streamed, or as an object; and Kyara for their users.

`hub:USER/NAME[/CONFIG][@REVISION][#SPLIT]` is downloaded into the cache of `datasets`, `stream:…` is read as it comes.
`map_dataset` adds what Kyara finds as a column. Needs the extra [hub]; it is loaded when somebody asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from kyara.errors import SourceError
from kyara.extras import need
from kyara.flow import Input, Shard, Source
from kyara.records import Sample, Sighting
from kyara.sources import files, places
from kyara.sources.fields import Columns, Row
from kyara.sources.prose import split
from kyara.sources.table import Reading, chosen

PREFIXES = {"hub:": False, "stream:": True}  # whether it is streamed
LARGEST_STREAMED_BYTES = 1 << 28  # of one shard's pictures, which are in memory until it is done
WEBDATASET = "__key__"  # a column of what `datasets` made of tars: the others are called by the endings of files
_MAPPED_AT_ONCE = 256  # rows; their pictures are in memory
_SPEC = re.compile(r"(?P<name>[^@#]+)(?:@(?P<revision>[^#]+))?(?:#(?P<split>.+))?")


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """A `datasets.Dataset`: rows are read when they are asked for. `labels` are the names of its ClassLabel columns."""

    name: str
    dataset: Any
    reading: Reading
    labels: Mapping[str, tuple[str, ...]]

    def shards(self, size: int) -> Iterator[Shard]:
        total = len(self.dataset)
        for index, start in enumerate(range(0, total, size)):
            taken = range(start, min(start + size, total))
            # `datasets` keeps this digest of the rows and of all that was done to them
            parts = (self.dataset._fingerprint, repr(self.reading.columns), repr(taken))
            inputs = partial(_inputs, self.reading, self.labels, self.dataset.select(taken), start)
            yield Shard(index, files.digest(part.encode() for part in parts), len(taken), inputs)

    def count(self) -> int:
        return len(self.dataset)


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A `datasets.IterableDataset`: a shard is in memory once it is cut, so it is short where pictures are large."""

    name: str
    dataset: Any
    reading: Reading
    labels: Mapping[str, tuple[str, ...]]

    def shards(self, size: int) -> Iterator[Shard]:
        rows, start, index = iter(self.dataset), 0, 0
        while taken := list(_some(rows, size)):
            marks = chain((repr((self.reading.columns, start)).encode(),), chain.from_iterable(map(_marks, taken)))
            inputs = partial(_inputs, self.reading, self.labels, taken, start)
            yield Shard(index, files.digest(marks), len(taken), inputs)
            start, index = start + len(taken), index + 1

    def count(self) -> int | None:
        return None


def _some(rows: Iterator[Row], size: int) -> Iterator[Row]:
    weight = 0
    for row in islice(rows, size):
        yield row
        weight += sum(len(value.get("bytes") or b"") for value in row.values() if isinstance(value, dict))
        if weight >= LARGEST_STREAMED_BYTES:
            return


def _marks(row: Row) -> Iterator[bytes]:
    """All of a row; pictures as they are, for to write them out would take longer than to hash them."""
    for name, value in row.items():
        picture = value.get("bytes") if isinstance(value, dict) else None
        yield name.encode()
        yield picture if isinstance(picture, bytes) else repr(value).encode("utf-8", "backslashreplace")


def _inputs(reading: Reading, labels: Mapping[str, tuple[str, ...]], rows: Any, start: int) -> Iterator[Input]:
    for number, row in enumerate(rows, start + 1):
        yield reading.read(number, _plain(row, labels))


def _plain(row: Row, labels: Mapping[str, tuple[str, ...]]) -> Row:
    """The row with class numbers as the names they stand for; of a tar, what its files say under our own names."""
    plain = {name: labels[name][value] if name in labels and isinstance(value, int) else value
             for name, value in row.items()}  # fmt: skip
    if WEBDATASET not in row:
        return plain
    caption = row.get("txt") or row.get("caption")
    tags, text = split(caption) if isinstance(caption, str) else (None, None)
    said = row.get("json")
    pictures = (value for value in row.values() if isinstance(value, dict) and "bytes" in value)
    own = {"key": row[WEBDATASET], "image": next(pictures, None), "tags": tags, "text": text}
    return {**(said if isinstance(said, dict) else {}), **{name: value for name, value in own.items() if value}}


def is_hub(spec: str) -> bool:
    return spec.startswith(tuple(PREFIXES))


def dataset_source(dataset: Any, columns: Mapping[str, str] | None = None, name: str = "dataset") -> Source:
    """A `datasets.Dataset` or `IterableDataset` as a source; `columns` as for a table.

    The picture is in the column so named, else in the first of type Image. Tars that `datasets` has read are read as
    tars are here. Raises SourceError for what has no column to read, or is a dictionary of splits.
    """
    need("datasets", "a Hugging Face dataset")
    from datasets import ClassLabel, Dataset, Image

    if isinstance(dataset, dict):
        raise SourceError(f"{name}: holds the splits {', '.join(dataset)}; give one of them")
    features = _features(dataset)
    pictures = [column for column, feature in features.items() if isinstance(feature, Image)]
    for column in pictures:  # as bytes: the pixels are decoded where they are looked at
        dataset = dataset.cast_column(column, Image(decode=False))
    labels = {column: tuple(f.names) for column, f in features.items() if isinstance(f, ClassLabel)}
    there = [*features, *(("image", "tags", "text", "key") if WEBDATASET in features else ())]
    named = dict(columns or {})
    if pictures and not any(column in there for column in Columns().image):
        named.setdefault("image", pictures[0])
    reading = Reading(chosen(named, there, name), "", f"datasets:{name}")
    return (DatasetSource if isinstance(dataset, Dataset) else StreamSource)(name, dataset, reading, labels)


def _features(dataset: Any) -> Any:
    """A stream may not know its features before it has read some rows."""
    return dataset.features or dataset._resolve_features().features


def open_hub(spec: str, columns: Mapping[str, str]) -> Source:
    """`hub:USER/NAME[/CONFIG][@REVISION][#SPLIT]` or `stream:…`; the split is `train` where none is named.

    Raises SourceError with what the hub says.
    """
    need("datasets", spec)
    from datasets import load_dataset

    prefix, _, rest = spec.partition(":")
    parts = _SPEC.fullmatch(rest)
    if parts is None:
        raise SourceError(
            f"{spec}: names no dataset; write hub:USER/NAME, and @REVISION and #SPLIT where you want them"
        )
    name, config = parts["name"], None
    if name.count("/") == 2 and not name.startswith((".", "/")):
        name, _, config = name.rpartition("/")
    try:
        dataset = load_dataset(
            name, config, revision=parts["revision"], split=parts["split"] or "train", streaming=PREFIXES[f"{prefix}:"]
        )
    except Exception as error:  # of the hub's client, of pyarrow, of `datasets` itself
        said = " ".join(str(error).split())[:300]
        raise SourceError(f"{spec}: {type(error).__name__}: {said}; check name, revision, split and network") from error
    return dataset_source(dataset, columns, spec)


def open_saved(folder: str, columns: Mapping[str, str]) -> Source:
    """What `Dataset.save_to_disk` wrote. Raises SourceError."""
    need("datasets", folder)
    from datasets import load_from_disk

    try:
        return dataset_source(load_from_disk(folder), columns, places.place(folder))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{places.place(folder)}: cannot be read as a saved dataset: {error}; save it again"
        ) from error


def map_dataset(
    dataset: Any, num_proc: int | None = None, columns: Mapping[str, str] | None = None, **settings: Any
) -> Any:
    """The dataset with a column `kyara`: for each row the sightings with their values, or why there is none.

    `dataset` is a `Dataset`, an `IterableDataset` or a dictionary of them; `settings` are those of `kyara.extract`.
    `datasets` keeps the result: the same rows with the same settings and the same Kyara are not described again.
    Raises SourceError, SettingsError.
    """
    if isinstance(dataset, dict):
        return type(dataset)({split: map_dataset(one, num_proc, columns, **settings) for split, one in dataset.items()})
    source = dataset_source(dataset, columns)
    assert isinstance(source, DatasetSource | StreamSource)
    from datasets import Features, Value

    from kyara import describe_as  # the front door: a source knows no recipe

    attribute = {"attribute": Value("string"), "labels": [Value("string")]}
    attribute |= {"confidence": Value("float64"), "decided": Value("bool")}
    sighting = {"head": [Value("float64")], "body": [Value("float64")], "hints": [Value("string")]}
    sighting |= {"identity": Value("string"), "attributes": [attribute]}
    found = {"id": Value("string"), "skip": Value("string"), "sightings": [sighting]}
    described = partial(_described, source.reading, source.labels, describe_as(**settings))
    options = {} if num_proc is None else {"num_proc": num_proc}
    return source.dataset.map(
        described,
        with_indices=True,
        batched=True,
        batch_size=_MAPPED_AT_ONCE,
        features=Features({**_features(dataset), "kyara": found}),
        **options,
    )


def _described(
    reading: Reading,
    labels: Mapping[str, tuple[str, ...]],
    describe: Callable[[Sequence[Input]], list[Sample]],
    batch: Mapping[str, list[object]],
    numbers: list[int],
) -> dict[str, list[object]]:
    rows = [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]
    inputs = [reading.read(number + 1, _plain(row, labels)) for number, row in zip(numbers, rows, strict=True)]
    return {"kyara": [_column(sample) for sample in describe(inputs)]}


def _column(sample: Sample) -> dict[str, object]:
    skip = sample.skip and f"{sample.skip.reason}: {sample.skip.detail}"
    return {"id": sample.id, "skip": skip, "sightings": [_sighting(sighting) for sighting in sample.sightings]}


def _sighting(sighting: Sighting) -> dict[str, object]:
    attributes = [
        {"attribute": v.attribute, "labels": list(v.labels), "confidence": v.confidence, "decided": v.decided}
        for v in sighting.values
    ]
    boxes = {"head": sighting.head, "body": sighting.body}
    return {**boxes, "hints": list(sighting.hints), "identity": sighting.identity, "attributes": attributes}
