"""The catalogue against the disk: which files are gone, which came back, and which only moved.

A moved file is known by its content; only files that no place names are read, and only where some are missing. What a
changed file shows now is for a new run to tell.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sqlalchemy import Connection, bindparam, delete, select, update

from kyara.catalogue import postings
from kyara.catalogue.bulk import insert
from kyara.catalogue.kinds import stored
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.schema import place, sample, source


@dataclass(frozen=True, slots=True)
class Synced:
    """How many files were looked for, are gone, came back, and were found elsewhere."""

    files: int
    gone: int
    back: int
    moved: tuple[tuple[str, str], ...]  # (old address, new address)


@dataclass(frozen=True, slots=True)
class _Place:
    source: int
    root: str
    key: str
    uri: str
    gone_at: float | None
    sample: int
    content: str

    @property
    def path(self) -> str:
        return url2pathname(urlsplit(self.uri).path)


def sync(catalogue: Catalogue) -> Synced:
    """Look for every file of the catalogue and write down what became of it. Nothing is deleted but from `place`."""
    with catalogue.reading() as connection:
        there = list(_places(connection))
    present = {one.path: os.path.isfile(one.path) for one in there}
    missing = [one for one in there if not present[one.path]]
    moved = list(_moved(missing, set(present)))
    settled = {old.uri for old, _ in moved}
    gone = [one for one in missing if one.gone_at is None and one.uri not in settled]
    back = [one for one in there if one.gone_at is not None and present[one.path]]
    catalogue.transact(lambda connection: _write(connection, gone, back, moved))
    return Synced(len(present), len(gone), len(back), tuple((old.uri, new.uri) for old, new in moved))


def _places(connection: Connection) -> Iterator[_Place]:
    columns = (place.c.source, source.c.name, place.c.key, place.c.uri, place.c.gone_at, place.c.sample)
    rows = (
        select(*columns, sample.c.content)
        .join(source, source.c.number == place.c.source)
        .join(sample, sample.c.number == place.c.sample)
        .where(place.c.uri.like("file:%"))
    )
    for row in connection.execute(rows):
        yield _Place(*row)


def _moved(missing: Sequence[_Place], known: set[str]) -> Iterator[tuple[_Place, _Place]]:
    """Each missing picture with the place where its content was found, in the order of names."""
    wanted: dict[str, list[_Place]] = {}
    for one in missing:
        wanted.setdefault(one.content, []).append(one)
    suffixes = {os.path.splitext(one.path)[1] for one in missing}
    roots = {one.root: one for one in missing if one.root.startswith("file:") and one.root.endswith("/")}
    for root, member in sorted(roots.items()):
        folder = url2pathname(urlsplit(root).path)
        for path in _files(folder):
            if path in known or os.path.splitext(path)[1] not in suffixes:
                continue
            if lost := wanted.get(_digest(path)):
                key = _portable(os.path.relpath(path, folder))
                old = lost.pop(0)
                yield old, replace(old, source=member.source, key=key, uri=Path(path).as_uri(), gone_at=None)


def _files(folder: str) -> Iterator[str]:
    for below, folders, names in os.walk(folder):
        folders.sort()
        yield from (os.path.join(below, name) for name in sorted(names))


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _portable(name: str) -> str:
    """As the folder source names its keys."""
    return name.replace("\\", "\\\\").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _write(
    connection: Connection, gone: Sequence[_Place], back: Sequence[_Place], moved: Sequence[tuple[_Place, _Place]]
) -> None:
    now = time.time()
    this = (place.c.source == bindparam("of"), place.c.key == bindparam("called"))
    for places, when in ((gone, now), (back, None)):
        if places:
            changed = [{"of": one.source, "called": one.key} for one in places]
            connection.execute(update(place).where(*this).values(gone_at=when), changed)
    if moved:
        connection.execute(delete(place).where(*this), [{"of": old.source, "called": old.key} for old, _ in moved])
        new = [one for _, one in moved]
        insert(
            connection, place, source=[one.source for one in new], key=[stored(one.key) for one in new],
            sample=[one.sample for one in new], uri=[stored(one.uri) for one in new],
        )  # fmt: skip
    postings.refresh_gone(connection, {one.sample for one in (*gone, *back, *(new for _, new in moved))})
