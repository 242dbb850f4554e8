"""A folder of pictures with sidecars, read recursively; or single pictures of one folder.

Order is that of the paths below the folder as plain strings, whatever the locale. Hidden files and folders (`.name`)
are left out, links are followed but never in a circle, and a sidecar without a picture is no input. Nothing here
opens a picture; keys are the paths below the folder, made valid UTF-8 by `files.portable`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice

from kyara.errors import SourceError
from kyara.flow import Input, Shard
from kyara.records import Reason, Skip
from kyara.sources import files, sidecars
from kyara.sources.fields import UnusableError

EXTENSIONS = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif", ".psd"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A picture below the folder at `path` (with the system's separators) and its sidecars' names beside it.

    With `error` it is a folder that cannot be listed.
    """

    path: str
    sidecars: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class FolderSource:
    """The pictures below `root` (absolute), or only those named in `only`. `name` is how the user calls it."""

    name: str
    root: str
    only: tuple[str, ...] = ()

    def shards(self, size: int) -> Iterator[Shard]:
        found = self.found()
        for index in count():
            taken = tuple(islice(found, size))
            if not taken:
                return
            yield Shard(index, self._fingerprint(taken), len(taken), partial(self._inputs, taken))

    def count(self) -> int:
        return sum(1 for _ in self.found())

    def found(self) -> Iterator[Found]:
        """Every input in order, without opening any."""
        if self.only:
            listed = _listed(self.root, "", hidden=True)
            yield from (item for item in listed if isinstance(item, Found) and item.path in self.only)
        else:
            yield from _walk(self.root)

    def _fingerprint(self, taken: Sequence[Found]) -> str:
        return files.digest(part for found in taken for part in self._marks(found))

    def _marks(self, found: Found) -> Iterator[bytes]:
        """What changes when an input does. Nothing of where the folder lies."""
        yield files.portable(found.path).encode()
        if found.error:
            yield found.error.encode()
            return
        yield files.stamp(os.path.join(self.root, found.path))
        for sidecar in self._sidecar_paths(found):
            yield files.portable(os.path.basename(sidecar)).encode()
            yield sidecars.content(sidecar)

    def _inputs(self, taken: Sequence[Found]) -> Iterator[Input]:
        return map(self._input, taken)

    def _input(self, found: Found) -> Input:
        path = os.path.join(self.root, found.path)
        key, uri = files.portable(found.path), files.uri(path)
        if found.error:
            detail = f"{found.error}; make the folder readable, or leave it out"
            return Input(f"{key}/", uri, skip=Skip("source", Reason.UNREADABLE_FOLDER, detail))
        image, stamp = partial(files.read, path), partial(files.settled, path)
        try:
            tags, text, sightings = sidecars.described(self._sidecar_paths(found))
        except UnusableError as error:
            return Input(key, uri, image, skip=Skip("source", Reason.BAD_SIDECAR, str(error)))
        return Input(key, uri, image, tags, text, sightings, stamp=stamp)

    def _sidecar_paths(self, found: Found) -> list[str]:
        folder = os.path.dirname(os.path.join(self.root, found.path))
        return [os.path.join(folder, name) for name in found.sidecars]


def open_folder(path: str) -> FolderSource:
    """The folder at an absolute path as a source. Raises SourceError when it cannot be listed or holds no picture."""
    source = FolderSource(files.place(path), path)
    start = next(source.found(), None)
    if start is None:
        kinds = ", ".join(EXTENSIONS)
        raise SourceError(f"{source.name}: no picture in this folder or below; looked for {kinds}; give another folder")
    if start.error and not start.path:
        raise SourceError(f"{source.name}: {start.error}; make the folder readable, or give another one")
    return source


def open_picture(path: str) -> FolderSource:
    """One picture at an absolute path, with its sidecars. Raises SourceError when its folder cannot be listed."""
    root, name = os.path.split(path)
    try:
        os.scandir(root).close()
    except OSError as error:
        raise SourceError(f"{files.place(root)}: {error.strerror}; make the picture's folder readable") from error
    return FolderSource(files.place(root), root, (name,))


@dataclass(slots=True)
class _Level:
    """One folder on the way down: what is still to come of it (pictures, and folders as paths), and who it is."""

    rest: Iterator[Found | str]
    identity: tuple[int, int]


def _walk(root: str) -> Iterator[Found]:
    """Depth first. With the slash that ends a folder's name, sorted names give the order of whole paths."""
    levels = [_opened(root, "")]
    while levels:
        item = next(levels[-1].rest, None)
        if item is None:
            levels.pop()
        elif isinstance(item, Found):
            yield item
        else:
            level = _opened(root, item)
            if all(level.identity != above.identity for above in levels):
                levels.append(level)


def _opened(root: str, below: str) -> _Level:
    try:
        status = os.stat(os.path.join(root, below))
        return _Level(_listed(root, below), (status.st_dev, status.st_ino))
    except OSError as error:
        return _Level(iter([Found(below, error=error.strerror or str(error))]), (-1, hash(below)))


def _listed(root: str, below: str, hidden: bool = False) -> Iterator[Found | str]:
    """Pictures and folders of one folder in order; holds their names, no more. Raises OSError at once."""
    names: list[str] = []
    beside: defaultdict[str, list[str]] = defaultdict(list)
    with os.scandir(os.path.join(root, below)) as entries:
        for entry in entries:
            stem, extension = os.path.splitext(entry.name)
            extension = extension.lower()
            if entry.name.startswith(".") and not hidden:
                continue
            if _is_folder(entry):
                names.append(f"{entry.name}/")
            elif extension in EXTENSIONS:
                names.append(entry.name)
            elif extension in sidecars.KINDS:
                beside[stem].append(entry.name)
    names.sort()
    return (_item(os.path.join(below, name), _beside(name, beside)) for name in names)


def _item(path: str, beside: tuple[str, ...]) -> Found | str:
    return path.rstrip("/") if path.endswith("/") else Found(path, beside)


def _beside(name: str, sidecars_by_stem: dict[str, list[str]]) -> tuple[str, ...]:
    stem = os.path.splitext(name)[0]
    names = [*sidecars_by_stem.get(stem, ()), *sidecars_by_stem.get(name, ())]
    return tuple(sorted(names, key=lambda n: (sidecars.KINDS.index(os.path.splitext(n)[1].lower()), n)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
