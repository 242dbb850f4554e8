"""Opening: the right database, the right schema, and refusals that say what to do."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, insert, inspect, select

from kyara.catalogue import migrations, opened, opening
from kyara.catalogue.schema import source
from kyara.errors import CatalogueError


def test_a_new_one_is_made_only_to_write(tmp_path: Path) -> None:
    path = tmp_path / "kyara.db"
    with pytest.raises(CatalogueError, match=r"no catalogue at .* make one"), opened(path):
        pass
    assert not path.exists()
    with opened(path, write=True) as catalogue:
        assert (catalogue.dialect, catalogue.path, catalogue.url) == ("sqlite", path, str(path))
    with opened(path) as catalogue:
        assert catalogue.path == path


def test_an_empty_database_on_a_server_is_no_catalogue(postgres: str) -> None:
    with pytest.raises(CatalogueError, match="is empty; kyara catalogue ingest"), opened(postgres):
        pass


def test_what_goes_wrong_inside_is_not_kept(where: str) -> None:
    with opened(where, write=True) as catalogue:
        with pytest.raises(CatalogueError, match=r"UNIQUE|unique"), catalogue.writing() as connection:
            connection.execute(insert(source), [{"number": n, "name": "twice"} for n in (1, 2)])
        with catalogue.reading() as connection:
            assert connection.execute(select(source)).all() == []


def test_a_second_writer_waits_and_then_says_so(where: str) -> None:
    with opened(where, write=True) as one, opened(where, write=True, wait_s=0.3) as other:
        with one.writing(), pytest.raises(CatalogueError, match=r"is locked: .*0\.3 s; wait"), other.writing():
            pass
        with one.writing(), other.reading() as connection:
            assert connection.execute(select(source)).all() == [], "readers go on"
        with other.writing() as connection:
            connection.execute(insert(source).values(number=1, name="x"))


def test_read_only(where: str) -> None:
    with opened(where, write=True):
        pass
    if where.startswith("postgresql"):
        only = f"{where}&options=-cdefault_transaction_read_only%3Don"
    else:
        only = f"sqlite:///file:{where}?mode=ro&uri=true"
    with opened(only, write=True) as catalogue:
        with catalogue.reading() as connection:
            assert connection.execute(select(source)).all() == []
        with pytest.raises(CatalogueError, match="is read-only"), catalogue.writing() as connection:
            connection.execute(insert(source).values(number=1, name="x"))


def test_a_newer_schema_is_left_alone(where: str) -> None:
    with opened(where, write=True) as catalogue, catalogue.writing() as connection:
        connection.exec_driver_sql("UPDATE kyara_version SET version_num = '9999'")
    for write in (False, True):
        with (
            pytest.raises(CatalogueError, match=r"schema 9999, newer than .* upgrade Kyara"),
            opened(where, write=write),
        ):
            pass


@pytest.fixture
def a_later_kyara(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Kyara with one more migration."""
    later = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, later)
    (later / "versions" / "0003_more.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision = "0003"\ndown_revision = "0002"\n'
        'def upgrade():\n    op.add_column("source", sa.Column("more", sa.Integer))\n'
    )
    monkeypatch.setattr(opening, "HEAD", "0003")
    monkeypatch.setattr(opening, "MIGRATIONS", str(later))


def test_an_older_schema_is_brought_up(
    where: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(where, write=True) as catalogue, catalogue.writing() as connection:
        connection.execute(insert(source).values(number=1, name="kept"))
    request.getfixturevalue("a_later_kyara")
    with caplog.at_level(logging.WARNING), opened(where) as catalogue, catalogue.reading() as connection:
        assert "more" in {column["name"] for column in inspect(connection).get_columns("source")}
        assert connection.execute(select(source.c.name)).scalar_one() == "kept"
    assert "schema 0002 is brought to 0003" in caplog.text


def _overfill(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")  # gives SQLite's own error of a full disk
    connection.execute(insert(source), [{"number": n, "name": "x" * 1000 + str(n)} for n in range(2, 99)])


def test_a_full_disk_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kyara.db"
    with opened(path, write=True) as catalogue:
        with catalogue.writing() as connection:
            connection.execute(insert(source).values(number=1, name="before"))
        with pytest.raises(CatalogueError, match="disk is full; free some space"), catalogue.writing() as connection:
            _overfill(connection)
    with opened(path) as catalogue, catalogue.reading() as connection:
        assert connection.execute(select(source.c.name)).scalars().all() == ["before"]


def test_other_files_and_tables_are_refused(tmp_path: Path, postgres: str) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and longer than the header of one is; " * 20)
    with pytest.raises(CatalogueError, match="is no SQLite database; choose another"), opened(text, write=True):
        pass
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE songs (title)")
    connection.close()
    with pytest.raises(CatalogueError, match=r"another program's tables \(songs\)"), opened(other, write=True):
        pass
    engine = create_engine(postgres.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as server:
        server.exec_driver_sql("CREATE TABLE sample (a int)")
    engine.dispose()
    with pytest.raises(CatalogueError, match=r"another program's tables \(sample\)"), opened(postgres, write=True):
        pass


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("mysql://host/x", "names no database Kyara knows; give a file, or postgresql"),
        ("postgresql://host:port/x", "cannot be read; give a file, or postgresql"),
        ("/nowhere/at/all/kyara.db", "cannot be opened; see that its folder is there"),
    ],
)
def test_wrong_addresses(where: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said), opened(where, write=True):
        pass


def test_no_server_is_said_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda s: None)
    where = "postgresql://me:secret@127.0.0.1:1/kyara"
    with pytest.raises(CatalogueError, match="see that the server runs") as told, opened(where, write=True):
        pass
    assert "secret" not in str(told.value)


def test_a_database_that_is_not_there(postgres: str) -> None:
    absent = re.sub(r"/t(\d+)", r"/absent\1", postgres)
    with (
        pytest.raises(CatalogueError, match="names a database that is not there"),
        opened(absent, write=True),
    ):
        pass
