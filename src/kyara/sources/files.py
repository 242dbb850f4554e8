"""Files as inputs: names that survive any encoding, stamps that show a change, bytes read up to a limit.

Knows the file system and its oddities (undecodable names, pipes, absent files). Knows nothing of what a file holds.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

LARGEST_IMAGE_BYTES = 1 << 30
SETTLES_S = 2  # the coarsest clock a file system keeps (FAT)


def digest(parts: Iterable[bytes]) -> str:
    """BLAKE2b-256 (hex) over `parts`, each with its length, so that no byte can move from one to the next unseen.

    BLAKE2b and not SHA-256: 685 against 401 MB/s here, and a second run does little else.
    """
    total = hashlib.blake2b(digest_size=32)
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.hexdigest()


def portable(name: str) -> str:
    r"""`name` as valid UTF-8, reversibly: an undecodable byte becomes `\xff`, and a backslash of its own `\\`."""
    name = name.replace("\\", "\\\\") if os.sep == "/" else name.replace(os.sep, "/")
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def uri(path: str) -> str:
    """The `file://` address of an absolute path; bytes that are not UTF-8 are percent-encoded."""
    return Path(path).as_uri()


def place(path: str) -> str:
    """How a source at an absolute path is called: relative to the working directory when below it, else absolute."""
    here = os.getcwd()
    below = path == here or path.startswith(here.rstrip(os.sep) + os.sep)
    return portable(os.path.relpath(path, here) if below else path)


def stamp(path: str) -> bytes:
    """Size, mtime and ctime (ns) of a file, or why it cannot be seen: changes when the file does."""
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        return f"unseen {getattr(error, 'errno', None)}".encode()
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}".encode()


def settled(path: str) -> bytes | None:
    """What stands for the bytes of the file at an absolute path until they change, None where they may be changing.

    A file written within `SETTLES_S` could be written again without its times telling (git: "racy").
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < SETTLES_S * 10**9:
        return None
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return os.fsencode(path) + b"\0%d %d %d %d %d" % parts


def read(path: str, limit: int = LARGEST_IMAGE_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises OSError for anything else, a pipe too."""
    try:
        status = os.stat(path)
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, str(error), portable(path)) from error
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", portable(path))
    if status.st_size > limit:
        raise OSError(errno.EFBIG, f"{status.st_size:,} bytes; at most {limit:,} are read", portable(path))
    with open(path, "rb") as file:
        data = file.read(status.st_size + 1)  # a buffer of `limit` bytes would cost four times what reading does
        return data if len(data) <= status.st_size else data + file.read(limit - len(data))
