"""Calls whatever may fail (extractors, detectors, measures); a failure costs the one sample it belongs to.

What can pass is tried again. An error of a batch halves it, down to the single sample that fails alone; a call that
does not end, and a service that does not answer, are asked sample by sample. Who fails again and again is left alone
for a while, at last for the run. A KyaraError (no disk, a missing extra) is about the run and stops it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from threading import Lock
from typing import Protocol, TypeVar

from kyara.errors import KyaraError, UnreadableImageError
from kyara.failures import Breaker, Companions, OverdueError, can_pass, patiently
from kyara.flow import View
from kyara.records import Reason, Sample, Skip
from kyara.settings import FailureSettings

T = TypeVar("T")
log = logging.getLogger("kyara.progress")  # whoever is left out is told of at once

DECODE = "decode"
OPENINGS = 3  # times in a row that somebody is left alone before it is for good
WAITS = 3  # calls in a row that hang or find nobody there, before somebody is left alone
_alone = Lock()  # held while a suspect is asked
PASSING = frozenset({Reason.TIMED_OUT, Reason.UNAVAILABLE})


class AskWatch(Protocol):
    """Who remembers what is being asked of whom, in case the process dies of it (scale/deaths.py does)."""

    def suspected(self, step: str) -> Set[str]: ...
    def fatal(self, step: str) -> Set[str]: ...
    def is_off(self, step: str) -> bool: ...
    def asking(self, step: str, contents: Sequence[str]) -> None: ...
    def answered(self) -> None: ...


class Attempts:
    """The calls of one `step`. Safe to use from several threads."""

    def __init__(self, step: str, patience: FailureSettings, risky: bool = True) -> None:
        """`risky`: whether a call might hang, or kill the process."""
        self.step = step
        self.breaker = Breaker(patience.strikes, patience.pause_s, OPENINGS)
        self.watch: AskWatch | None = None
        self._attempts = patience.attempts
        self._strikes_of_a_wait = math.ceil(patience.strikes / WAITS)
        self._in_time = Companions(patience.timeout_s) if risky else None

    def __call__(self, call: Callable[[Sequence[View]], Sequence[T]], views: Sequence[View]) -> list[T | Skip]:
        """What `call` gives for each view, in order; a Skip where it fails on a view alone or is asked no more."""
        watch = self.watch if self._in_time is not None else None
        if watch is None or not (dangerous := watch.suspected(self.step)):
            return self._halving(call, views)
        if watch.is_off(self.step) and self.breaker.state != "off":
            self.give_up("the process died of it again and again")
        fatal, given = watch.fatal(self.step), dict[int, T | Skip]()
        for i, view in enumerate(views):
            if view.sample.id in fatal:
                given[i] = Skip(self.step, Reason.EXTRACTOR_DIED, "the process died twice of this sample")
            elif view.sample.id in dangerous:
                with _alone:
                    given[i] = self._halving(call, [view])[0]
        others = [i for i in range(len(views)) if i not in given]
        given.update(zip(others, self._halving(call, [views[i] for i in others]), strict=True))
        return [given[i] for i in range(len(views))]

    def _halving(self, call: Callable[[Sequence[View]], Sequence[T]], views: Sequence[View]) -> list[T | Skip]:
        if not views:
            return []
        if len(views) > 1 and self.breaker.state == "half-open":  # one sample shows whether it answers again
            return [*self._halving(call, views[:1]), *self._halving(call, views[1:])]
        if not self.breaker.admits():
            return [Skip(self.step, Reason.SWITCHED_OFF, self.breaker.fault)] * len(views)
        try:
            given: list[T | Skip] = [*self._called(call, views)]
        except KyaraError:
            self.breaker.neither()
            raise
        except (Exception, SystemExit) as error:
            skip = self._judged(error, len(views))
        else:
            self.breaker.succeeded()
            return given
        if len(views) == 1:
            return [skip]
        size = 1 if skip.reason in PASSING else len(views) // 2
        parts = (views[i : i + size] for i in range(0, len(views), size))
        return [one for part in parts for one in self._halving(call, part)]  # here no traceback holds memory

    def _called(self, call: Callable[[Sequence[View]], Sequence[T]], views: Sequence[View]) -> Sequence[T]:
        in_time = self._in_time
        if in_time is None:
            return call(views)

        def noted() -> Sequence[T]:
            watch = self.watch
            if watch is None:
                return call(views)
            watch.asking(self.step, [view.sample.id for view in views])
            try:
                return call(views)
            finally:
                watch.answered()

        return patiently(lambda: in_time(noted), self.step, self._attempts)

    def _judged(self, error: BaseException, count: int) -> Skip:
        """The Skip this failure makes of a sample that was asked alone; strikes where it is the fault of who was asked.

        An error of many is nobody's yet: one of them may be odd. Waiting in vain counts however many were asked.
        """
        skip = _skip(self.step, error)
        if skip.reason in PASSING:
            state = self.breaker.failed(skip.detail, self._strikes_of_a_wait)
        elif skip.reason is Reason.EXTRACTOR_FAILED and count == 1:
            state = self.breaker.failed(skip.detail)
        else:
            self.breaker.neither()
            return skip
        if state == "off":
            log.warning("%s", self._off(skip.detail))
        elif state is not None:
            log.warning("%s fails again and again (%s); it is left alone for a while", self.step, skip.detail)
        return skip

    def give_up(self, fault: str) -> None:
        """Ask no more in this run, and say so."""
        self.breaker.switch_off(fault)
        log.warning("%s", self._off(fault))

    def _off(self, fault: str) -> str:
        return f"{self.step} is switched off for the rest of this run: {fault}; --again missing asks it later"


def without(sample: Sample, failed: Skip) -> Sample:
    """`sample` after `failed`: it ends where its picture cannot be decoded, else goes on without that answer."""
    if failed.step == DECODE:
        return replace(sample, skip=failed)
    return replace(sample, missed=tuple(dict.fromkeys([*sample.missed, failed])))


def _skip(step: str, error: BaseException) -> Skip:
    if isinstance(error, UnreadableImageError):
        return Skip(DECODE, Reason(error.reason), error.detail)
    if isinstance(error, MemoryError):
        return Skip(step, Reason.OUT_OF_MEMORY, "not enough memory for this sample alone")
    if isinstance(error, OverdueError):
        return Skip(step, Reason.TIMED_OUT, str(error))
    said = str(error).encode("utf-8", "replace").decode()  # results hold valid UTF-8 only
    reason = Reason.UNAVAILABLE if can_pass(error) else Reason.EXTRACTOR_FAILED
    return Skip(step, reason, f"{type(error).__name__}: {said:.300}")
