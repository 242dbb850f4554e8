"""Runs the command in a child process and starts it again when it dies of a decoder or of an extractor.

Native code that crashes takes the whole process with it; nothing inside can stop that. The child notes what it was
decoding and asking (scale/inflight.py, scale/deaths.py), so the next one knows whom to suspect. A child killed from
outside is not restarted. The process that supervises has let go of all that the command line needed (`hand_over`), or
it would hold a fifth of a run's memory for nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from threading import Thread
from typing import NoReturn

PIPE_VARIABLE, FAREWELL_VARIABLE = "_KYARA_PARENT_PIPE", "_KYARA_FAREWELL_PIPE"
CRASH_VARIABLE = "_KYARA_AFTER_CRASH"
MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # where nothing else is asked for: its own keeps 20 MB
_AT_WORK, _FAREWELL = b"w", b"f"
CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
CRASHED = 75  # exit code of a child whose worker process was killed (EX_TEMPFAIL: run it again)
MOST_CRASHES = 50  # a crash that no picture explains must not repeat for ever


def is_child() -> bool:
    """True in the process that does the work."""
    return PIPE_VARIABLE in os.environ


def die_with_parent() -> None:
    """In the child, as it begins: exit at once when the parent is gone, so that no one writes unseen."""
    _tell(_AT_WORK)
    fd = int(os.environ[PIPE_VARIABLE])

    def wait() -> None:
        os.read(fd, 1)  # returns only at end of file
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def is_after_crash() -> bool:
    """True in a child that was started because the one before it died."""
    return CRASH_VARIABLE in os.environ


def bid_farewell() -> None:
    """In the child: it ends because it is at its end, not because somebody called `_exit`."""
    _tell(_FAREWELL)


def _tell(word: bytes) -> None:
    if FAREWELL_VARIABLE in os.environ:
        os.write(int(os.environ[FAREWELL_VARIABLE]), word)


def hand_over(arguments: Sequence[str]) -> NoReturn:
    """Become a process that has imported nothing but this file and supervises `kyara ARGUMENTS`."""
    sys.stdout.flush()
    # -P: the working folder, which may be anybody's pictures, is no place to import from
    os.execv(sys.executable, [sys.executable, "-P", "-m", __name__, *arguments])


def supervise(arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Run `kyara ARGUMENTS` in a child until it ends by itself; its exit code, or 128 + signal."""
    for crashes in range(MOST_CRASHES):
        code = _run_child(arguments, crashes > 0)
        if code >= 0 and code != CRASHED:
            return code
        if code != CRASHED and -code not in CRASHES:
            say(f"stopped by signal {-code}; run the same command again to go on")
            return 128 - code
        how = "by itself or in a worker" if code == CRASHED else f"signal {-code}"
        say(f"the process died ({how}); going on: what was in flight is tried alone")
    say(f"{MOST_CRASHES} crashes in one run; run the same command again to go on, -v says more")
    return CRASHED


def _run_child(arguments: Sequence[str], after_crash: bool) -> int:
    """Its exit code, minus the signal that killed it, CRASHED where it ended without a farewell."""
    read_end, write_end = os.pipe()
    farewell, bidding = os.pipe()
    environment = MEMORY | os.environ | {PIPE_VARIABLE: str(read_end), FAREWELL_VARIABLE: str(bidding)}
    if after_crash:
        environment[CRASH_VARIABLE] = "1"
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    command = [sys.executable, "-P", "-m", "kyara", *arguments]
    child = subprocess.Popen(command, env=environment, pass_fds=(read_end, bidding))
    os.close(read_end)
    os.close(bidding)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child by itself; it decides how to end
    signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number))
    try:
        code = child.wait()
        vanished = os.read(farewell, 2) == _AT_WORK
        return CRASHED if vanished and code >= 0 else code
    finally:
        os.close(farewell)
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        os.close(write_end)


def _say(line: str) -> None:
    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    print(f"\033[33m{line}\033[0m" if coloured else line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(supervise(sys.argv[1:], _say))
