"""A folder of pictures with sidecars, read recursively; or single pictures of one folder.

The folder may lie on this machine, in a store or in a tar (places.py). Order is that of the paths below it as plain
strings, whatever the locale. Hidden files and folders (`.name`) are left out, links are followed but never in a circle,
and a sidecar without a picture is no input. Nothing here opens a picture; keys are the paths below the folder, made
valid UTF-8 by `files.portable`.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count, islice

from kyara.errors import SourceError
from kyara.flow import Input, Shard
from kyara.records import Reason, Skip
from kyara.sources import files, places, sidecars
from kyara.sources.fields import UnusableError

EXTENSIONS = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif", ".psd"),
)
META = "_meta.json"  # waifuc's `.a_meta.json` beside `a.png`


@dataclass(frozen=True, slots=True)
class Found:
    """A picture below the folder at `path` (with the system's separators) and its sidecars' names beside it.

    With `error` it is a folder that cannot be listed. `mark` is what the listing told of its version and its
    sidecars'; without one the files themselves are asked.
    """

    path: str
    sidecars: tuple[str, ...] = ()
    error: str | None = None
    mark: bytes = b""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """The pictures below `root` (an address), or only those named in `only`. `name` is how the user calls it.

    `kinds` are the endings of sidecars that count; without `deep` folders below are left out.
    """

    name: str
    root: str
    only: tuple[str, ...] = ()
    kinds: tuple[str, ...] = sidecars.KINDS
    deep: bool = True

    def shards(self, size: int) -> Iterator[Shard]:
        found = self.found()
        for index in count():
            taken = tuple(islice(found, size))
            if not taken:
                return
            yield Shard(index, self._fingerprint(taken), len(taken), partial(self._inputs, taken))

    def count(self) -> int | None:
        return sum(1 for _ in self.found()) if places.is_near(self.root) else None

    def found(self) -> Iterator[Found]:
        """Every input in order, without opening any."""
        if self.only:
            listed = _listed(self.root, "", self.kinds, hidden=True)
            yield from (item for item in listed if isinstance(item, Found) and item.path in self.only)
        else:
            yield from _walk(self.root, self.kinds, self.deep)

    def _fingerprint(self, taken: Sequence[Found]) -> str:
        return files.digest(part for found in taken for part in self._marks(found))

    def _marks(self, found: Found) -> Iterator[bytes]:
        """What changes when an input does. Nothing of where the folder lies."""
        yield files.portable(found.path).encode()
        if found.error:
            yield found.error.encode()
            return
        if found.mark:
            yield found.mark
            return
        yield places.stamp(places.join(self.root, found.path))
        for sidecar in self._sidecar_paths(found):
            yield files.portable(places.name_of(sidecar)).encode()
            yield sidecars.content(sidecar)

    def _inputs(self, taken: Sequence[Found]) -> Iterator[Input]:
        return map(self._input, taken)

    def _input(self, found: Found) -> Input:
        path = places.join(self.root, found.path)
        key, uri = files.portable(found.path), places.uri(path)
        if found.error:
            detail = f"{found.error}; make the folder readable, or leave it out"
            return Input(f"{key}/", uri, skip=Skip("source", Reason.UNREADABLE_FOLDER, detail))
        image, stamp = partial(places.read, path), partial(places.settled, path)
        try:
            tags, text, sightings = sidecars.described(self._sidecar_paths(found))
        except UnusableError as error:
            return Input(key, uri, image, skip=Skip("source", Reason.BAD_SIDECAR, str(error)))
        return Input(key, uri, image, tags, text, sightings, stamp=stamp)

    def _sidecar_paths(self, found: Found) -> list[str]:
        folder = os.path.dirname(found.path)
        return [places.join(self.root, os.path.join(folder, name)) for name in found.sidecars]


def open_folder(address: str) -> FolderSource:
    """The folder at an address as a source. Raises SourceError when it cannot be listed or holds no picture."""
    return with_picture(FolderSource(places.place(address), address))


def with_picture(source: FolderSource) -> FolderSource:
    """`source`, once it is sure that it has a picture. Raises SourceError otherwise."""
    start = next(source.found(), None)
    if start is None:
        kinds = ", ".join(EXTENSIONS)
        raise SourceError(f"{source.name}: no picture in this folder or below; looked for {kinds}; give another folder")
    if start.error and not start.path:
        raise SourceError(f"{source.name}: {start.error}; make the folder readable, or give another one")
    return source


def open_picture(address: str) -> FolderSource:
    """One picture at an address, with its sidecars. Raises SourceError when its folder cannot be listed."""
    root, name = places.folder_of(address), places.name_of(address)
    try:
        next(places.listed(root), None)
    except OSError as error:
        problem = error.strerror or error
        raise SourceError(f"{places.place(root)}: {problem}; make the picture's folder readable") from error
    return FolderSource(places.place(root), root, (name,))


@dataclass(slots=True)
class _Level:
    """One folder on the way down: what is still to come of it (pictures, and folders as paths), and who it is."""

    rest: Iterator[Found | str]
    identity: tuple[int, int]


def _walk(root: str, kinds: tuple[str, ...], deep: bool) -> Iterator[Found]:
    """Depth first. With the slash that ends a folder's name, sorted names give the order of whole paths."""
    levels = [_opened(root, "", kinds)]
    while levels:
        item = next(levels[-1].rest, None)
        if item is None:
            levels.pop()
        elif isinstance(item, Found):
            yield item
        elif deep:
            level = _opened(root, item, kinds)
            if all(level.identity != above.identity for above in levels):
                levels.append(level)


def _opened(root: str, below: str, kinds: tuple[str, ...]) -> _Level:
    try:
        rest = _listed(root, below, kinds)
        if not below and (damage := places.damage(root)):
            rest = chain(rest, [Found("", error=damage)])
        return _Level(rest, places.identity(places.join(root, below)))
    except OSError as error:
        return _Level(iter([Found(below, error=error.strerror or str(error))]), (-1, hash(below)))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What else lies in one folder: sidecars by the name they go with; versions by name, where the listing tells."""

    kinds: tuple[str, ...]
    grouped: bool
    sidecars: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    marks: dict[str, bytes] = field(default_factory=dict)

    def found(self, below: str, name: str) -> Found:
        own = self._of(name)
        marked = [f"{one} ".encode("utf-8", "surrogateescape") + self.marks[one] for one in (name, *own) if self.marks]
        return Found(os.path.join(below, name), own, mark=b"\n".join(marked))

    def _of(self, name: str) -> tuple[str, ...]:
        """The sidecars of a picture; `grouped` as WebDataset does: all that is called alike up to the first dot."""
        stems = {os.path.splitext(name)[0], name}
        if self.grouped:
            stems.add(name.partition(".")[0])
        names = [sidecar for stem in stems for sidecar in self.sidecars.get(stem, ())]
        return tuple(sorted(names, key=lambda n: (self.kinds.index(os.path.splitext(n)[1].lower()), n)))


def _listed(root: str, below: str, kinds: tuple[str, ...], hidden: bool = False) -> Iterator[Found | str]:
    """Pictures and folders of one folder in order; holds their names, no more. Raises OSError at once."""
    names: list[str] = []
    beside = _Beside(kinds, grouped=places.is_tar(root))
    for name, is_folder, mark in places.listed(places.join(root, below)):
        stem, extension = os.path.splitext(name)
        extension = extension.lower()
        if mark:
            beside.marks[name] = mark
        if name.startswith(".") and name.endswith(META) and ".json" in kinds:
            beside.sidecars[name[1 : -len(META)]].append(name)
        elif name.startswith(".") and not hidden:
            continue
        elif is_folder:
            names.append(f"{name}/")
        elif extension in EXTENSIONS:
            names.append(name)
        elif extension in kinds:
            beside.sidecars[stem].append(name)
    names.sort()
    return (os.path.join(below, name[:-1]) if name.endswith("/") else beside.found(below, name) for name in names)
