"""Whom the process died of: suspects, fatal samples, and steps that are asked no more."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kyara.scale.deaths import MOST_DEATHS, Deaths

DYING = """
import ctypes, sys, threading
from pathlib import Path
from kyara.scale.deaths import Deaths

deaths = Deaths(Path(sys.argv[1]), False)
innocent = threading.Event()

def wait():
    deaths.asking("extract innocent", ["x", "y"])
    innocent.set()
    threading.Event().wait(30)

threading.Thread(target=wait, daemon=True).start()
innocent.wait()
deaths.asking("extract deadly", sys.argv[2].split())
ctypes.string_at(0)
"""


def dead(folder: Path, contents: str) -> None:
    """A process that dies in one thread of asking "deadly" while another asks "innocent"."""
    ended = subprocess.run([sys.executable, "-c", DYING, str(folder), contents], timeout=60, check=False)
    assert ended.returncode < 0


def test_the_thread_that_crashed_is_to_blame_and_the_second_death_alone_is_fatal(tmp_path: Path) -> None:
    dead(tmp_path, "a b")
    first = Deaths(tmp_path, True)
    assert first.suspected("extract deadly") == {"a", "b"}
    assert first.suspected("extract innocent") == set()
    assert first.fatal("extract deadly") == set()
    dead(tmp_path, "a")
    second = Deaths(tmp_path, True)
    assert second.fatal("extract deadly") == {"a"}
    assert not second.is_off("extract deadly")


def test_without_a_trace_all_in_flight_are_suspects_and_none_is_counted(tmp_path: Path) -> None:
    deaths = Deaths(tmp_path, True)
    deaths.asking("extract a", ["1"])
    other = threading.Thread(target=deaths.asking, args=("extract b", ["2"]))
    other.start()
    other.join()
    again = Deaths(tmp_path, True)
    assert (again.suspected("extract a"), again.suspected("extract b")) == ({"1"}, {"2"})
    assert again._counts.total() == 0


def test_many_deaths_switch_a_step_off(tmp_path: Path) -> None:
    for number in range(MOST_DEATHS):
        deaths = Deaths(tmp_path, True)
        assert not deaths.is_off("extract a")
        deaths.asking("extract a", [str(number)])
    assert Deaths(tmp_path, True).is_off("extract a")


def test_who_was_in_a_decoder_is_not_to_blame(tmp_path: Path) -> None:
    Deaths(tmp_path, True).asking("extract a", ["1"])
    assert Deaths(tmp_path, True, {f"{os.getpid()}-{threading.get_ident()}"}).suspected("extract a") == set()


def test_a_kill_from_outside_is_nobodys_fault(tmp_path: Path) -> None:
    Deaths(tmp_path, True).asking("extract a", ["1"])
    assert Deaths(tmp_path, False).suspected("extract a") == set()


def test_what_was_answered_is_not_suspected(tmp_path: Path) -> None:
    deaths = Deaths(tmp_path, True)
    deaths.asking("extract a", ["1" * 500])
    deaths.answered()
    deaths.asking("extract a", ["2"])
    deaths.answered()
    assert Deaths(tmp_path, True).suspected("extract a") == set()


def test_what_was_learnt_outlives_a_kill_and_ends_with_the_run(tmp_path: Path) -> None:
    Deaths(tmp_path, True).asking("extract a", ["1"])
    Deaths(tmp_path, True)
    again = Deaths(tmp_path, False)
    assert pickle.loads(pickle.dumps(again)).suspected("extract a") == {"1"}
    again.finished()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("torn", [b"", b"\x05", b"\xff\xff\xff\xff\xff\xff\xff\xff[", b"\x02\0\0\0\0\0\0\0{]"])
def test_a_torn_note_is_no_error(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "1-2.asked").write_bytes(torn)
    (tmp_path / "1.trace").write_bytes(b"Current thread 0x2 (")
    (tmp_path / "deaths.json").write_bytes(b"{")
    assert Deaths(tmp_path, True).suspected("extract a") == set()
