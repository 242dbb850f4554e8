"""An ingest that is cut off, by a kill or by its server, leaves whole batches and goes on from them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from kyara.catalogue import Catalogue, ingest, opened, opening, writing
from kyara.catalogue.reading import samples
from kyara.catalogue.schema import SIGHTING, part, sample, sighting
from kyara.catalogue.statistics import statistics
from kyara.errors import CatalogueError
from kyara.records import Sample

Make = Callable[..., Sample]
Result = Callable[..., Path]

KILLED_IN_THE_SECOND_BATCH = """
import os, signal, sys
from pathlib import Path
from kyara.catalogue import ingest, opened, writing
ingest.BATCH, attach, calls = 2, writing.attach, []
def killed(connection, contents):
    calls.append(contents)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return attach(connection, contents)
writing.attach = killed
with opened(sys.argv[1], write=True) as catalogue:
    ingest.ingest(catalogue, Path(sys.argv[2]))
"""


def counted(catalogue: Catalogue) -> list[int]:
    with catalogue.reading() as connection:
        return [connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (sample, sighting, part)]


def whole(catalogue: Catalogue, given: list[Sample]) -> bool:
    everything = [one.key for one in samples(catalogue, range(1, 100))]
    told = statistics(catalogue)
    return everything == [one.key for one in given] and told.sightings == len(given) and SIGHTING not in told.coverage


def test_a_kill_costs_the_batch_in_hand(where: str, result: Result, seen: Make) -> None:
    given = [seen(f"{i}.png", "blue") for i in range(6)]
    folder = result(given)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_SECOND_BATCH, where, str(folder)], env=os.environ, check=False, timeout=100
    )
    assert killed.returncode == -9
    with opened(where, write=True) as catalogue:
        assert counted(catalogue) == [2, 2, 1], "the first batch whole, nothing of the second"
        done = ingest.ingest(catalogue, folder)
        assert (done.passed, done.written.new) == (1, 4)
        assert whole(catalogue, given)


@pytest.fixture
def cut(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """The server ends the connection in the midst of the second batch, so many times."""

    def cutting(times: int) -> list[int]:
        attach, calls = writing.attach, []

        def ended(connection: Connection, contents: list[str]) -> object:
            calls.append(len(calls))
            if 1 <= calls[-1] <= times:
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                with opened(postgres) as other, other.reading() as second:
                    second.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
            return attach(connection, contents)

        monkeypatch.setattr(writing, "attach", ended)
        monkeypatch.setattr(ingest, "BATCH", 2)
        monkeypatch.setattr(opening, "ATTEMPTS", 3)
        monkeypatch.setattr(time, "sleep", lambda s: None)
        return calls

    return cutting


def test_a_server_that_comes_back_is_waited_for(
    postgres: str, cut: Callable[[int], list[int]], result: Result, seen: Make, caplog: pytest.LogCaptureFixture
) -> None:
    given = [seen(f"{i}.png", "blue") for i in range(6)]
    cut(2)
    with opened(postgres, write=True) as catalogue:
        assert ingest.ingest(catalogue, result(given)).written.new == 6
        assert whole(catalogue, given)
    assert caplog.text.count("trying again in") == 2


def test_a_server_that_stays_away_ends_the_ingest_with_whole_batches(
    postgres: str, cut: Callable[[int], list[int]], result: Result, seen: Make
) -> None:
    given = [seen(f"{i}.png", "blue") for i in range(6)]
    folder = result(given)
    calls = cut(99)
    with opened(postgres, write=True) as catalogue:
        with pytest.raises(CatalogueError, match=r"does not answer .*run this again"):
            ingest.ingest(catalogue, folder)
        assert len(calls) == 1 + 3, "the first batch, then the second three times"
        assert counted(catalogue) == [2, 2, 1]
