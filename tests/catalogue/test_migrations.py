"""A catalogue of an older schema holds the same after it was brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection, inspect, select, text

from kyara.catalogue import opened
from kyara.catalogue.query.pages import hits
from kyara.catalogue.schema import sighting
from kyara.catalogue.told import told
from kyara.records import Sample, Sighting

APART = 19_998  # so that the migration takes its pieces (20,000 sightings) at the second of them
OLD = (
    "CREATE TABLE value (sighting INTEGER, attribute SMALLINT, label INTEGER, confidence DOUBLE PRECISION, "
    "decided BOOLEAN, PRIMARY KEY (sighting, attribute, label))",
    "ALTER TABLE sighting DROP COLUMN told",
    f"UPDATE sighting SET number = number + {APART}",
    "UPDATE kyara_version SET version_num = '0001'",
)


def _age(connection: Connection) -> None:
    """Values as schema 0001 had them: a row each."""
    numbers = list(connection.execute(select(sighting.c.number)).scalars())
    whose, entries = told(connection, numbers)
    for statement in OLD:
        connection.exec_driver_sql(statement)
    rows = [
        {"sighting": number + APART, **dict(zip(entries.dtype.names, entry, strict=True))}
        for number, entry in zip(whose.tolist(), entries.tolist(), strict=True)
    ]
    names = ", ".join(rows[0])
    insert = text(f"INSERT INTO value ({names}) VALUES ({', '.join(f':{name}' for name in rows[0])})")
    connection.execute(insert, rows[::-1])


def test_values_go_from_rows_into_their_sighting(
    fill: Callable[[list[Sample]], str], seen: Callable[..., Sample]
) -> None:
    silent = replace(seen("silent.png"), sightings=(Sighting(),))
    where = fill([seen("a.png", "blue", "red"), seen("b.png", "pink", sure=1 / 3), silent])
    with opened(where, write=True) as catalogue:
        with catalogue.reading() as connection:
            before = hits(connection, range(1, 5))
        catalogue.transact(_age)
    with opened(where) as catalogue, catalogue.reading() as connection:
        after = hits(connection, range(1 + APART, 5 + APART))
        assert [hit.sample for hit in after] == [hit.sample for hit in before]
        assert [len(hit.sighting.values) for hit in after] == [2, 2, 2, 0]
        packs = connection.execute(select(sighting.c.told).order_by(sighting.c.number)).scalars().all()
        assert [pack and len(pack) for pack in packs] == [45, 45, 45, None], "three entries of 15 bytes"
        assert not inspect(connection).has_table("value")
