"""What fails is said once, left alone, tried again, and its return is told once."""

from __future__ import annotations

import logging
import time

import pytest

from kyara.cache.health import Health


def failing(error: BaseException) -> int:
    raise error


def of(health: Health, part: str, error: BaseException | None = None, entries: int = 1) -> int:
    return health.attempt(part, lambda: 1 if error is None else failing(error), 0, entries)


def test_what_fails_is_said_once_and_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    health = Health("raw", pause_s=60)
    assert [of(health, "a"), of(health, "a", OSError("full"), 5), of(health, "a", None, 3)] == [1, 0, 0]
    assert of(health, "b", OSError("full"), 7) == 0
    assert of(health, "c") == 1
    assert [record.getMessage() for record in caplog.records] == [
        "cache raw: a: full; going on without it, slower; it is tried again from time to time"
    ]
    assert health.lost == {"raw: full": 15}
    assert health.faults == ("a: full", "b: full")


def test_what_is_back_is_told_when_all_of_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    health = Health("raw", pause_s=0.01)
    for part in "ab":
        of(health, part, OSError("gone"))
    for _ in range(2):  # still gone
        time.sleep(0.05)
        of(health, "a", OSError("gone"))
    time.sleep(0.1)
    assert of(health, "a") == 1
    assert len(caplog.records) == 1
    assert of(health, "b") == 1
    assert caplog.messages[1:] == ["cache raw: b works again"]
    of(health, "a", OSError("gone"))
    assert len(caplog.records) == 3, "another time is another word"


def test_what_cannot_pass_is_left_for_good(caplog: pytest.LogCaptureFixture) -> None:
    health = Health("raw", 0.0, lambda error: "delete it")
    of(health, "a", OSError("damaged"))
    assert of(health, "a") == 0
    assert "damaged; going on without it, slower; delete it" in caplog.text


def test_an_odd_error_is_a_failure_too_and_a_stop_is_none(caplog: pytest.LogCaptureFixture) -> None:
    health = Health("raw")
    with pytest.raises(KeyboardInterrupt):
        of(health, "a", KeyboardInterrupt())
    assert of(health, "a") == 1
    assert of(health, "a", TypeError()) == 0
    assert "a: TypeError; going on without it" in caplog.text


def test_one_fault_in_other_words_is_said_once_with_its_detail(caplog: pytest.LogCaptureFixture) -> None:
    health = Health("server", words=lambda error: "no answer")
    of(health, "reading", OSError("refused"))
    of(health, "writing", OSError("timed out"))
    (message,) = caplog.messages
    assert "no answer (refused)" in message
