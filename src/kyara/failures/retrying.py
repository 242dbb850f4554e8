"""What can pass is tried again, after waits that grow and vary, so that many workers do not knock at once."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

T = TypeVar("T")
log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
_BUSY = {408, 425, 429, 500, 502, 503, 504}  # HTTP
_ERRNOS = {
    getattr(errno, name)
    for name in ("EAGAIN", "EBUSY", "EHOSTUNREACH", "EIO", "ENETDOWN", "ENETRESET", "ENETUNREACH", "ESTALE")
}
# Of clients that a call may use without Kyara importing them: httpx, httpcore, requests, botocore, redis, psycopg
_NAMES = {"TransportError", "NetworkError", "Timeout", "ConnectionError", "HTTPClientError", "OperationalError"}


def can_pass(error: BaseException) -> bool:
    """True for what may be gone in a moment: a network, a busy service, a device that did not answer."""
    response = getattr(error, "response", None)
    if (status := getattr(response, "status_code", None)) is not None:
        return status in _BUSY
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _ERRNOS
    return any(kind.__name__ in _NAMES for kind in type(error).__mro__)


def patiently(
    call: Callable[[], T], what: str, attempts: int, passing: Callable[[BaseException], bool] = can_pass
) -> T:
    """What `call` gives, tried up to `attempts` times while its errors are `passing`; then the last error is raised."""

    try:
        return call()  # nearly always; tenacity would cost 50 µs
    except BaseException as error:
        if attempts == 1 or not passing(error):
            raise
        wait_s = random.uniform(FIRST_WAIT_S, 2 * FIRST_WAIT_S)
        _tell(what, error, wait_s)
    time.sleep(wait_s)
    retrying = Retrying(
        stop=stop_after_attempt(attempts - 1),
        wait=wait_exponential_jitter(initial=2 * FIRST_WAIT_S, max=LONGEST_WAIT_S, jitter=FIRST_WAIT_S),
        retry=retry_if_exception(passing),
        before_sleep=lambda state: _tell(what, _error(state), state.upcoming_sleep),
        reraise=True,
    )
    return retrying(call)


def _tell(what: str, error: BaseException | None, wait_s: float) -> None:
    said = str(error) or type(error).__name__
    log.warning("%s: %s; trying again in %.1f s", what, said, wait_s)


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
