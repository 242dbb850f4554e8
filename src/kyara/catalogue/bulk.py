"""Many rows into a table at once: one prepared statement on SQLite, COPY on PostgreSQL.

Rows pass no SQLAlchemy type on the way: text has been through `kinds.stored`. Knows nothing of what the rows mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from kyara.catalogue.kinds import Half, to_text


def insert(connection: Connection, table: Table, **columns: Sequence[Any]) -> None:
    """Add rows given as equally long columns, by name."""
    rows = list(zip(*columns.values(), strict=True))
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})", rows)
    else:
        vectors = [at for at, name in enumerate(columns) if isinstance(table.c[name].type, Half)]
        _copy(connection, f'COPY "{table.name}" ({", ".join(columns)}) FROM STDIN', _written(rows, vectors))


def _written(rows: list[tuple[Any, ...]], vectors: list[int]) -> Iterable[tuple[Any, ...]]:
    if not vectors:
        return rows
    return (tuple(to_text(cell) if at in vectors else cell for at, cell in enumerate(row)) for row in rows)


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
