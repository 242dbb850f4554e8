"""What the machine says of a sighting's attributes, as bytes in its row: an entry for each label of each value.

A row for each of a sighting's thirteen labels took a third of an ingest. What the numbers stand for is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from kyara.catalogue.flattening import Numbers
from kyara.catalogue.kinds import among
from kyara.catalogue.schema import sighting

ENTRY = np.dtype([("attribute", "<u2"), ("label", "<u4"), ("confidence", "<f8"), ("decided", "?")])  # 15 bytes
Entries = NDArray[np.void]  # of ENTRY


def packed(entries: Entries, counts: Numbers) -> list[bytes | None]:
    """The entries of many sightings, so many of each, as bytes for each; None where there are none."""
    whole = entries.tobytes()
    ends = (np.cumsum(counts) * ENTRY.itemsize).tolist()
    return [whole[start:end] or None for start, end in zip([0, *ends], ends, strict=False)]


def told(connection: Connection, sightings: Iterable[int]) -> tuple[Numbers, Entries]:
    """All entries of `sightings`, in the order of the result within each, and whose each is."""
    rows = select(sighting.c.number, sighting.c.told).where(
        among(connection, sighting.c.number, sightings), sighting.c.told.is_not(None)
    )
    found = connection.execute(rows).all()
    packs = [pack for _, pack in found]
    counts = np.array(list(map(len, packs)), np.int64) // ENTRY.itemsize
    numbers = np.array([number for number, _ in found], np.int64)
    return np.repeat(numbers, counts), np.frombuffer(b"".join(packs), ENTRY)
