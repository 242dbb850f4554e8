"""Writing a file so that a kill at any moment leaves the old one or the new one, never half of either."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kyara.errors import OutputError


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file, then put it in `path`'s place. Raises OutputError (disk full, read-only …)."""
    temporary = path.with_name(f".{path.name}.tmp")
    with said_as_output_error(path):
        try:
            write(temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)  # half a file would keep a full disk full
            raise


@contextmanager
def said_as_output_error(path: Path) -> Iterator[None]:
    """Turn an OSError of writing below `path` into an OutputError that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "free some space and run the same command again: finished shards are kept"
        else:
            remedy = "choose another --out, or make this one writable"
        raise OutputError(f"cannot write {path}: {error.strerror or error}; {remedy}") from error
