"""What a database says when it refuses, as an error that names the cause and the next step.

Knows the codes of SQLite and PostgreSQL, and nothing of what was being done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from kyara.errors import CatalogueError


class GoneError(CatalogueError):
    """The server went away: worth another try."""


_LOCKED = "is locked: another program has been writing to it for {wait_s:g} s; wait for it, then run this again"
_ROLLED_BACK = "nothing of this step was kept, all before it was"
_SQLITE = {
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_READONLY": "is read-only; make the file and its folder writable, or choose another --catalogue",
    "SQLITE_CANTOPEN": "cannot be opened; see that its folder is there and writable, or choose another --catalogue",
    "SQLITE_FULL": f"cannot grow: the disk is full; free some space and run this again ({_ROLLED_BACK})",
    "SQLITE_IOERR": f"cannot be read or written: the disk reports an error; look after the disk ({_ROLLED_BACK})",
    "SQLITE_NOTADB": "is no SQLite database; choose another --catalogue",
    "SQLITE_CORRUPT": "is damaged; delete it and ingest the results anew (kyara catalogue ingest RESULT)",
}
_POSTGRES = {
    "53100": f"cannot grow: the server's disk is full; free some space and run this again ({_ROLLED_BACK})",
    "53300": "has no connection free; wait, or raise max_connections",
    "25006": "is read-only (a standby?); give the address of the primary",
    "28P01": "refuses the user or the password; correct the address",
    "3D000": "names a database that is not there; create it (createdb NAME), or correct the address",
    "42501": "refuses: this user may not do that; grant it, or give another user in the address",
    "55P03": _LOCKED,
    "0A000": "lacks the extension pgvector; install it on the server (https://github.com/pgvector/pgvector)",
    "58P01": "lacks the extension pgvector; install it on the server (https://github.com/pgvector/pgvector)",
}

_TOLD = {r"FATAL: +database .* does not exist": "3D000", r"FATAL: +(password|role) ": "28P01"}


@contextmanager
def said_of(where: str, wait_s: float) -> Iterator[None]:
    """Turn what the database at `where` raises into CatalogueError, or GoneError where the server went away."""
    try:
        yield
    except DBAPIError as error:
        raise _refusal(where, error, wait_s) from error


def _refusal(where: str, error: DBAPIError, wait_s: float) -> CatalogueError:
    orig = error.orig
    name = getattr(orig, "sqlite_errorname", None)
    state = getattr(orig, "sqlstate", None) or _state_told(str(orig))
    if name is not None:
        said = next((_SQLITE[code] for code in _SQLITE if name.startswith(code)), None)
    else:
        said = _POSTGRES.get(state or "")
    if said is not None:
        return CatalogueError(f"catalogue {where} {said.format(wait_s=wait_s)}")
    reason = " ".join(str(orig).split())
    if name is None and (error.connection_invalidated or not state or state[:2] in ("08", "57")):
        return GoneError(f"catalogue {where} does not answer ({reason}); see that the server runs, then run this again")
    return CatalogueError(f"catalogue {where}: {reason}; if this is no mistake of yours, report it")


def _state_told(reason: str) -> str | None:
    """The code of a refused connection: psycopg gives none for these, only the server's words."""
    return next((state for words, state in _TOLD.items() if re.search(words, reason)), None)
