"""What can pass is tried again with growing waits; nothing else is."""

from __future__ import annotations

import errno
import time
from types import SimpleNamespace

import httpx2
import pytest

from kyara.errors import UnreadableImageError
from kyara.failures import can_pass, patiently


def answered(status: int) -> Exception:
    error = RuntimeError("the service said")
    error.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(), TimeoutError(), OSError(errno.EIO, "I/O"), OSError(errno.ESTALE, "stale"),
        httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow"), answered(503), answered(429),
    ],
    ids=repr,
)  # fmt: skip
def test_what_can_pass(error: Exception) -> None:
    assert can_pass(error)


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "none"), PermissionError(errno.EACCES, "no"), ValueError("odd"), MemoryError(),
        answered(404), answered(401), OSError("unlike any other"), UnreadableImageError("truncated", "half"),
        OSError(errno.ENOSPC, "full"), RuntimeError("TransportError in a text"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot(error: Exception) -> None:
    assert not can_pass(error)


class Flaky:
    """Fails the first `times` calls."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error, self.calls = times, error, list[float]()

    def __call__(self) -> str:
        self.calls.append(time.monotonic())
        if len(self.calls) <= self.times:
            raise self.error
        return "there"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds waited, without waiting."""
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


def test_it_is_tried_again_after_waits_that_grow(waits: list[float]) -> None:
    flaky = Flaky(4, ConnectionError("reset"))
    assert patiently(flaky, "x", attempts=5) == "there"
    assert len(flaky.calls) == 5
    assert len(waits) == 4
    assert waits == sorted(waits)
    assert 0.5 <= waits[0] <= 1.0
    assert max(waits) <= 8.5


def test_waits_vary(waits: list[float]) -> None:
    for _ in range(5):
        patiently(Flaky(1, ConnectionError()), "x", attempts=2)
    assert len(set(waits)) == 5


def test_after_the_last_attempt_its_error_comes_out(waits: list[float]) -> None:
    flaky = Flaky(9, ConnectionError("reset"))
    with pytest.raises(ConnectionError, match="reset"):
        patiently(flaky, "x", attempts=3)
    assert (len(flaky.calls), len(waits)) == (3, 2)


@pytest.mark.parametrize(("attempts", "error"), [(5, ValueError("odd")), (1, ConnectionError())])
def test_what_cannot_pass_and_one_attempt_are_one_call(attempts: int, error: Exception, waits: list[float]) -> None:
    flaky = Flaky(1, error)
    with pytest.raises(type(error)):
        patiently(flaky, "x", attempts)
    assert (len(flaky.calls), waits) == (1, [])


def test_an_error_that_cannot_pass_ends_the_trying(waits: list[float]) -> None:
    errors = iter([ConnectionError(), ValueError("odd")])

    def call() -> None:
        raise next(errors)

    with pytest.raises(ValueError, match="odd"):
        patiently(call, "x", attempts=5)
