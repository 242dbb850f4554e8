"""How a cache backend lives with what fails: it is said once, left alone for a while, tried again, and its return told.

A backend has parts that fail apart from each other (the reading of one file, a server). It knows neither files nor
servers, and counts what was lost to the run meanwhile.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from kyara.failures import Breaker

T = TypeVar("T")
log = logging.getLogger(__name__)

FOR_GOOD = 1_000_000  # times: what can come back is never given up
PAUSE_S = 5.0  # doubled up to 80: a server that answers nobody costs one time-out in so many seconds


class Health:
    """Calls the parts of the backend called `name`. Whatever they raise is taken for a failure of theirs: damage makes
    clients fail in ways that nobody has listed."""

    def __init__(
        self,
        name: str,
        pause_s: float = PAUSE_S,
        remedy: Callable[[Exception], str] = lambda error: "",
        words: Callable[[Exception], str] = str,
    ) -> None:
        """`remedy` is what to do about an error that cannot pass, "" for one that can; `words` names the fault."""
        self.name, self._pause_s, self._remedy, self._words = name, pause_s, remedy, words
        self._lock = Lock()
        self._breakers: dict[str, Breaker] = {}
        self._faults: dict[str, str] = {}  # of the parts that are away now
        self._lost: Counter[str] = Counter()

    @property
    def lost(self) -> dict[str, int]:
        """Entries that were neither read nor kept, by what failed."""
        with self._lock:
            return dict(self._lost)

    @property
    def faults(self) -> tuple[str, ...]:
        """What fails now, each once."""
        with self._lock:
            return tuple(dict.fromkeys(f"{part}: {fault}" for part, fault in self._faults.items()))

    def attempt(self, part: str, act: Callable[[], T], otherwise: T, entries: int = 0) -> T:
        """What `act` gives; `otherwise`, with `entries` lost, while `part` is away."""
        with self._lock:
            breaker = self._breakers.setdefault(part, Breaker(1, self._pause_s, FOR_GOOD))
        if not breaker.admits():
            self._lose(breaker.fault, entries)
            return otherwise
        try:
            result = act()
        except Exception as error:
            self._failed(part, breaker, error)
            self._lose(breaker.fault, entries)
            return otherwise
        except BaseException:
            breaker.neither()
            raise
        breaker.succeeded()
        if part in self._faults:
            self._returned(part)
        return result

    def _lose(self, fault: str, entries: int) -> None:
        with self._lock:
            self._lost[f"{self.name}: {fault}"] += entries

    def _failed(self, part: str, breaker: Breaker, error: Exception) -> None:
        fault = " ".join(self._words(error).split()) or type(error).__name__
        remedy = self._remedy(error)
        if remedy:
            breaker.switch_off(fault)
        else:
            breaker.failed(fault)
        with self._lock:
            known = fault in self._faults.values()
            self._faults[part] = fault
        if not known:
            detail = f" ({error})" if str(error) and fault not in str(error) else ""
            then = remedy or "it is tried again from time to time"
            log.warning("cache %s: %s: %s%s; going on without it, slower; %s", self.name, part, fault, detail, then)

    def _returned(self, part: str) -> None:
        with self._lock:
            gone = self._faults.pop(part, None)
            back = gone is not None and gone not in self._faults.values()
        if back:
            log.warning("cache %s: %s works again", self.name, part)
