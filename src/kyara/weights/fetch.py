"""One file from a URL to disk: goes on where an earlier try broke off, and never needs more room than there is.

huggingface_hub 2.4 throws a partial file away when a download ends early, with Xet and without (every try has a name of
its own), so the bytes are fetched here, by the plain HTTP way that the hub keeps for every file. Knows no hub: what the
bytes must be is the caller's to check.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kyara.errors import WeightsError

TIMEOUT_S = 20.0
BUSY = (408, 429, 500, 502, 503, 504)
WAITS_S = (1.0, 2.0, 4.0, 8.0)  # after a try that brought nothing; one that brought something starts anew

Advance = Callable[[int], None]


def fetch(url: str, headers: Mapping[str, str], partial: Path, size: int, advance: Advance) -> None:
    """Bring `partial` to `size` bytes from what it has; `advance` hears of bytes come (or, negative, thrown away).

    A broken connection and a hub that is busy (429, 5xx) are tried again. Raises httpx2.TransportError, HfHubHTTPError
    where that does not help, WeightsError where the server ends before the file does.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    partial.parent.mkdir(parents=True, exist_ok=True)
    waits = iter(WAITS_S)
    advance(_length(partial))
    while (have := _length(partial)) != size or not partial.exists():
        if have > size:  # a leftover of something else
            partial.unlink()
            advance(-have)
            have = 0
        try:
            _go_on(url, headers, partial, have, advance)
        except (httpx2.TransportError, HfHubHTTPError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code not in BUSY:
                raise
            if _length(partial) > have:
                waits = iter(WAITS_S)
            elif (wait := next(waits, None)) is None:
                raise
            else:
                time.sleep(wait)
        else:
            if have != size and _length(partial) <= have:
                raise WeightsError(f"{url} ends after {have:,} of {size:,} bytes; try again, or another HF_ENDPOINT")


def _go_on(url: str, headers: Mapping[str, str], partial: Path, have: int, advance: Advance) -> None:
    from huggingface_hub import get_session, hf_raise_for_status

    asked = {**headers, "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with get_session().stream("GET", url, headers=asked, timeout=TIMEOUT_S) as response:
        hf_raise_for_status(response)
        resumed = response.status_code == 206
        if not resumed:
            advance(-have)
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in response.iter_bytes():  # as it comes: gathered to larger pieces, a cut would cost the last one
                file.write(chunk)
                advance(len(chunk))


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def room_for(name: str, place: Path, needed: int) -> Iterator[None]:
    """Raises WeightsError before anything is written when `place` has less room, or when it runs full meanwhile."""
    try:
        place.mkdir(parents=True, exist_ok=True)
        if (free := shutil.disk_usage(place).free) < needed:
            raise WeightsError(_full(name, place, needed, free))
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsError(_full(name, place, needed, shutil.disk_usage(place).free)) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            raise WeightsError(f"cannot write {place}: {error.strerror}; set HF_HOME to a folder of yours") from error
        raise


def _full(name: str, place: Path, needed: int, free: int) -> str:
    return (
        f"no room for model {name!r}: {needed:,} bytes needed, {free:,} free in {place}; free some space or set HF_HOME"
        " to a larger disk, then pull again: what has come is kept"
    )
