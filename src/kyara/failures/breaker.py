"""A circuit breaker: who fails again and again is not asked for a while, then tried once, and at last left alone.

Closed: everybody gets through. Open: nobody. Half-open: one call may try; its success closes the breaker, its failure
opens it for twice as long. After `openings` in a row it stays open. (pybreaker holds a lock during the call, so that
threads would wait for each other; circuitbreaker has no lock at all.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Literal

LONGEST = 4  # doublings of the pause
State = Literal["closed", "open", "half-open", "off"]


class Breaker:
    """Lets calls through while they succeed. Safe to use from several threads; no call is made under its lock."""

    def __init__(
        self, strikes: int, pause_s: float, openings: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`strikes` failures in a row open it for `pause_s`, `openings` times in a row for good."""
        self._most, self._pause_s, self._openings, self._clock = strikes, pause_s, openings, clock
        self._lock = Lock()
        self._strikes = 0
        self._opened = 0  # times in a row
        self._until: float | None = None  # open until then
        self._trying = False
        self.proven = False  # a call succeeded once
        self.fault = ""  # the last failure, in words

    @property
    def state(self) -> State:
        with self._lock:
            return self._state()

    def _state(self) -> State:
        if self._until is None:
            return "closed"
        if self._opened >= self._openings:
            return "off"
        return "half-open" if self._trying or self._clock() >= self._until else "open"

    def admits(self) -> bool:
        """True when a call may be made; whoever is told so tells `succeeded`, `failed` or `neither` in the end."""
        with self._lock:
            state = self._state()
            if state == "half-open" and not self._trying:
                self._trying = True
                return True
            return state == "closed"

    def succeeded(self) -> None:
        with self._lock:
            self._strikes = self._opened = 0
            self._until, self._trying, self.proven = None, False, True

    def neither(self) -> None:
        """The call ended by no fault of who was called: nothing is known that was not known before."""
        with self._lock:
            self._trying = False

    def failed(self, fault: str, strikes: int = 1) -> State | None:
        """One more failure, which counts as `strikes`. The new state where this opened it, else None."""
        with self._lock:
            self.fault = fault
            self._strikes += strikes
            if not self._trying and (self._until is not None or self._strikes < self._most):
                return None  # a call that began before it opened changes nothing
            return self._open()

    def switch_off(self, fault: str) -> None:
        """Stays open from now on."""
        with self._lock:
            self.fault, self._opened = fault, self._openings - 1
            self._open()

    def _open(self) -> State:
        self._until = self._clock() + self._pause_s * 2 ** min(self._opened, LONGEST)
        self._opened += 1
        self._trying = False
        return self._state()
