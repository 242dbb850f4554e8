"""The circuit breaker: closed, open, half-open, and off for good."""

from __future__ import annotations

from threading import Thread

from kyara.failures import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def breaker(clock: Clock, strikes: int = 3, openings: int = 3) -> Breaker:
    return Breaker(strikes, 10.0, openings, clock)


def test_strikes_in_a_row_open_it_and_a_success_between_forgives() -> None:
    one = breaker(Clock())
    for _ in range(5):
        one.failed("x")
        one.failed("x")
        one.succeeded()
    assert one.state == "closed"
    assert [one.failed("a"), one.failed("b"), one.failed("c")] == [None, None, "open"]
    assert (one.admits(), one.state, one.fault) == (False, "open", "c")


def test_a_heavy_failure_counts_as_several() -> None:
    assert breaker(Clock()).failed("x", strikes=3) == "open"


def test_after_the_pause_one_call_tries_and_its_success_closes() -> None:
    clock = Clock()
    one = breaker(clock, strikes=1)
    one.failed("x")
    clock.now = 9.9
    assert not one.admits()
    clock.now = 10.0
    assert (one.state, one.admits(), one.admits()) == ("half-open", True, False), "one at a time"
    one.succeeded()
    assert (one.state, one.admits()) == ("closed", True)


def test_a_failed_try_waits_twice_as_long_and_the_last_one_for_good() -> None:
    clock = Clock()
    one = breaker(clock, strikes=1)
    one.failed("x")
    clock.now = 10.0
    assert one.admits()
    assert one.failed("y") == "open"
    clock.now = 29.9
    assert not one.admits()
    clock.now = 30.0
    assert one.admits()
    assert one.failed("z") == "off"
    clock.now = 1e9
    assert not one.admits()
    assert (one.state, one.fault) == ("off", "z")


def test_a_try_that_ended_by_no_fault_leaves_the_next_one_to_tell() -> None:
    clock = Clock()
    one = breaker(clock, strikes=1)
    one.failed("x")
    clock.now = 10.0
    assert one.admits()
    one.neither()
    assert one.admits()


def test_a_call_that_began_before_it_opened_changes_nothing() -> None:
    clock = Clock()
    one = breaker(clock, strikes=1)
    assert one.failed("x") == "open"
    assert one.failed("late") is None
    clock.now = 10.0
    assert one.admits(), "the late failure did not lengthen the pause"


def test_switched_off_is_off() -> None:
    clock = Clock()
    one = breaker(clock)
    one.switch_off("died")
    clock.now = 1e9
    assert (one.state, one.admits(), one.fault) == ("off", False, "died")


def test_threads_open_it_once() -> None:
    one = breaker(Clock(), strikes=800)
    opened: list[str] = []

    def fail() -> None:
        opened.extend(state for _ in range(200) if (state := one.failed("x")) is not None)

    threads = [Thread(target=fail) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened == ["open"]
