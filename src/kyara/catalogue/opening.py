"""Opening a catalogue: which database, is its schema ours, and transactions that end whole or not at all.

SQLite has one writer by nature (WAL, readers go on meanwhile); PostgreSQL gets one by an advisory lock, so that
numbers can be given out and bitmaps rewritten without a thought for others. It knows nothing of what is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from kyara.catalogue.refusals import GoneError, said_of
from kyara.catalogue.schema import HEAD, VERSION_TABLE, metadata
from kyara.errors import CatalogueError
from kyara.extras import need
from kyara.failures import patiently

log = logging.getLogger(__name__)

T = TypeVar("T")

WAIT_S = 10.0  # for another writer
ATTEMPTS = 6  # over 16 s: a PostgreSQL that restarts is back by then
MIGRATIONS = "kyara.catalogue:migrations"
_ONE_WRITER = 0x6B79617261  # "kyara"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An open catalogue. `url` holds no password; `path` is the file, None for a server."""

    engine: Engine
    url: str
    path: Path | None
    wait_s: float

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the catalogue, whatever is written meanwhile."""
        with said_of(self.url, self.wait_s), self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose work is committed at the end, all of it, or none where an error comes out."""
        with said_of(self.url, self.wait_s), self.engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(self.wait_s * 1000)}")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ONE_WRITER})")
            yield connection
            connection.commit()

    def transact(self, work: Callable[[Connection], T]) -> T:
        """What `work` gives in a transaction of its own; done again from its start where the server went away."""

        def once() -> T:
            with self.writing() as connection:
                return work(connection)

        return patiently(once, "catalogue", ATTEMPTS, lambda error: isinstance(error, GoneError))


@contextmanager
def opened(where: str | Path, *, write: bool = False, wait_s: float = WAIT_S) -> Iterator[Catalogue]:
    """The catalogue at `where`: a file, or an address as postgresql://user@host/database.

    With `write` a new one is made where there is none. One of an older schema is brought up to date. Raises
    CatalogueError: absent, no catalogue, newer schema, locked for `wait_s`, read-only, full, no answer.
    """
    url = _url(where)
    path = Path(url.database).absolute() if url.drivername == "sqlite" and url.database else None
    shown = str(where) if path else url.render_as_string(hide_password=True)
    if path is not None and not write and not path.exists():
        made_by = "kyara extract SOURCE and kyara catalogue ingest RESULT make one"
        raise CatalogueError(f"no catalogue at {where}; {made_by}, --catalogue names another")
    catalogue = Catalogue(_engine(url, path, write, wait_s), shown, path, wait_s)
    try:
        _ensure_schema(catalogue, write)
        yield catalogue
    finally:
        catalogue.engine.dispose()


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
        raise CatalogueError(f"catalogue address {where!r} cannot be read; {_EXPECTED}") from error
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        need("psycopg", "a catalogue in PostgreSQL")
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database:
        return url
    raise CatalogueError(f"catalogue address {where!r} names no database Kyara knows; {_EXPECTED}")


_EXPECTED = "give a file, or postgresql+psycopg://user:password@host/database"


def _engine(url: URL, path: Path | None, write: bool, wait_s: float) -> Engine:
    if path is None:
        return create_engine(url, connect_args={"connect_timeout": max(2, int(wait_s))})
    engine = create_engine(url, connect_args={"timeout": wait_s})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where `reading` and `writing` say so
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last commits, never corrupts
        connection.execute("PRAGMA cache_size = -65536")  # 64 MiB
        if write:
            connection.execute("PRAGMA journal_mode = WAL")

    return engine


def _ensure_schema(catalogue: Catalogue, write: bool) -> None:
    with catalogue.reading() as connection:
        there = _revision(connection, catalogue.url)
    if there == HEAD:
        return
    if there is None and not write:
        raise CatalogueError(f"{catalogue.url} is empty; kyara catalogue ingest RESULT fills it")
    catalogue.transact(lambda connection: _migrate(connection, catalogue.url))


def _revision(connection: Connection, where: str) -> str | None:
    """Its schema's revision, None for an empty database. Raises CatalogueError for another program's."""
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        strangers = tables & set(metadata.tables) if connection.dialect.name == "postgresql" else tables
        if strangers:
            raise CatalogueError(
                f"{where} holds another program's tables ({min(strangers)}); choose another --catalogue"
            )
        return None
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def _migrate(connection: Connection, where: str) -> None:
    """Bring the schema to HEAD. Raises CatalogueError where it is one that this Kyara does not know."""
    there = _revision(connection, where)  # again: another process may have been first
    if there == HEAD:
        return
    from alembic import command, config, script  # half a second to import, needed once in a catalogue's life

    settings = config.Config()
    settings.set_main_option("script_location", MIGRATIONS)
    settings.attributes["connection"] = connection
    known = {revision.revision for revision in script.ScriptDirectory.from_config(settings).walk_revisions()}
    if there is not None and there not in known:
        raise CatalogueError(
            f"catalogue {where} has schema {there}, newer than this Kyara's {HEAD}; "
            "upgrade Kyara (pip install --upgrade kyara), or choose another --catalogue"
        )
    if there is not None:
        log.warning("catalogue %s: schema %s is brought to %s", where, there, HEAD)
    command.upgrade(settings, HEAD)
    if there is not None:
        from kyara.catalogue.reindexing import remade  # what an older Kyara derived may mean something else now

        remade(connection)
