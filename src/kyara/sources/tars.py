"""Tar files as folders: where each member lies, read from the headers alone, so that pictures are read in any order.

Knows the tar format (by the standard library) and nothing of what members hold. Compressed tars cannot be read so.
"""

from __future__ import annotations

import errno
import posixpath
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple


class Member(NamedTuple):
    """Where a file's bytes lie in the tar, and its time (seconds), by which a rewritten one is told."""

    start: int
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Index:
    """The files in a tar by name, and what lies in each folder of it; `damage` says where reading had to end."""

    members: dict[str, Member]
    folders: dict[str, set[str]]
    damage: str | None

    def names(self, folder: str) -> list[str]:
        """What lies in a folder ("" is the whole), folders too, in no order. Raises FileNotFoundError."""
        try:
            return list(self.folders[folder.strip("/")])
        except KeyError as error:
            raise FileNotFoundError(errno.ENOENT, "no such folder in the tar", folder) from error


def indexed(file: BinaryIO) -> Index:
    """Reads the headers of the tar in `file`. Raises OSError for what is no tar at all.

    Of two members with one name the last counts, as in unpacking; hard links are what they point to, other links and
    devices are nothing. A tar that breaks off gives what comes before.
    """
    members: dict[str, Member] = {}
    damage = None
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            try:
                while (info := tar.next()) is not None:
                    tar.members = []  # type: ignore[attr-defined]  # it would keep a kilobyte for each
                    _add(members, info)
                file.seek(tar.offset)  # at a header it cannot read tarfile ends as it does at the end
                if any(file.read(tarfile.BLOCKSIZE)):
                    damage = f"damaged behind {len(members):,} files: no header where one should be"
            except (tarfile.TarError, OSError) as error:
                damage = f"damaged behind {len(members):,} files: {error}"
    except (tarfile.TarError, EOFError) as error:
        raise OSError(errno.EINVAL, f"cannot be read as a tar: {error}; unpack a compressed one first") from error
    return Index(members, _folders(members), damage)


def _add(members: dict[str, Member], info: tarfile.TarInfo) -> None:
    name = _inside(info.name)
    if info.islnk() and (target := members.get(_inside(info.linkname))):
        members[name] = target
    elif info.isreg() and not info.issparse():
        members[name] = Member(info.offset_data, info.size, info.mtime)


def _inside(name: str) -> str:
    """A member's name without `./`, `/` and `..`: it is a key here and never a path on this machine."""
    return posixpath.normpath(f"/{name}").strip("/")


def _folders(members: dict[str, Member]) -> dict[str, set[str]]:
    folders: defaultdict[str, set[str]] = defaultdict(set, {"": set()})
    for name in members:
        folder, _, last = name.rpartition("/")
        new = folder not in folders
        folders[folder].add(last)
        while new and folder:
            folder, _, last = folder.rpartition("/")
            new = folder not in folders
            folders[folder].add(last)
    return dict(folders)
