"""Who was being decoded when the process died: written before the decode, suspected after it, remembered when sure."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from kyara.errors import OutputError
from kyara.scale.inflight import Inflight


def content(name: str) -> str:
    return sha256(name.encode()).hexdigest()


A, B, C = map(content, "abc")


def test_who_was_in_flight_at_a_death_is_a_suspect(tmp_path: Path) -> None:
    code = f"""if True:
        import os, sys
        from pathlib import Path
        from kyara.scale.inflight import Inflight
        inflight = Inflight(Path(sys.argv[1]))
        inflight.entering({A!r})
        inflight.entering({B!r})
        os.kill(os.getpid(), 9)
        """
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -9
    after = Inflight(tmp_path)
    assert after.suspects == {B}, "only the last one of the thread"
    assert after.crashed == frozenset()


def test_who_came_back_from_the_decoder_is_no_suspect(tmp_path: Path) -> None:
    inflight = Inflight(tmp_path)
    inflight.entering(A)
    inflight.left()
    assert Inflight(tmp_path).suspects == set()


def test_suspects_stay_until_a_run_ends_well(tmp_path: Path) -> None:
    Inflight(tmp_path).entering(A)
    second = Inflight(tmp_path)
    second.entering(B)
    third = Inflight(tmp_path)
    assert third.suspects == {A, B}
    third.entering(C)
    third.finished()
    assert Inflight(tmp_path).suspects == frozenset()
    assert not list(tmp_path.glob("*.slot"))


def test_the_confirmed_are_known_for_good(tmp_path: Path) -> None:
    first = Inflight(tmp_path)
    first.confirm(A)
    first.confirm(B)
    assert first.crashed == {A, B}
    first.finished()
    assert Inflight(tmp_path).crashed == {A, B}


def test_every_thread_has_a_slot_of_its_own(tmp_path: Path) -> None:
    inflight, together = Inflight(tmp_path), Barrier(20)

    def work(thread: int) -> None:
        together.wait()
        for n in range(50):
            inflight.entering(content(f"{thread} {n}"))

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))
    assert Inflight(tmp_path).suspects == {content(f"{thread} 49") for thread in range(20)}


def test_no_file_stays_open_however_many_runs_a_process_does(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for n in range(30):
        inflight = Inflight(tmp_path)
        inflight.entering(content(str(n)))
    del inflight  # that of a run that is going on has one a thread
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_torn_lists_are_empty_lists(tmp_path: Path) -> None:
    for name in ("crashed.json", "suspects.json"):
        (tmp_path / name).write_text('["a')
    (tmp_path / "1.slot").write_bytes(b"\xff\0")
    assert Inflight(tmp_path).crashed == frozenset()


def test_a_slot_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    inflight = Inflight(tmp_path / "inflight")
    (tmp_path / "inflight" / "suspects.json").unlink()
    (tmp_path / "inflight").rmdir()
    with pytest.raises(OutputError, match="cannot write"):
        inflight.entering(A)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write"):
        Inflight(tmp_path / "file")
