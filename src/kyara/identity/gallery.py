"""The gallery: known characters, each with the sightings it was enrolled with, replayed from a journal of changes.

All prototypes of a character are kept as they came: a mean would blur outfits and could be neither shown nor taken
back picture by picture. Where embeddings come from, and how they are compared, is not known here.
"""

from __future__ import annotations

import hashlib
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from rapidfuzz import process

from kyara.identity.journal import Entry, GalleryError, Journal
from kyara.records import Box

if TYPE_CHECKING:
    from kyara.records import Vector

MOST = 100  # prototypes of one character: looks in several outfits and hands, and a bound on what matching costs


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One embedding of a prototype: its space, the look_version of the extractor that made it, float32 (d,)."""

    space: str
    look: str
    vector: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Prototype:
    """One enrolled sighting: the picture (content id, key, uri), its boxes, and all embeddings there were of it."""

    id: str
    key: str
    uri: str
    head: Box | None
    body: Box | None
    references: tuple[Reference, ...]

    @property
    def mark(self) -> str:
        """What tells it from any other: the picture and the boxes in it."""
        return hashlib.sha256(orjson.dumps([self.id, self.head, self.body])).hexdigest()[:16]

    def reference(self, space: str) -> Reference | None:
        return next((one for one in self.references if one.space == space), None)


@dataclass(frozen=True)
class Known:
    """A gallery as it stands: prototypes by name, in the order they came; names that are gone; damaged lines."""

    identities: Mapping[str, tuple[Prototype, ...]]
    gone: frozenset[str]
    damaged: tuple[int, ...]

    @cached_property
    def digest(self) -> str:
        """Changes with whatever a match could depend on."""
        facts = [
            (name, p.mark, [(r.space, r.look, hashlib.sha256(r.vector.tobytes()).hexdigest()) for r in p.references])
            for name, p in self
        ]
        return hashlib.sha256(orjson.dumps(sorted(facts))).hexdigest()[:16]

    def __iter__(self) -> Iterator[tuple[str, Prototype]]:
        return ((name, prototype) for name, some in self.identities.items() for prototype in some)

    def of(self, name: str) -> tuple[Prototype, ...]:
        """The prototypes of `name`. Raises GalleryError naming the nearest there is."""
        if found := self.identities.get(tidy(name)):
            return found
        if not self.identities:
            raise GalleryError(f"{name!r} is unknown: the gallery is empty; kyara gallery add NAME PICTURE… enrols")
        if tidy(name) in self.gone:
            raise GalleryError(f"{name!r} was removed; add it again, or kyara gallery undo takes the last change back")
        near, *_ = process.extractOne(name, list(self.identities), processor=str.casefold)
        raise GalleryError(f"{name!r} is unknown; did you mean {near!r}? kyara gallery list says who is known")


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition came to: prototypes that are new, and those that were there before."""

    new: tuple[Prototype, ...]
    already: tuple[Prototype, ...]


class Gallery:
    """The gallery in the folder at `path`; one that is not there is empty. Safe between processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal = Journal(path)

    def known(self) -> Known:
        """The gallery as it stands. Raises GalleryError where it cannot be read."""
        content = self._journal.read()
        standing = _standing(content.entries)
        identities: dict[str, dict[str, Prototype]] = {}
        names: set[str] = set()
        for entry in standing:
            for name, marks in entry.change["take"].items():
                for mark in marks:
                    identities.get(name, {}).pop(mark, None)
            for name, rows in entry.change["give"].items():
                names.add(name)
                identities.setdefault(name, {}).update((p.mark, p) for p in map(_prototype, rows))
        there = {name: tuple(some.values()) for name, some in identities.items() if some}
        return Known(there, frozenset(names - there.keys()), content.damaged)

    def add(self, name: str, prototypes: Sequence[Prototype]) -> Added:
        """Enrol `prototypes` under `name`. Raises GalleryError where that cannot be."""
        name = tidy(name)
        with self._journal.alone():
            known = self.known()
            _may_be_called(name, known)
            there = {p.mark for p in known.identities.get(name, ())}
            others = {p.mark: other for other, p in known if other != name}
            for one in prototypes:
                if other := others.get(one.mark):
                    remedy = f"kyara gallery remove {quote(other)} --picture {one.id[:8]}, then add it again"
                    raise GalleryError(f"{one.key} is enrolled as {other!r} already; if it is {name!r}, {remedy}")
            new = tuple({p.mark: p for p in prototypes if p.mark not in there}.values())
            if len(there) + len(new) > MOST:
                raise GalleryError(
                    f"{name!r} would have {len(there) + len(new)} pictures, {MOST} are the most; add fewer, or see "
                    f"kyara gallery show {quote(name)} and remove some"
                )
            if new:
                said = f"added {_pictures(len(new))} to {name!r}"
                self._journal.append({"said": said, "take": {}, "give": {name: [_row(p) for p in new]}})
        return Added(new, tuple(p for p in prototypes if p.mark in there))

    def remove(self, name: str, picture: str | None = None) -> tuple[Prototype, ...]:
        """Take `name` out, or its one picture whose id begins with `picture`; what was taken. Raises GalleryError."""
        name = tidy(name)
        with self._journal.alone():
            out = self.known().of(name)
            if picture is not None:
                out = tuple(p for p in out if p.id.startswith(picture))
                if len({p.id for p in out}) != 1:
                    said = f"{len({p.id for p in out})} pictures of {name!r} have an id beginning with {picture!r}"
                    raise GalleryError(f"{said}; kyara gallery show {quote(name)} lists the ids")
            said = f"removed {_pictures(len(out))} of {name!r}"
            self._journal.append({"said": said, "take": {name: [p.mark for p in out]}, "give": {}})
        return out

    def replace(self, renewed: Mapping[str, Sequence[Prototype]]) -> None:
        """Put prototypes in the place of those with the same marks, all in one change."""
        count = sum(map(len, renewed.values()))
        with self._journal.alone():
            rows = {name: [_row(p) for p in some] for name, some in renewed.items()}
            self._journal.append({"said": f"looked at {_pictures(count)} anew", "take": {}, "give": rows})

    def undo(self) -> Entry:
        """Take the last change back, exactly; the change. Raises GalleryError where there is none left."""
        with self._journal.alone():
            standing = _standing(self._journal.read().entries)
            if not standing:
                raise GalleryError(
                    f"gallery {self.path}: no change is left to undo; kyara gallery list shows what is there"
                )
            self._journal.append({"undo": standing[-1].number})
        return standing[-1]


def tidy(name: str) -> str:
    """A name as it is kept: one spelling of every letter, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def _may_be_called(name: str, known: Known) -> None:
    if not name or not name.isprintable():
        raise GalleryError(f"{name!r} is no name; write letters, as in kyara gallery add 'Hatsune Miku' PICTURE…")
    twin = next((other for other in known.identities if other.casefold() == name.casefold() and other != name), None)
    if twin:
        raise GalleryError(
            f"{name!r} differs from {twin!r}, who is known, only in upper and lower case; write {twin!r}"
        )


def _standing(entries: Sequence[Entry]) -> list[Entry]:
    """The changes that no later one took back."""
    undone = {entry.change["undo"] for entry in entries if "undo" in entry.change}
    return [entry for entry in entries if "undo" not in entry.change and entry.number not in undone]


def _pictures(count: int) -> str:
    return f"{count} picture{'s' * (count != 1)}"


def _row(prototype: Prototype) -> dict[str, Any]:
    references = [
        {"space": r.space, "look": r.look, "vector": b64encode(r.vector.astype("<f4").tobytes()).decode()}
        for r in prototype.references
    ]
    place = {"head": prototype.head, "body": prototype.body}
    return {"id": prototype.id, "key": prototype.key, "uri": prototype.uri, **place, "references": references}


def _prototype(row: Mapping[str, Any]) -> Prototype:
    references = tuple(
        Reference(r["space"], r["look"], np.frombuffer(b64decode(r["vector"]), "<f4")) for r in row["references"]
    )
    head, body = (tuple(row[part]) if row[part] else None for part in ("head", "body"))
    return Prototype(row["id"], row["key"], row["uri"], head, body, references)
