"""Small numbers for names, and numbers for new rows: what keeps the big tables small.

A number is never given twice, though its row be deleted: indexes beside the database go by them. To be called in a
writing transaction, of which there is one at a time.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Column, Connection, Table, and_, select, text

from kyara.catalogue.kinds import among
from kyara.catalogue.schema import attribute, label, source

_ADVANCE = text(
    "INSERT INTO counter (name, number) VALUES (:name, :by) "
    "ON CONFLICT (name) DO UPDATE SET number = counter.number + :by RETURNING number"
)


def take(connection: Connection, name: str, count: int) -> range:
    """The next `count` numbers of the counter `name`, from 1 on."""
    after = int(connection.execute(_ADVANCE, {"name": name, "by": count}).scalar_one())
    return range(after - count + 1, after + 1)


def sources(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """The numbers of sources, which are new where they must be."""
    return _numbers(connection, source, source.c.name, names, {})


def attributes(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """The numbers of attributes, which are new where they must be."""
    return _numbers(connection, attribute, attribute.c.name, names, {})


def labels(connection: Connection, of: int, names: Collection[str]) -> dict[str, int]:
    """The numbers of labels of the attribute numbered `of`, which are new where they must be."""
    return _numbers(connection, label, label.c.name, names, {"attribute": of})


def _numbers(
    connection: Connection, table: Table, column: Column[str], names: Collection[str], fixed: dict[str, int]
) -> dict[str, int]:
    wanted = list(dict.fromkeys(names))
    within = and_(*(table.c[name] == number for name, number in fixed.items()), among(connection, column, wanted))
    found = {name: int(number) for name, number in connection.execute(select(column, table.c.number).where(within))}
    if missing := [name for name in wanted if name not in found]:
        new = dict(zip(missing, take(connection, table.name, len(missing)), strict=True))
        connection.execute(table.insert(), [{**fixed, "name": name, "number": new[name]} for name in missing])
        found |= new
    return found
