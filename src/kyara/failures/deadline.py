"""A call that must end in time. Python cannot stop a thread, so each caller has a companion that may be left behind.

What is left behind goes on in a daemon thread until it ends by itself or the process does. Code that never lets go of
the interpreter lock cannot be left: nobody else runs then, the clock neither.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
_Jobs = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]


class OverdueError(Exception):
    """A call that did not end in time."""


class Companions:
    """Runs calls in threads of their own, always the same one for a caller's thread: sessions belong to threads."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._mine = threading.local()

    def __call__(self, call: Callable[[], T]) -> T:
        """What `call` gives or raises. Raises OverdueError after `limit_s` seconds."""
        if not hasattr(self._mine, "companion"):
            self._mine.companion = _Companion()
        future: Future[T] = Future()
        self._mine.companion.jobs.put((future, call))
        try:
            error = future.exception(self.limit_s)
        except TimeoutError:
            del self._mine.companion  # the next call gets another
            raise OverdueError(f"no answer in {self.limit_s:g} s") from None
        if error is None:
            return future.result()
        try:
            raise error
        finally:
            del error, future  # a traceback holds the memory of the call


class _Companion:
    """A thread that does one job after the other until nobody knows it any more."""

    def __init__(self) -> None:
        self.jobs: _Jobs = SimpleQueue()
        name = f"{threading.current_thread().name}-companion"
        threading.Thread(target=_work, args=(self.jobs,), name=name, daemon=True).start()

    def __del__(self) -> None:
        self.jobs.put(None)


def _work(jobs: _Jobs) -> None:
    while (job := jobs.get()) is not None:
        future, call = job
        try:
            result = call()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
            del result
        del job, future, call
