"""Many sightings as tables of what a flat table needs: export at a million, where reading.py's cost of evidence tells.

Equal to reading.tables but for what is left out. The few samples that a person decided on come from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Column, ColumnElement, Connection, Text, select, type_coerce

from kyara.catalogue.bulk import uncollected
from kyara.catalogue.flattening import Numbers, lengths, single
from kyara.catalogue.kinds import all_read, among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.packing import PLAIN, plain, unpacked_plain
from kyara.catalogue.reading import BEST_LAST, blocks_of, table_of, with_only
from kyara.catalogue.schema import decision, place, sample, sighting

AT_ONCE = 32_768  # samples: 100 MB
_OWN = ("key", "id", "uri", "width", "height", "tags", "text", "sightings")


def plain_tables(catalogue: Catalogue, sightings: Iterable[int]) -> Iterator[pa.Table]:
    """Tables of up to AT_ONCE samples with the chosen of their sightings: as reading.tables, but in `sightings` only
    boxes, track, identity, caption, hints and values, of these attribute, labels, confidence and decided."""
    chosen = BitMap(sightings)
    with catalogue.reading() as connection:
        with uncollected():
            numbers, owners = _owned(connection, chosen)
        decided = _decided_on(connection, chosen)
        samples, starts = np.unique(owners, return_index=True)
        for start in range(0, len(samples), AT_ONCE):
            end = start + AT_ONCE
            mine = numbers[starts[start] : starts[end] if end < len(starts) else len(numbers)]
            with uncollected():
                table = _table(connection, samples[start:end], mine, decided)
            yield table


def _owned(connection: Connection, chosen: BitMap) -> tuple[Numbers, Numbers]:
    """The chosen sightings that are there and the samples they are of, in the order of the latter."""
    pieces = [np.empty((0, 2), np.int64)]
    numbers = chosen.to_array()
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        rows = select(sighting.c.number, sighting.c.sample).where(among(connection, sighting.c.number, some))
        pairs = [tuple(row) for row in connection.execute(rows).all()]  # numpy takes 70 µs for a row of SQLAlchemy's
        pieces.append(np.array(pairs, np.int64).reshape(-1, 2))
    whole = np.concatenate(pieces)
    ordered = whole[np.argsort(whole[:, 1], kind="stable")]
    return ordered[:, 0], ordered[:, 1]


def _decided_on(connection: Connection, chosen: BitMap) -> NDArray[np.int64]:
    """The samples of those that a person's live decision stands for."""
    rows = select(decision.c.sighting).where(decision.c.undone_at.is_(None), decision.c.sighting.is_not(None))
    reviewed = chosen & BitMap(connection.execute(rows).scalars())
    owners = select(sighting.c.sample).where(among(connection, sighting.c.number, reviewed))
    return np.unique(np.array(connection.execute(owners).scalars().all(), np.int64))


def _table(connection: Connection, samples: Numbers, chosen: Numbers, decided: Numbers) -> pa.Table:
    asked = select(sample.c.block, sample.c.slot, *map(_as_stored, (sample.c.content, sample.c.tags, sample.c.text)))
    rows = connection.execute(
        asked.where(among(connection, sample.c.number, samples.tolist())).order_by(sample.c.number)
    ).all()
    block, slot, content, tags, text = zip(*rows, strict=True)
    key, uri = _places(connection, samples)
    kept = blocks_of(connection, np.array(block), np.array(slot), unpacked_plain)
    columns = {
        "key": key,
        "id": pc.list_element(pc.split_pattern(pa.array(content, pa.string()), ":", max_splits=1), 0),
        "uri": uri,
        "tags": all_read(pa.array(tags, pa.string())),
        "text": all_read(pa.array(text, pa.string())),
        **{name: single(kept[name]) for name in PLAIN},
    }
    table = pa.table({name: columns[name] for name in _OWN})
    if sum(lengths(columns["sightings"])) > len(chosen):
        own = select(sighting.c.number).where(among(connection, sighting.c.sample, samples.tolist()))
        ordered = connection.execute(own.order_by(sighting.c.sample, sighting.c.position)).scalars().all()
        table = with_only(table, np.isin(ordered, chosen))
    mine = np.isin(samples, decided)
    if not mine.any():
        return table
    told = table_of(connection, samples[mine].tolist(), BitMap(chosen))
    told = told.select(_OWN[:-1]).append_column("sightings", plain(single(told["sightings"])))
    order = np.arange(len(table))
    order[mine] = len(table) + np.arange(len(told))
    return pa.concat_tables([table, told]).take(order)


def _places(connection: Connection, samples: Numbers) -> tuple[pa.Array, pa.Array]:
    """Key and uri of the best place of each sample."""
    asked = select(place.c.sample, *map(_as_stored, (place.c.key, place.c.uri)))
    rows = connection.execute(asked.where(among(connection, place.c.sample, samples.tolist())).order_by(*BEST_LAST))
    owners, keys, uris = zip(*rows.all(), strict=True)
    last = pa.array(np.append(np.flatnonzero(np.diff(owners)), len(owners) - 1))
    return all_read(pa.array(keys, pa.string()).take(last)), all_read(pa.array(uris, pa.string()).take(last))


def _as_stored(column: Column[str]) -> ColumnElement[str]:
    """Words without a Python call for each, which would be a third of an export."""
    return type_coerce(column, Text())
