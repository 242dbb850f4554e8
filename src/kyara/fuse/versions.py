"""Every version of a learned fusion, kept in a folder of the user's: which there are, which is in use, and going back.

    VERSION/fusion.json, policy.onnx (where there is one), card.json      never changed once they are there
    current                    one line: a version, "shipped" or "none"; without it the shipped one is in use

A kill at any moment leaves the old or the new, writers take turns, readers never wait. What the files of a version
mean is for `learned` and `policy` to know.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path
from rapidfuzz import process

from kyara import __version__
from kyara.errors import FusionError, OutputError
from kyara.fuse.cards import CARD, Card, read_card
from kyara.fuse.learned import Learned
from kyara.results.atomic import write_atomically
from kyara.vocabulary import Vocabulary

SHIPPED, NONE, CURRENT = "shipped", "none", "current"
POLICY = "policy.onnx"
FALLBACK = "confidence-weighted"  # what pools where no learned fusion can
_LOCK = "lock"
_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{3,79}")


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `card` is None where it cannot be read, `fault` says what is wrong with its files, if anything.

    The one that comes with the package is called "shipped" here; its card has the name by which runs know it.
    """

    name: str
    folder: Path
    card: Card | None
    fault: str | None

    @property
    def policy(self) -> Path | None:
        """Its policy's network, where it has one."""
        return self.folder / POLICY if self.card and POLICY in self.card.files else None


@dataclass(frozen=True, slots=True)
class InUse:
    """What a run pools with. Without `learned` it is `FALLBACK`; `warning` says why, where that is not as asked."""

    name: str
    learned: Learned | None = None
    policy: Path | None = None
    warning: str | None = None


class Versions:
    """The versions in `folder` (the user's own where None) and the one that comes with the package in `packaged`."""

    def __init__(self, folder: Path | None = None, packaged: Path | None = None) -> None:
        self.folder = folder or user_data_path("kyara") / "fusion"
        self._packaged = packaged or Path(str(files("kyara"))) / "builtin" / "fusion"

    @property
    def shipped(self) -> Version | None:
        """The one that comes with the package, if one does."""
        return _seen(SHIPPED, self._packaged) if self._packaged.is_dir() else None

    def list(self) -> tuple[Version, ...]:
        """All there are: the shipped one, then the others in the order they were made, unreadable ones last."""
        names: Sequence[str] = ()
        with self._readable():
            names = [path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
        own = [_seen(name, self.folder / name) for name in names]
        own.sort(key=lambda one: (one.card is None, one.card.at if one.card else 0.0, one.name))
        shipped = self.shipped
        return (*([shipped] if shipped else []), *own)

    def named(self, name: str) -> Version:
        """The version called `name`, or the one whose name begins so. Raises FusionError."""
        there = {called: one for one in self.list() for called in (_full_name(one), one.name)}
        if name in there:
            return there[name]
        begins = {one.name: one for called, one in there.items() if len(name) >= 4 and called.startswith(name)}
        if len(begins) == 1:
            return begins.popitem()[1]
        raise FusionError(f"fusion {name!r} is {'not one version' if begins else 'not here'}; {_hint(name, there)}")

    def current(self) -> str:
        """What is to be used: a version's name, "shipped" or "none". Raises FusionError where that cannot be read."""
        with self._readable():
            return (self.folder / CURRENT).read_text(encoding="utf-8", errors="replace").strip()
        return SHIPPED if self.shipped else NONE

    def use(self, name: str) -> str:
        """Use this version from now on, or "none"; gives its full name. Raises FusionError."""
        chosen = name if name == NONE else self._sound(name).name
        with self._alone():
            write_atomically(self.folder / CURRENT, lambda temporary: _write(temporary, chosen + "\n"))
        return chosen

    def load(self, name: str, vocabulary: Vocabulary) -> tuple[Learned, Version]:
        """The learned fusion of a version. Raises FusionError: not here, damaged, or for another vocabulary."""
        version = self._sound(name)
        return Learned.load(version.folder, vocabulary), version

    def in_use(self, vocabulary: Vocabulary, name: str = CURRENT) -> InUse:
        """What a run pools with: the version called so, CURRENT for the one in use. Never raises: what cannot be used
        is said in `warning`, with what to do about it."""
        try:
            name = self.current() if name == CURRENT else name
            if name == NONE:
                return InUse(NONE)
            learned, version = self.load(name, vocabulary)
        except FusionError as error:
            return InUse(NONE, warning=f"values are pooled by {FALLBACK}: {error}")
        return InUse(_full_name(version), learned, version.policy)

    def add(self, learned: Learned, card: Card, policy: bytes | None = None) -> Version:
        """Keep a version; whether it is used is for `use`. One that is there already stays as it is.

        Name, time, code version and digests of `card` are filled in here. Raises FusionError where it cannot be kept.
        """
        name = _called(learned, policy)
        if not _NAME.fullmatch(name) or name == SHIPPED:
            raise FusionError(f"{name!r} names no version; a version is called by small letters and digits")
        with self._alone():
            there = self.folder / name
            if there.is_dir() and _seen(name, there).fault is None:
                return _seen(name, there)
            for left in self.folder.glob(".*.new"):  # of a writer that was killed
                shutil.rmtree(left)
            fresh = self.folder / f".{name}.new"
            written(fresh, learned, card, policy)
            if there.is_dir():  # damaged
                shutil.rmtree(there)
            fresh.rename(there)
        return _seen(name, there)

    def _sound(self, name: str) -> Version:
        version = self.named(name)
        if version.fault:
            raise FusionError(
                f"fusion {version.name} in {version.folder} is damaged ({version.fault}); kyara fusion use takes "
                "another, kyara fusion learn makes a new one"
            )
        return version

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Reading what may not be there: what stands after it is what to do then."""
        try:
            yield
        except FileNotFoundError:
            pass
        except OSError as error:
            said = f"fusions in {self.folder} cannot be read: {error.strerror or error}"
            raise FusionError(f"{said}; make the folder readable") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except (OSError, OutputError) as error:
            why = error.__cause__ if isinstance(error, OutputError) else error
            said = f"fusions in {self.folder} cannot be written: {getattr(why, 'strerror', None) or why}"
            raise FusionError(f"{said}; make room or the folder writable, and run the same command again") from error


def written(folder: Path, learned: Learned, card: Card, policy: bytes | None = None) -> None:
    """Write a version's files into a new `folder`, the card last: on disk when this returns."""
    folder.mkdir(parents=True)
    learned.save(folder)
    if policy is not None:
        (folder / POLICY).write_bytes(policy)
    digests = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    whole = replace(card, version=_called(learned, policy), kyara=__version__, at=card.at or round(time.time(), 3))
    (folder / CARD).write_bytes(replace(whole, vocabulary=learned.vocabulary, files=digests).packed())
    for path in folder.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _called(learned: Learned, policy: bytes | None) -> str:
    """By a digest of what it does."""
    return learned.version if policy is None else f"{learned.version}-{sha256(policy).hexdigest()[:8]}"


def _full_name(version: Version) -> str:
    """Which one it is, where it is called "shipped" too."""
    return version.card.version if version.name == SHIPPED and version.card else version.name


def _seen(name: str, folder: Path) -> Version:
    """The version as it lies there, every file held against its digest (a few hundred kilobytes)."""
    try:
        card = read_card(folder / CARD)
        changed = [file for file, digest in card.files.items() if _digest(folder / file) != digest]
    except FusionError as error:
        return Version(name, folder, None, str(error))
    except OSError as error:
        return Version(name, folder, None, f"{Path(error.filename or folder).name}: {error.strerror}")
    return Version(name, folder, card, f"{changed[0]} is not as it was written" if changed else None)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _hint(name: str, there: Mapping[str, Version]) -> str:
    if not there:
        return "there are none yet; kyara fusion learn makes one from reviewed values"
    near = process.extractOne(name, list(there), score_cutoff=60)
    return (f"did you mean {near[0]!r}? " if near else "") + "kyara fusion list shows those there are"
