"""Many rows into a table at once: one prepared statement on SQLite, COPY on PostgreSQL.

Rows pass no SQLAlchemy type on the way: text has been through `kinds.stored`. Knows nothing of what the rows mean.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from kyara.catalogue.kinds import Half, to_text

VARIABLES = 250  # to a statement of SQLite's: fifty values at once take a third of the time of one by one


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles of garbage meanwhile: among millions of new rows, which have none, it is a quarter of all
    time. Used for a batch at a time, so that what other threads leave behind is found soon after."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def insert(connection: Connection, table: Table, **columns: Sequence[Any]) -> None:
    """Add rows given as equally long columns, by name. What has no value at all is left to the table: NULL."""
    columns = {name: column for name, column in columns.items() if column.count(None) < len(column)}
    if not columns:
        return
    if connection.dialect.name == "sqlite":
        _insert_many(connection, table.name, columns)
        return
    vectors = [name for name in columns if isinstance(table.c[name].type, Half)]
    told = {name: list(map(to_text, column)) if name in vectors else column for name, column in columns.items()}
    rows = zip(*told.values(), strict=True)
    _copy(connection, f'COPY "{table.name}" ({", ".join(columns)}) FROM STDIN', rows)


def _insert_many(connection: Connection, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
    width, rows = len(columns), len(next(iter(columns.values())))
    flat: list[Any] = [None] * (rows * width)
    for at, column in enumerate(columns.values()):
        flat[at::width] = column
    at_once = max(1, VARIABLES // width) * width
    whole = len(flat) - len(flat) % at_once
    for size, some in ((at_once, flat[:whole]), (width, flat[whole:])):
        marks = f"({', '.join('?' * width)})"
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * (size // width))}"
        if some:
            connection.exec_driver_sql(statement, [tuple(some[i : i + size]) for i in range(0, len(some), size)])


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    import psycopg

    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:  # as SQLAlchemy would have raised it
        raise DBAPIError(statement, None, error) from error
    finally:
        cursor.close()
