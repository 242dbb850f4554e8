"""The supervisor with real child processes: crashes are survived, kills are not hidden, orphans do not live on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kyara.cli import supervise as module
from kyara.cli.supervise import CRASHED, PIPE_VARIABLE, is_child, supervise

Child = Callable[[str], Path]
SUPERVISE = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("supervise", {module.__file__!r})
supervise = importlib.util.module_from_spec(spec)
spec.loader.exec_module(supervise)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    """Puts a package `kyara` with this code as its command where `python -m kyara` finds it, and logs each start.

    The code sees `arguments`, `start` (1, 2 …), `crash(signal)` and the real supervise module as `supervise`.
    """
    log = tmp_path / "starts"
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def write(code: str) -> Path:
        (tmp_path / "kyara").mkdir()
        (tmp_path / "kyara" / "__init__.py").write_text("")
        (tmp_path / "kyara" / "__main__.py").write_text(
            f"{SUPERVISE}import os, resource, signal, time\n"
            "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
            f"open({str(log)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
            f"start, arguments = len(open({str(log)!r}).readlines()), sys.argv[1:]\n"
            "if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # inherited under nohup\n"
            "    signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
            "crash = lambda number: os.kill(os.getpid(), number)\n" + code
        )
        return log

    return write


def starts(log: Path) -> int:
    return len(log.read_text().splitlines())


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("code", [0, 2, 130])
def test_a_child_that_ends_by_itself_gives_its_exit_code(code: int, child: Child) -> None:
    log, said = child(f"assert arguments == ['extract', 'a b'] and supervise.is_child()\nsys.exit({code})"), []
    assert supervise(["extract", "a b"], said.append) == code
    assert (starts(log), said) == (1, [])
    assert not is_child()


@pytest.mark.parametrize(("own", "used"), [(None, "system"), ("jemalloc", "jemalloc")])
def test_arrow_keeps_no_memory_of_its_own_unless_told(
    own: str | None, used: str, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    if own is not None:
        monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", own)
    child(f"sys.exit(os.environ['ARROW_DEFAULT_MEMORY_POOL'] != {used!r})")
    assert supervise([], print) == 0


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE])
def test_a_crash_is_survived(number: signal.Signals, child: Child) -> None:
    log, said = child(f"crash({int(number)}) if start == 1 else sys.exit(3)"), []
    assert supervise([], said.append) == 3
    assert starts(log) == 2
    assert len(said) == 1
    assert f"signal {int(number)}" in said[0]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_kill_from_outside_is_not_undone(number: signal.Signals, child: Child) -> None:
    log, said = child(f"crash({int(number)})"), []
    assert supervise([], said.append) == 128 + number
    assert starts(log) == 1
    assert "run the same command again to go on" in said[0]


def test_crashing_does_not_go_on_for_ever(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CRASHES", 3)
    log, said = child("crash(signal.SIGSEGV)"), []
    assert supervise([], said.append) == CRASHED
    assert starts(log) == 3
    assert "3 crashes in one run" in said[-1]


def test_signals_are_handled_as_before_afterwards(child: Child) -> None:
    child("")
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    open_files = len(os.listdir("/proc/self/fd"))
    supervise([], print)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert len(os.listdir("/proc/self/fd")) == open_files


@pytest.fixture
def parent(child: Child, tmp_path: Path):
    """Starts a process that supervises a child with this code; gives it and the child once the child is ready."""
    ready = tmp_path / "ready"
    running: list[subprocess.Popen[bytes]] = []

    def begin(code: str) -> tuple[subprocess.Popen[bytes], psutil.Process]:
        log = child(f"{code}\nopen({str(ready)!r}, 'w').close()\ntime.sleep(60)")
        started = subprocess.Popen([sys.executable, "-c", f"{SUPERVISE}sys.exit(supervise.supervise([], print))"])
        running.append(started)
        assert wait_for(ready.exists)
        return started, psutil.Process(int(log.read_text().split()[-1]))

    yield begin
    for process in running:
        process.kill()
        process.wait()


def test_a_child_dies_with_its_parent(parent) -> None:
    started, orphan = parent("supervise.die_with_parent()")
    assert orphan.is_running()
    started.kill()
    assert wait_for(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)


def test_sigterm_reaches_the_child_which_decides(parent) -> None:
    started, _ = parent("signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))")
    started.terminate()
    assert started.wait(10) == 7


def test_sigint_is_left_to_the_child(parent) -> None:
    started, running = parent("signal.signal(signal.SIGINT, lambda *_: sys.exit(9))")
    started.send_signal(signal.SIGINT)
    time.sleep(0.1)
    assert started.poll() is None
    running.send_signal(signal.SIGINT)
    assert started.wait(10) == 9


def test_only_the_variable_makes_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_child()
    monkeypatch.setenv(PIPE_VARIABLE, "3")
    assert is_child()


def test_whoever_hands_over_keeps_nothing_but_its_place() -> None:
    code = "import numpy; from kyara.cli.supervise import hand_over; hand_over(['show', 'nothing-here'])"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as started:
        process = psutil.Process(started.pid)
        assert wait_for(lambda: bool(process.children()))  # it supervises now
        assert not any("numpy" in mapped.path for mapped in process.memory_maps())
        assert started.stderr is not None
        assert "nothing-here" in started.stderr.read()
    assert started.returncode == 2
