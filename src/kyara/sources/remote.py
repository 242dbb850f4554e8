"""Files at URLs of fsspec: `s3://…`, `memory://…`, `zip://INNER::/pictures.zip`, `simplecache::https://…`.

A URL is one string from end to end, chains too, so that it travels to other processes as a path does. It knows no
file format and no source; what a protocol needs besides fsspec (s3fs, gcsfs, aiohttp) the user installs.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

from kyara.errors import SourceError
from kyara.failures import can_pass

_INNER = "://"
_LINK = "::"


class Entry(NamedTuple):
    """One thing in a folder. `mark` changes when it does; empty where a listing does not tell."""

    name: str
    is_folder: bool
    mark: bytes = b""


def path_of(url: str) -> str:
    """The path within the innermost file system, as it stands in the URL."""
    return _cut(url)[1]


def with_path(url: str, path: str) -> str:
    """The same URL with another path within the innermost file system."""
    before, _, after = _cut(url)
    return f"{before}{path}{after}"


def join(url: str, below: str) -> str:
    """The URL of what is called `below` in the folder at `url`."""
    path = path_of(url)
    return with_path(url, f"{path}{'/' if path and not path.endswith('/') else ''}{below}")


def _cut(url: str) -> tuple[str, str, str]:
    """What stands before that path, the path, and the rest of the chain: `zip://`, `a/b.png`, `::s3://bucket/x.zip`."""
    start = url.index(_INNER) + len(_INNER)
    end = url.find(_LINK, start)
    return (url[:start], url[start:], "") if end < 0 else (url[:start], url[start:end], url[end:])


def forget() -> None:
    """Forget the archives that were opened: one may have been written again."""
    _archive.cache_clear()


def check(url: str) -> None:
    """Raises SourceError for a protocol that is unknown or not installed; what was listed before is forgotten."""
    try:
        system, _ = _system(url)
    except ImportError as error:
        raise SourceError(f"{url}: {error}; install what it names, then run again") from error
    except (ValueError, OSError) as error:
        raise SourceError(f"{url}: cannot be opened: {error}; give an address that fsspec knows") from error
    system.invalidate_cache()


def is_folder(url: str) -> bool:
    """Raises OSError where nothing is there."""
    with _as_os_errors():
        system, path = _system(url)
        return bool(system.info(path)["type"] == "directory")


def listed(url: str) -> Iterator[Entry]:
    """What lies in the folder at `url`. Raises OSError."""
    with _as_os_errors():
        system, path = _system(url)
        for info in system.ls(path, detail=True):
            name = info["name"].rstrip("/").rpartition("/")[2]
            if name:
                yield Entry(name, info["type"] == "directory", _mark(info))


def size(url: str) -> int:
    """Bytes of the file at `url`. Raises OSError."""
    with _as_os_errors():
        system, path = _system(url)
        return int(system.info(path)["size"])


def stamp(url: str) -> bytes:
    """What changes when the file does, or why it cannot be seen."""
    try:
        with _as_os_errors():
            system, path = _system(url)
            return _mark(system.info(path))
    except OSError as error:
        return f"unseen {error.errno}".encode()


def read(url: str, limit: int, start: int = 0, length: int | None = None) -> bytes:
    """The bytes of the file at `url`, or `length` of them from `start` on. Raises OSError, also beyond `limit`."""
    with _as_os_errors():
        system, path = _system(url)
        if length is None:
            length = int(system.info(path)["size"] or 0)
        if length > limit:
            raise OSError(errno.EFBIG, f"{length:,} bytes; at most {limit:,} are read", url)
        data: bytes = system.cat_file(path, start=start, end=start + length)
        return data


def opened(url: str) -> BinaryIO:
    """The file at `url` for reading, seekable. Raises OSError."""
    with _as_os_errors():
        system, path = _system(url)
        file: BinaryIO = system.open(path, "rb")
        return file


def _mark(info: dict[str, Any]) -> bytes:
    """Size and whatever the file system has of a version: an ETag, a checksum, a time."""
    told = [str(info.get(name)) for name in ("size", "ETag", "etag", "md5", "CRC", "LastModified", "mtime", "created")]
    return " ".join(told).encode("utf-8", "backslashreplace")


def _system(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it."""
    before, path, rest = _cut(url)
    if rest and _LINK not in before:
        return _archive(before + rest), path
    from fsspec.core import url_to_fs

    system, path = url_to_fs(url)
    return system, path


@lru_cache(maxsize=8)
def _archive(url: str) -> Any:
    """fsspec would read a zip's directory anew for every file in it."""
    from fsspec.core import url_to_fs

    return url_to_fs(url)[0]


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """What clients of stores raise (botocore, aiohttp, zipfile) as OSError, which is what a source expects."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        code = errno.EIO if can_pass(error) else errno.EBADMSG  # a damaged member is as damaged the next time
        raise OSError(code, f"{type(error).__name__}: {error}"[:300]) from error
