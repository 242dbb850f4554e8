"""Many sightings as tables of what a flat table needs: export at a million, where reading.py's cost of evidence tells.

Equal to reading.tables but for what is left out. The few samples that a person decided on come from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection, select

from kyara.catalogue.flattening import Numbers, lengths, single
from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.packing import PLAIN, plain, unpacked_plain
from kyara.catalogue.reading import blocks_of, places_of, table_of, with_only
from kyara.catalogue.schema import decision, sample, sighting

AT_ONCE = 32_768  # samples: 100 MB
_OWN = ("key", "id", "uri", "width", "height", "tags", "text", "sightings")


def plain_tables(catalogue: Catalogue, sightings: Iterable[int]) -> Iterator[pa.Table]:
    """Tables of up to AT_ONCE samples with the chosen of their sightings: as reading.tables, but in `sightings` only
    boxes, track, identity, caption, hints and values, of these attribute, labels, confidence and decided."""
    chosen = BitMap(sightings)
    with catalogue.reading() as connection:
        numbers, owners = _owned(connection, chosen)
        decided = _decided_on(connection, chosen)
        samples, starts = np.unique(owners, return_index=True)
        for start in range(0, len(samples), AT_ONCE):
            end = start + AT_ONCE
            mine = numbers[starts[start] : starts[end] if end < len(starts) else len(numbers)]
            yield _table(connection, samples[start:end], mine, decided)


def _owned(connection: Connection, chosen: BitMap) -> tuple[Numbers, Numbers]:
    """The chosen sightings that are there and the samples they are of, in the order of the latter."""
    pieces = [np.empty((0, 2), np.int64)]
    numbers = chosen.to_array()
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        rows = select(sighting.c.number, sighting.c.sample).where(among(connection, sighting.c.number, some))
        pieces.append(np.array(connection.execute(rows).all(), np.int64).reshape(-1, 2))
    pairs = np.concatenate(pieces)
    ordered = pairs[np.argsort(pairs[:, 1], kind="stable")]
    return ordered[:, 0], ordered[:, 1]


def _decided_on(connection: Connection, chosen: BitMap) -> NDArray[np.int64]:
    """The samples of those that a person's live decision stands for."""
    rows = select(decision.c.sighting).where(decision.c.undone_at.is_(None), decision.c.sighting.is_not(None))
    reviewed = chosen & BitMap(connection.execute(rows).scalars())
    owners = select(sighting.c.sample).where(among(connection, sighting.c.number, reviewed))
    return np.unique(np.array(connection.execute(owners).scalars().all(), np.int64))


def _table(connection: Connection, samples: Numbers, chosen: Numbers, decided: Numbers) -> pa.Table:
    there = select(sample.c.number, sample.c.content, sample.c.tags, sample.c.text, sample.c.block, sample.c.slot)
    rows = connection.execute(
        there.where(among(connection, sample.c.number, samples.tolist())).order_by(sample.c.number)
    ).all()
    places = places_of(connection, samples.tolist())
    kept = blocks_of(connection, rows, unpacked_plain)
    columns = {
        "key": pa.array([places[row.number].key for row in rows], pa.string()),
        "id": pa.array([row.content.partition(":")[0] for row in rows], pa.string()),
        "uri": pa.array([places[row.number].uri for row in rows], pa.string()),
        "tags": pa.array([row.tags for row in rows], pa.string()),
        "text": pa.array([row.text for row in rows], pa.string()),
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
