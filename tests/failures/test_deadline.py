"""Calls in companion threads: answers and errors come through, what hangs is left behind, nobody lives for ever."""

from __future__ import annotations

import gc
import threading
import time
from contextlib import suppress
from threading import Event

import pytest

from kyara.failures import Companions, OverdueError


def companions_alive() -> int:
    return sum(thread.name.endswith("-companion") for thread in threading.enumerate())


def settled(count: int) -> bool:
    until = time.monotonic() + 10
    while companions_alive() > count and time.monotonic() < until:
        time.sleep(0.01)
    return companions_alive() <= count


def test_answers_and_errors_come_through() -> None:
    in_time = Companions(10.0)
    assert in_time(lambda: 7) == 7
    with pytest.raises(KeyError, match="odd"):
        in_time(lambda: {}["odd"])
    with pytest.raises(SystemExit):
        in_time(lambda: exit(3))
    with pytest.raises(TimeoutError, match="the call's own"):
        in_time(lambda: (_ for _ in ()).throw(TimeoutError("the call's own")))


def test_a_caller_has_one_companion() -> None:
    in_time = Companions(10.0)
    idents = {in_time(threading.get_ident) for _ in range(5)}
    assert len(idents) == 1
    assert idents != {threading.get_ident()}


def test_what_hangs_is_left_and_the_next_call_is_answered() -> None:
    in_time, let_go = Companions(0.2), Event()
    before = in_time(threading.get_ident)
    started = time.monotonic()
    with pytest.raises(OverdueError, match=r"no answer in 0\.2 s"):
        in_time(let_go.wait)
    assert time.monotonic() - started < 5
    assert in_time(threading.get_ident) != before
    let_go.set()


def test_companions_end_with_their_callers_and_their_owner() -> None:
    there = companions_alive()
    in_time = Companions(10.0)
    callers = [threading.Thread(target=in_time, args=(lambda: None,)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert settled(there)
    in_time(lambda: None)
    del in_time
    gc.collect()
    assert settled(there)


def test_the_memory_of_a_failed_call_is_free_at_once() -> None:
    class Large:
        alive = 0

        def __init__(self) -> None:
            Large.alive += 1

        def __del__(self) -> None:
            Large.alive -= 1

    def fail() -> None:
        large = Large()
        raise MemoryError(str(large)[:0])

    in_time = Companions(10.0)
    with suppress(MemoryError):
        in_time(fail)
    assert settled(companions_alive())
    until = time.monotonic() + 5
    while Large.alive and time.monotonic() < until:  # the companion lets go an instant later
        time.sleep(0.001)
    assert Large.alive == 0
