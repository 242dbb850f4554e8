"""Addresses and one way to read them all: an absolute path, a URL of fsspec, or a file in a tar (`tar://NAME::ADDRESS`).

An address is a plain string; an absolute path never has `://` in it. Sources join, list and read addresses and need
not know which kind they have: files.py does it for paths, remote.py for URLs, tars.py for tars.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from kyara.sources import files, remote, tars
from kyara.sources.files import LARGEST_IMAGE_BYTES
from kyara.sources.remote import Entry

COUNTED_BYTES = 1 << 30  # a larger file is not read through only to count what is in it
_TAR, _ZIP = "tar://", "zip://"


def is_url(address: str) -> bool:
    return "://" in address


def is_tar(address: str) -> bool:
    return address.startswith(_TAR) and "::" in address


def in_tar(address: str) -> str:
    """The root of the tar file at `address`, as a folder."""
    return f"{_TAR}::{address}"


def fresh(address: str) -> None:
    """Forget what was seen before in archives and stores. Raises SourceError for a URL that nobody can open."""
    _index.cache_clear()
    remote.forget()
    if is_tar(address):
        fresh(_parted(address)[1])
    elif is_url(address):
        remote.check(address)


def join(address: str, below: str) -> str:
    """The address of `below` in the folder at `address`."""
    if not is_url(address):
        return os.path.join(address, below)
    return remote.join(address, below) if below else address


def folder_of(address: str) -> str:
    if not is_url(address):
        return os.path.dirname(address)
    path = remote.path_of(address)
    return remote.with_path(address, path.rstrip("/").rpartition("/")[0])


def name_of(address: str) -> str:
    """The last part of an address: the name of the file or folder."""
    return os.path.basename(remote.path_of(address).rstrip("/") if is_url(address) else address)


def relative(address: str, folder: str) -> str:
    """`address` as seen from `folder`, so that a fingerprint outlives a move of both."""
    return address.removeprefix(folder) if is_url(address) or is_url(folder) else os.path.relpath(address, folder)


def place(address: str) -> str:
    """How a source is called: a URL as it is, a tar or zip by its file, a path as the user sees it."""
    if is_tar(address) or _is_zip(address):
        member, outer = _parted(address)
        return f"{place(outer)}/{files.portable(member)}".rstrip("/")
    return address.rstrip("/") if is_url(address) else files.place(address)


def uri(address: str) -> str:
    if not is_tar(address) and not _is_zip(address):
        return address if is_url(address) else files.uri(address)
    member, outer = _parted(address)
    return f"{address[: len(_TAR)]}{files.portable(member)}::{uri(outer)}"


def is_near(address: str) -> bool:
    """True where listing costs little: files of this machine, and archives among them that are not large."""
    if not is_url(address):
        return True
    outer = address.partition("::")[2]
    return bool(outer) and not is_url(outer) and (not is_tar(address) or os.path.getsize(outer) <= COUNTED_BYTES)


def is_folder(address: str) -> bool:
    """True for a folder, also one in a store or an archive. Raises OSError where nothing is there."""
    if is_tar(address):
        member, outer = _parted(address)
        return member not in _tar(outer).members
    return remote.is_folder(address) if is_url(address) else stat.S_ISDIR(os.stat(address).st_mode)


def listed(address: str) -> Iterator[Entry]:
    """What lies in the folder at `address`, in no order. Raises OSError."""
    if is_tar(address):
        yield from _in_tar(address)
    elif is_url(address):
        yield from remote.listed(address)
    else:
        with os.scandir(address) as entries:
            for entry in entries:
                yield Entry(entry.name, _is_folder(entry))


def identity(address: str) -> tuple[int, int]:
    """Who a folder is, by whatever link one comes to it. Raises OSError."""
    if is_url(address):
        return -1, hash(address)
    status = os.stat(address)
    return status.st_dev, status.st_ino


def damage(address: str) -> str | None:
    """What is wrong with the tar whose root is at `address`, though some of it can be read."""
    return _tar(_parted(address)[1]).damage if is_tar(address) else None


def size(address: str) -> int:
    """Bytes of a file. Raises OSError."""
    if is_tar(address):
        return _member(address).size
    return remote.size(address) if is_url(address) else os.path.getsize(address)


def stamp(address: str) -> bytes:
    """What changes when the file does, or why it cannot be seen."""
    if not is_tar(address):
        return remote.stamp(address) if is_url(address) else files.stamp(address)
    try:
        return _mark(_member(address), stamp(_parted(address)[1]))
    except OSError as error:
        return f"unseen {error.errno}".encode()


def settled(address: str) -> bytes | None:
    """What stands for the bytes until they change, None where they may be changing or nobody can tell."""
    if not is_tar(address):
        return None if is_url(address) else files.settled(address)
    outer = settled(_parted(address)[1])
    return outer and outer + b"\0%d %d" % _member(address)[:2]


def read(address: str, limit: int = LARGEST_IMAGE_BYTES) -> bytes:
    """The bytes of a file of at most `limit` bytes. Raises OSError."""
    if not is_tar(address):
        return remote.read(address, limit) if is_url(address) else files.read(address, limit)
    member, outer = _member(address), _parted(address)[1]
    if member.size > limit:
        raise OSError(errno.EFBIG, f"{member.size:,} bytes; at most {limit:,} are read", address)
    data = _span(outer, member.start, member.size)
    if len(data) < member.size:
        raise OSError(errno.EBADMSG, "the tar ends within this file; get it again", address)
    return data


def opened(address: str) -> BinaryIO:
    """A file for reading from any byte on. Raises OSError."""
    return remote.opened(address) if is_url(address) else open(address, "rb", buffering=1 << 20)


def _span(address: str, start: int, length: int) -> bytes:
    if is_url(address):
        return remote.read(address, length, start, length)
    with open(address, "rb") as file:
        file.seek(start)
        return file.read(length)


def _parted(address: str) -> tuple[str, str]:
    """The name in the archive, and the address of its file."""
    member, _, outer = address[len(_TAR) :].partition("::")
    return member.strip("/"), outer


def _is_zip(address: str) -> bool:
    return address.startswith(_ZIP) and "::" in address


def _member(address: str) -> tars.Member:
    member, outer = _parted(address)
    found = _tar(outer).members.get(member)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, "no such file in the tar", address)
    return found


def _in_tar(address: str) -> Iterator[Entry]:
    folder, outer = _parted(address)
    index, outer_mark = _tar(outer), stamp(outer)
    for name in index.names(folder):
        member = index.members.get(f"{folder}/{name}".lstrip("/"))
        yield Entry(name, member is None, _mark(member, outer_mark) if member else b"")


def _mark(member: tars.Member, outer: bytes) -> bytes:
    return b"%d %d %d in " % (member.start, member.size, member.modified) + outer


def _tar(address: str) -> tars.Index:
    """The index of the tar at `address`: made once, and again when the file has another stamp."""
    return _index(address, b"" if is_url(address) else files.stamp(address))


@lru_cache(maxsize=4)  # 10,000 members take 3 MB
def _index(address: str, mark: bytes) -> tars.Index:
    with opened(address) as file:
        return tars.indexed(file)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
