"""Runs the command in a child process and starts it again when a decoder kills it.

A decoder that crashes takes the whole process with it; nothing inside can stop that. The child notes what it was
decoding (scale/inflight.py), so the next one knows whom to suspect. A child killed from outside is not restarted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from threading import Thread

PIPE_VARIABLE = "_KYARA_PARENT_PIPE"
CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
CRASHED = 75  # exit code of a child whose worker process was killed (EX_TEMPFAIL: run it again)
MOST_CRASHES = 50  # a crash that no picture explains must not repeat for ever


def is_child() -> bool:
    """True in the process that does the work."""
    return PIPE_VARIABLE in os.environ


def die_with_parent() -> None:
    """In the child: exit at once when the parent is gone, whatever killed it, so that no one writes unseen."""
    fd = int(os.environ[PIPE_VARIABLE])

    def wait() -> None:
        os.read(fd, 1)  # returns only at end of file
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def supervise(arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Run `kyara ARGUMENTS` in a child until it ends by itself; its exit code, or 128 + signal."""
    for _ in range(MOST_CRASHES):
        code = _run_child(arguments)
        if code >= 0 and code != CRASHED:
            return code
        if code != CRASHED and -code not in CRASHES:
            say(f"stopped by signal {-code}; run the same command again to go on")
            return 128 - code
        killer = "in a worker" if code == CRASHED else f"signal {-code}"
        say(f"a decoder killed the process ({killer}); going on, the picture in flight is decoded apart")
    say(f"{MOST_CRASHES} crashes in one run; run the same command again to go on, -v says more")
    return CRASHED


def _run_child(arguments: Sequence[str]) -> int:
    read_end, write_end = os.pipe()
    environment = os.environ | {PIPE_VARIABLE: str(read_end)}
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    # -P: the working folder, which may be anybody's pictures, is no place to import from
    command = [sys.executable, "-P", "-m", "kyara", *arguments]
    child = subprocess.Popen(command, env=environment, pass_fds=(read_end,))
    os.close(read_end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child by itself; it decides how to end
    signal.signal(signal.SIGTERM, lambda number, frame: child.send_signal(number))
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
        os.close(write_end)
