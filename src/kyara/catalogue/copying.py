"""A whole catalogue into an empty one, from SQLite to PostgreSQL or back: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, func, select

from kyara.catalogue.bulk import insert
from kyara.catalogue.kinds import Words, stored
from kyara.catalogue.opening import opened
from kyara.catalogue.schema import metadata, run
from kyara.errors import CatalogueError

AT_ONCE = 10_000  # rows
Watch = Callable[[str, int], None]  # called with a table's name and how many rows went over


def copy(origin: str | Path, target: str | Path, watch: Watch = lambda table, rows: None) -> dict[str, int]:
    """Copy the catalogue at `origin` to `target`, which is made where there is none; gives the rows of each table.

    Raises CatalogueError, also where `target` holds something.
    """
    with opened(origin) as ours, opened(target, write=True) as theirs, ours.reading() as reading:
        if ours.url == theirs.url:
            raise CatalogueError(f"{origin} is both origin and target; name another target")

        def everything(writing: Connection) -> dict[str, int]:
            if runs := writing.execute(select(func.count()).select_from(run)).scalar_one():
                raise CatalogueError(f"{theirs.url} holds {runs} runs already; copy needs an empty catalogue")
            return {table.name: _copied(reading, writing, table, watch) for table in metadata.sorted_tables}

        return theirs.transact(everything)


def _copied(reading: Connection, writing: Connection, table: Table, watch: Watch) -> int:
    total = 0
    rows = select(table).order_by(*table.primary_key.columns)
    with reading.execution_options(yield_per=AT_ONCE).execute(rows) as result:
        for some in result.partitions():
            columns = zip(table.columns, zip(*some, strict=True), strict=True)
            insert(writing, table, **{column.name: _bare(column.type, cells) for column, cells in columns})
            total += len(some)
            watch(table.name, len(some))
    return total


def _bare(kind: object, cells: tuple[Any, ...]) -> list[Any]:
    """Cells as a bulk insert takes them."""
    if isinstance(kind, Words):
        return [None if cell is None else stored(cell) for cell in cells]
    if isinstance(kind, LargeBinary):
        return [None if cell is None else bytes(cell) for cell in cells]
    return list(cells)
