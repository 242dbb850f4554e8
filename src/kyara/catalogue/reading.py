"""Samples back out of the catalogue, as the results had them, with a person's decisions in place of the machine's.

`samples` gives records, `tables` the same as Arrow tables of the results' schema, which costs a tenth. What a person
decided has confidence 1 and is carried by "person"; the evidence stays what the machine saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from pyroaring import BitMap
from sqlalchemy import Connection, select

from kyara.catalogue.flattening import Numbers, lengths, single
from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.packing import unpacked
from kyara.catalogue.postings import decisions
from kyara.catalogue.schema import embedding, evidence, place, sample, sighting
from kyara.records import Sample, Sighting, Value
from kyara.results.columns import from_table, to_table
from kyara.results.schema import EMBEDDING, SCHEMA, SIGHTING

AT_ONCE = 4_096  # samples: 10 MB
PERSON = "person"  # who carries a decided value
BEST_LAST = (place.c.sample, place.c.gone_at.is_(None), place.c.source.desc(), place.c.key.desc())  # order of places


def samples(catalogue: Catalogue, sightings: Iterable[int], whole: bool = False) -> Iterator[Sample]:
    """The samples of these sightings in the order they came in, each with the chosen of its sightings, or with all."""
    for table in tables(catalogue, sightings, whole):
        yield from from_table(table)


def tables(catalogue: Catalogue, sightings: Iterable[int], whole: bool = False) -> Iterator[pa.Table]:
    """The same as tables of the results' schema, up to AT_ONCE samples each."""
    chosen = BitMap(sightings)
    with catalogue.reading() as connection:
        owners: list[int] = []
        for some in _chunks(chosen.to_array()):
            rows = select(sighting.c.sample).where(among(connection, sighting.c.number, some))
            owners += connection.execute(rows).scalars()
        for some in _chunks(sorted(set(owners))):
            yield table_of(connection, some, None if whole else chosen)


def numbered(catalogue: Catalogue, numbers: Iterable[int]) -> Iterator[Sample]:
    """The samples with these numbers of their own, whole: those that were skipped have no sighting to be found by."""
    with catalogue.reading() as connection:
        for some in _chunks(sorted(set(numbers))):
            yield from from_table(table_of(connection, some, None))


def _chunks(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield list(numbers[start : start + AT_ONCE])


def table_of(connection: Connection, numbers: Sequence[int], chosen: BitMap | None) -> pa.Table:
    """The samples with these numbers, in order, with the chosen of their sightings or, where None, all."""
    table, owners, own = _as_told(connection, numbers)
    table = _decided(connection, table, owners, own)
    if chosen is None:
        return table
    return with_only(table, np.array([number in chosen for number, _ in own], bool))


def told_table(connection: Connection, numbers: Sequence[int]) -> pa.Table:
    """The same with all of their sightings and the machine's word alone: 20 times as fast where people decided."""
    return _as_told(connection, numbers)[0]


def _as_told(connection: Connection, numbers: Sequence[int]) -> tuple[pa.Table, list[int], Sequence[Any]]:
    """The samples without anybody's decisions, their numbers, and (number, sample) of every sighting in them."""
    there = select(sample).where(among(connection, sample.c.number, numbers)).order_by(sample.c.number)
    rows = connection.execute(there).all()
    at = np.array([(row.block, row.slot) for row in rows], np.int64).reshape(-1, 2)
    kept = blocks_of(connection, at[:, 0], at[:, 1], unpacked)
    places = places_of(connection, numbers)
    columns = {
        "key": pa.array([places[row.number].key for row in rows], pa.string()),
        "uri": pa.array([places[row.number].uri for row in rows], pa.string()),
        "id": pa.array([row.content.partition(":")[0] for row in rows], pa.string()),
        "tags": pa.array([row.tags for row in rows], pa.string()),
        "text": pa.array([row.text for row in rows], pa.string()),
    }
    mine = select(sighting.c.number, sighting.c.sample).where(among(connection, sighting.c.sample, numbers))
    own = connection.execute(mine.order_by(sighting.c.sample, sighting.c.position)).all()
    lists = _with_vectors(connection, single(kept["sightings"]), [number for number, _ in own])
    built = {**{name: kept[name] for name in kept.column_names}, **columns, "sightings": lists}
    for field in SCHEMA:  # a block of an older schema lacks what has come since
        built.setdefault(field.name, pa.nulls(len(rows), field.type))
    table = pa.table([built[name] for name in SCHEMA.names], schema=SCHEMA)
    return table, [row.number for row in rows], own


def blocks_of(connection: Connection, of: Numbers, slots: Numbers, read: Callable[[bytes], pa.Table]) -> pa.Table:
    """What the evidence blocks numbered `of` hold in these slots, in this order, as `read` takes it from a block."""
    wanted, which = np.unique(of, return_inverse=True)
    stored = select(evidence.c.packed).where(among(connection, evidence.c.number, wanted.tolist()))
    blocks = [read(packed) for packed in connection.execute(stored.order_by(evidence.c.number)).scalars()]
    places = np.cumsum([0, *map(len, blocks)])[which] + slots
    whole = pa.concat_tables(blocks, promote_options="default").combine_chunks()
    return whole if len(whole) == len(places) and (np.diff(places) == 1).all() else whole.take(places)


def places_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Any]:
    """Where each sample lies: the first place that is not gone, else the first."""
    rows = select(place.c.sample, place.c.key, place.c.uri).where(among(connection, place.c.sample, numbers))
    return {row.sample: row for row in connection.execute(rows.order_by(*BEST_LAST))}  # the last one stays


def _with_vectors(connection: Connection, lists: pa.ListArray, numbers: Sequence[int]) -> pa.ListArray:
    """The sightings with their embeddings, spaces in the order of their names."""
    held = select(embedding).where(among(connection, embedding.c.sighting, numbers)).order_by(embedding.c.space)
    vectors: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(held):
        vector = np.frombuffer(row.vector, "<f2").astype(np.float32)
        vectors.setdefault(row.sighting, []).append({"space": row.space, "vector": vector})
    embeddings = pa.array([vectors.get(number, []) for number in numbers], pa.list_(EMBEDDING))
    flat = lists.flatten()
    fields = [embeddings if field.name == "embeddings" else flat.field(field.name) for field in SIGHTING]
    ends = np.concatenate([[0], np.cumsum(lengths(lists))])
    return pa.ListArray.from_arrays(
        pa.array(ends, pa.int32()), pa.StructArray.from_arrays(fields, fields=list(SIGHTING))
    )


def with_only(table: pa.Table, mask: Any) -> pa.Table:
    """The table with those of its sightings alone that are true in `mask`."""
    lists = single(table["sightings"])
    ends = np.concatenate([[0], np.cumsum(lengths(lists))])
    kept = pa.array(np.concatenate([[0], np.cumsum(mask)])[ends], pa.int32())
    at = table.column_names.index("sightings")
    return table.set_column(at, table.field(at), pa.ListArray.from_arrays(kept, lists.flatten().filter(pa.array(mask))))


def _decided(connection: Connection, table: pa.Table, owners: Sequence[int], own: Sequence[Any]) -> pa.Table:
    """The table with people's decisions in it; only the rows that have any are made anew."""
    answers = decisions(connection, BitMap([number for number, _ in own]))
    if not answers:
        return table
    of: dict[int, list[int]] = {}
    for number, owner in own:
        of.setdefault(owner, []).append(number)
    decided = {number for number, _ in answers}
    pieces: list[pa.Table] = []
    for i, owner in enumerate(owners):
        numbers = of.get(owner, [])
        piece = table.slice(i, 1)
        if decided.intersection(numbers):
            (one,) = from_table(piece)
            seen = [_answered(s, n, answers) for s, n in zip(one.sightings, numbers, strict=True)]
            piece = to_table([replace(one, sightings=tuple(seen))])
        pieces.append(piece)
    return pa.concat_tables(pieces).combine_chunks()


def _answered(seen: Sighting, number: int, answers: Mapping[tuple[int, str | None], Any]) -> Sighting:
    given = {attribute: answer for (of, attribute), answer in answers.items() if of == number}
    identity = given.pop(None, seen.identity)
    values = [
        _value(value, value.attribute, given.pop(value.attribute)) if value.attribute in given else value
        for value in seen.values
    ]
    values += [_value(None, str(attribute), answer) for attribute, answer in given.items()]
    return replace(seen, identity=identity, values=tuple(value for value in values if value is not None))


def _value(machine: Value | None, attribute: str, labels: Sequence[str]) -> Value | None:
    """A person's answer; None where they say that nothing applies."""
    if not labels:
        return None
    against = machine.carried_by if machine and set(machine.labels) != set(labels) else ()
    return Value(attribute, tuple(labels), 1.0, True, tuple((label, 1.0) for label in labels), (PERSON,), against)
