"""Samples to an Arrow table and back, column by column: building nested rows one by one would cost ten times more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Sized
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kyara.records import (
    Embedding,
    Evidence,
    Moment,
    Note,
    NoteKind,
    Quality,
    Reason,
    Sample,
    Scores,
    Sighting,
    Skip,
    Value,
)
from kyara.results.schema import EMBEDDING, EVIDENCE, MOMENT, NOTE, QUALITY, SCHEMA, SIGHTING, SKIP, VALUE

T = TypeVar("T")


def to_table(samples: Sequence[Sample]) -> pa.Table:
    """The samples as a table of SCHEMA, one row each, in order."""
    columns: dict[str, pa.Array] = {
        name: pa.array(_column(samples, name), SCHEMA.field(name).type)
        for name in ("key", "id", "uri", "width", "height", "tags", "text", "expected")
    }
    columns["moment"] = _struct(MOMENT, [s.moment for s in samples])
    columns["skip"] = _struct(SKIP, [s.skip for s in samples])
    columns["quality"] = _struct(QUALITY, [s.quality for s in samples])
    columns["missed"] = _lists([s.missed for s in samples], lambda missed: _struct(SKIP, missed))
    columns["notes"] = _lists([s.notes for s in samples], lambda notes: _struct(NOTE, notes))
    columns["sightings"] = _lists([s.sightings for s in samples], _sightings)
    return pa.Table.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _sightings(sightings: Sequence[Sighting]) -> pa.Array:
    built = {
        "hints": _strings([s.hints for s in sightings]),
        "tags": _scores([s.tags for s in sightings]),
        "values": _lists([s.values for s in sightings], _values),
        "evidence": _lists([s.evidence for s in sightings], _evidence),
        "embeddings": _lists([s.embeddings for s in sightings], _embeddings),
    }
    return _struct(SIGHTING, sightings, built)


def _values(values: Sequence[Value]) -> pa.Array:
    built = {
        "labels": _strings([v.labels for v in values]),
        "scores": _scores([v.scores for v in values]),
        "carried_by": _strings([v.carried_by for v in values]),
        "against": _strings([v.against for v in values]),
    }
    return _struct(VALUE, values, built)


def _evidence(evidence: Sequence[Evidence]) -> pa.Array:
    built = {"scores": _scores([e.scores for e in evidence]), "span": _strings([e.span for e in evidence])}
    return _struct(EVIDENCE, evidence, built)


def _embeddings(embeddings: Sequence[Embedding]) -> pa.Array:
    vectors = [e.vector for e in embeddings]
    flat = np.concatenate(vectors).astype(np.float32, copy=False) if vectors else np.empty(0, np.float32)
    built = {"vector": pa.ListArray.from_arrays(_offsets(vectors), _numbers(flat, pa.float32()))}
    return _struct(EMBEDDING, embeddings, built)


def _struct(kind: pa.StructType, items: Sequence[Any], built: dict[str, pa.Array] | None = None) -> pa.Array:
    """A struct array from objects by attribute name; a field in `built` is taken from there; None is null."""
    absent = [item is None for item in items]
    if all(absent):
        return pa.nulls(len(items), kind)
    built = built or {}
    fields = []
    for i in range(kind.num_fields):
        field = kind.field(i)
        column = built.get(field.name)
        fields.append(pa.array(_column(items, field.name), field.type) if column is None else column)
    return pa.StructArray.from_arrays(fields, fields=list(kind), mask=pa.array(absent) if any(absent) else None)


def _column(items: Sequence[Any], name: str) -> list[Any]:
    if None in items:
        return [getattr(item, name, None) for item in items]
    return list(map(attrgetter(name), items))


def _lists(items: Sequence[Sequence[T]], build: Callable[[list[T]], pa.Array]) -> pa.Array:
    """A list array; objects that occur many times (shared evidence, say) are built once and taken many times.

    Nothing is not taken: that would import pyarrow.compute, 50 ms of every run.
    """
    flat = list(chain.from_iterable(items))
    ids = list(map(id, flat))
    unique = dict(zip(ids, flat, strict=True))
    if len(unique) * 2 > len(flat) or not flat:
        return pa.ListArray.from_arrays(_offsets(items), build(flat))
    place = dict(zip(unique, range(len(unique)), strict=True))
    indices = pa.array([place[i] for i in ids], pa.int32())
    return pa.ListArray.from_arrays(_offsets(items), build(list(unique.values())).take(indices))


def _strings(items: Sequence[Sequence[str]]) -> pa.Array:
    return pa.ListArray.from_arrays(_offsets(items), pa.array(list(chain.from_iterable(items)), pa.string()))


def _scores(items: Sequence[Scores]) -> pa.Array:
    flat = list(chain.from_iterable(items))
    labels, chances = zip(*flat, strict=True) if flat else ((), ())
    return pa.MapArray.from_arrays(_offsets(items), pa.array(labels, pa.string()), pa.array(chances, pa.float64()))


def _offsets(items: Sequence[Sized]) -> pa.Array:
    offsets = np.zeros(len(items) + 1, np.int32)
    np.cumsum([len(item) for item in items], out=offsets[1:])
    return _numbers(offsets, pa.int32())


def _numbers(array: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """The array's own memory as a column; `pa.array` imports numpy.ma to ask whether it is masked."""
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])


def from_table(table: pa.Table) -> Iterator[Sample]:
    """The samples of a table of SCHEMA (columns left out when reading come back empty)."""
    for row in table.to_pylist():
        yield Sample(
            **{name: row.get(name) for name in ("key", "id", "uri", "width", "height", "tags", "text", "expected")},
            moment=Moment(**row["moment"]) if row.get("moment") else None,
            notes=tuple(Note(NoteKind(n["kind"]), n["detail"]) for n in row.get("notes") or ()),
            sightings=tuple(_sighting(s) for s in row.get("sightings") or ()),
            skip=_skip(row["skip"]) if row.get("skip") else None,
            quality=Quality(**row["quality"]) if row.get("quality") else None,
            missed=tuple(_skip(missed) for missed in row.get("missed") or ()),
        )


def _skip(row: dict[str, Any]) -> Skip:
    return Skip(row["step"], Reason(row["reason"]), row["detail"])


def _sighting(row: dict[str, Any]) -> Sighting:
    return Sighting(
        head=tuple(row["head"]) if row["head"] else None,
        body=tuple(row["body"]) if row["body"] else None,
        track=row["track"],
        evidence=tuple(
            Evidence(e["extractor"], e["version"], e["attribute"], tuple(e["scores"]), tuple(e["span"]))
            for e in row["evidence"]
        ),
        values=tuple(
            Value(
                v["attribute"],
                tuple(v["labels"]),
                v["confidence"],
                v["decided"],
                tuple(v["scores"]),
                tuple(v["carried_by"]),
                tuple(v["against"]),
            )
            for v in row["values"]
        ),
        embeddings=tuple(Embedding(e["space"], np.asarray(e["vector"], np.float32)) for e in row["embeddings"]),
        hints=tuple(row["hints"]),
        identity=row["identity"],
        caption=row["caption"],
        tags=tuple(row["tags"]),
    )
