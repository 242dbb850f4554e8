"""All that follows from other tables, made anew: postings, checksums, where decisions point, and blocks that
nothing leads to."""

from __future__ import annotations

from pyroaring import BitMap
from sqlalchemy import Connection, delete, exists, select

from kyara.catalogue import contents, postings
from kyara.catalogue.attaching import attach
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.schema import checksum, decision, evidence, posting, sample, sighting

AT_ONCE = 20_000  # sightings


def reindex(catalogue: Catalogue) -> int:
    """Make the postings anew; gives how many there are. Raises CatalogueError."""
    count = catalogue.transact(remade)
    with catalogue.writing() as connection:
        connection.exec_driver_sql("PRAGMA optimize" if catalogue.dialect == "sqlite" else "ANALYZE")
    return count


def remade(connection: Connection) -> int:
    """The same in a transaction that is open already."""
    connection.execute(delete(checksum))
    rows = connection.execute(select(sample.c.content, sample.c.number))
    contents.add(connection, {row.content: row.number for row in rows})
    attach(connection, set(connection.execute(select(decision.c.content)).scalars()))
    connection.execute(delete(evidence).where(~exists().where(sample.c.block == evidence.c.number)))
    connection.execute(delete(posting))
    numbers = list(connection.execute(select(sighting.c.number).order_by(sighting.c.number)).scalars())
    bitmaps: dict[postings.Key, BitMap] = {}
    for start in range(0, len(numbers), AT_ONCE):
        for key, fresh in postings.effective(connection, BitMap(numbers[start : start + AT_ONCE])).items():
            bitmaps.setdefault(key, BitMap()).update(fresh)
    postings.add(connection, bitmaps)
    return len(bitmaps)
