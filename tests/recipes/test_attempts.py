"""Attempts: a bad view costs itself alone; who hangs, is gone or kills the process is left out and the run goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from threading import Event

import pytest
from tests.recipes.reader import FINE, VIEWS, Reader, asking, broken, proven, raising, view

from kyara.errors import MissingExtraError, OutputError, UnreadableImageError
from kyara.flow import View
from kyara.recipes.attempts import without
from kyara.records import Reason, Sample, Sighting, Skip


@pytest.mark.parametrize("bad", [0, 31, 63])
@pytest.mark.parametrize(
    ("error", "skip"),
    [
        (ValueError("odd"), Skip("extract reader", Reason.EXTRACTOR_FAILED, "ValueError: odd")),
        (UnreadableImageError("truncated", "half"), Skip("decode", Reason.TRUNCATED, "half")),
        (MemoryError(), Skip("extract reader", Reason.OUT_OF_MEMORY, "not enough memory for this sample alone")),
    ],
    ids=lambda part: type(part).__name__,
)
def test_one_bad_view_costs_itself_alone(error: Exception, skip: Skip, bad: int) -> None:
    answers = asking(Reader(raising(error, str(bad))))(VIEWS, ())
    assert answers == [*FINE[:bad], skip, *FINE[bad + 1 :]]


def test_memory_for_half_a_batch_is_enough() -> None:
    def short(keys: Sequence[str]) -> None:
        if len(keys) > 16:
            raise MemoryError

    reader = Reader(short)
    assert asking(reader)(VIEWS, ()) == FINE
    assert reader.batches == [64, 32, 16, 16, 32, 16, 16]


def test_memory_of_a_failed_batch_is_free_before_the_half_is_tried() -> None:
    class Large:
        alive = 0

        def __init__(self) -> None:
            Large.alive += 1

        def __del__(self) -> None:
            Large.alive -= 1

    def fault(keys: Sequence[str]) -> None:
        assert Large.alive == 0
        large = Large()
        if len(keys) > 1:
            raise MemoryError(str(large)[:0])

    assert asking(Reader(fault))(VIEWS[:4], ()) == FINE[:4]


def test_once_proven_a_whole_bad_batch_is_a_bad_batch() -> None:
    reader = Reader(raising(ValueError("odd"), "1"))
    one = proven(reader)
    (skip,) = one(VIEWS[1:2], ())
    assert isinstance(skip, Skip)
    assert one(VIEWS[:1], ()) == FINE[:1]


@pytest.mark.parametrize("error", [UnreadableImageError("truncated", "half"), MemoryError()])
def test_bad_pictures_are_not_the_extractors_fault(error: Exception) -> None:
    def fault(keys: Sequence[str]) -> None:
        raise error

    one = asking(Reader(fault), alone=True, strikes=1)
    skips = one(VIEWS, ())
    assert all(isinstance(skip, Skip) for skip in skips)
    assert one.attempts.breaker.state == "closed"


@pytest.mark.parametrize("error", [OutputError("no disk"), MissingExtraError("no torch"), KeyboardInterrupt()])
def test_what_is_about_the_run_stops_it(error: BaseException) -> None:
    with pytest.raises(type(error)):
        proven(Reader(raising(error, "5")))(VIEWS, ())


def test_one_in_three_raising_costs_those_and_switches_nobody_off() -> None:
    def fault(keys: Sequence[str]) -> None:
        if any(int(key) % 3 == 0 for key in keys):
            raise ValueError("every third")

    one = asking(Reader(fault))
    for _ in range(20):
        answers = one(VIEWS, ())
        assert answers[1::3] == FINE[1::3]
        assert answers[2::3] == FINE[2::3]
        assert all(skip.reason is Reason.EXTRACTOR_FAILED for skip in answers[::3])


def test_who_fails_again_and_again_is_left_alone_then_tried_with_one(caplog: pytest.LogCaptureFixture) -> None:
    reader = Reader(broken)
    one = proven(reader)
    one.attempts.breaker._pause_s = 0.2
    with caplog.at_level(logging.WARNING, "kyara.progress"):
        reasons = [skip.reason for skip in one(VIEWS, ())]
    assert reasons == [Reason.EXTRACTOR_FAILED] * 20 + [Reason.SWITCHED_OFF] * 44
    assert "extract reader fails again and again (KeyError: 'weights'); it is left alone for a while" in caplog.text
    time.sleep(0.25)
    reader.fault = lambda keys: None
    reader.batches.clear()
    assert one(VIEWS, ()) == FINE
    assert reader.batches == [1, 63]


def test_what_hangs_on_one_sample_costs_that_sample() -> None:
    let_go = Event()
    reader = Reader(lambda keys: let_go.wait(20) and None if "2" in keys else None)
    answers = asking(reader, timeout_s=0.3)(VIEWS[:8], ())
    let_go.set()
    assert answers[2] == Skip("extract reader", Reason.TIMED_OUT, "no answer in 0.3 s")
    assert answers[:2] + answers[3:] == FINE[:2] + FINE[3:8]


def test_what_hangs_always_costs_three_waits() -> None:
    let_go = Event()
    reader = Reader(lambda keys: let_go.wait(20) and None)
    one = asking(reader, timeout_s=0.3)
    started = time.monotonic()
    reasons = [skip.reason for skip in one(VIEWS, ())]
    let_go.set()
    assert time.monotonic() - started < 15, "64 waits would be 19 s"
    assert reasons == [Reason.TIMED_OUT] * 2 + [Reason.SWITCHED_OFF] * 62
    assert len(reader.batches) == 3


def test_what_can_pass_is_tried_again_and_who_is_gone_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda s: None)
    calls = iter([ConnectionError("reset"), ConnectionError("reset"), None])

    def fault(keys: Sequence[str]) -> None:
        if (error := next(calls)) is not None:
            raise error

    assert asking(Reader(fault), attempts=3)(VIEWS, ()) == FINE
    gone = Reader(raising(ConnectionError("refused"), "0"))
    gone.fault = lambda keys: (_ for _ in ()).throw(ConnectionError("refused"))
    reasons = [skip.reason for skip in asking(gone, attempts=3)(VIEWS, ())]
    assert reasons == [Reason.UNAVAILABLE] * 2 + [Reason.SWITCHED_OFF] * 62
    assert len(gone.batches) == 3 * 3


class Watch:
    """Says who is suspected and fatal, and keeps what was noted down."""

    def __init__(self, suspected: set[str], fatal: set[str], off: bool = False) -> None:
        self.of, self.to, self.off, self.noted = suspected, fatal, off, list[object]()

    def suspected(self, step: str) -> set[str]:
        return self.of

    def fatal(self, step: str) -> set[str]:
        return self.to

    def is_off(self, step: str) -> bool:
        return self.off

    def asking(self, step: str, contents: Sequence[str]) -> None:
        self.noted.append((step, *contents))

    def answered(self) -> None:
        self.noted.append("answered")


def with_id(key: str, content: str) -> View:
    return View(Sample(key, content, "u", text="x", sightings=(Sighting(),)), 0)


def test_who_is_suspected_is_asked_alone_and_who_is_fatal_not_at_all() -> None:
    reader = Reader()
    one = asking(reader)
    one.attempts.watch = watch = Watch({"b", "c"}, {"c"})
    a, b, c, d = one([with_id("0", "a"), with_id("1", "b"), with_id("2", "c"), with_id("3", "d")], ())
    assert [a, b, d] == [FINE[0], FINE[1], FINE[3]]
    assert c.reason is Reason.EXTRACTOR_DIED
    assert watch.noted == [("extract reader", "b"), "answered", ("extract reader", "a", "d"), "answered"]


def test_of_whom_the_process_died_often_nothing_is_asked() -> None:
    reader = Reader()
    one = asking(reader)
    one.attempts.watch = Watch({"b"}, set(), off=True)
    assert [skip.reason for skip in one(VIEWS[:3], ())] == [Reason.SWITCHED_OFF] * 3
    assert reader.batches == []


def test_an_undecodable_picture_ends_a_sample_and_a_failure_does_not() -> None:
    sample, failed = view(0).sample, Skip("extract x", Reason.TIMED_OUT, "")
    assert without(sample, Skip("decode", Reason.TRUNCATED, "half")).skip is not None
    once = without(sample, failed)
    assert (once.skip, once.missed, without(once, failed).missed) == (None, (failed,), (failed,))


def test_what_an_exception_says_can_always_be_written() -> None:
    fault = raising(ValueError("\ud800" + "x" * 10_000), "0")
    (skip,) = proven(Reader(fault))(VIEWS[:1], ())
    assert len(skip.detail.encode()) < 400
