"""Whom to look for in the catalogue: a sighting by its number, or the figures of a picture, known or new.

Ties the catalogue to the embedding spaces and to the main job; how the nearest are found is not known here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyroaring import BitMap
from rapidfuzz import process

from kyara.catalogue import Catalogue
from kyara.catalogue.query import found, where
from kyara.catalogue.similar import spaces, vectors
from kyara.errors import CatalogueError, SourceError
from kyara.identity.spaces import best, owner
from kyara.recipes.api import extract

if TYPE_CHECKING:
    from kyara.records import Vector

MAKERS = ("builtin", "clip", "histogram")  # extractors that make embeddings


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one figure looks like; `number` is its own sighting, None where the catalogue does not have it."""

    number: int | None
    vector: Vector


def space_of(catalogue: Catalogue, wanted: str | None) -> str:
    """`wanted`, else the best space the catalogue has vectors of. Raises CatalogueError with what there is."""
    there = spaces(catalogue)
    if not there:
        remedy = "kyara extract --extractors auto,builtin makes some, kyara catalogue ingest brings them in"
        raise CatalogueError(f"the catalogue has no embeddings; {remedy}")
    if wanted is None:
        return str(best(dict.fromkeys(there, 1), 1))
    if wanted not in there:
        near = process.extractOne(wanted, there)
        raise CatalogueError(
            f"the catalogue has no space {wanted!r}; did you mean {near[0]!r}? There is {', '.join(there)}"
        )
    return wanted


def looks(catalogue: Catalogue, what: str, space: str) -> list[Look]:
    """The figures of `what`: a sighting's number, as kyara find shows it, or the path of a picture, in the catalogue
    or not. Raises CatalogueError, SourceError."""
    if what.lstrip("#").isdigit():
        number = int(what.lstrip("#"))
        known = vectors(catalogue, space, BitMap([number]) if number < 2**32 else BitMap())
        if not known:
            raise CatalogueError(f"no sighting {number} with an embedding in {space}; kyara find shows the numbers")
    else:
        try:
            digest = hashlib.sha256(Path(what).read_bytes()).hexdigest()
        except OSError as error:
            said = f"{what}: {error.strerror}; give a picture, or the number of a sighting as kyara find shows it"
            raise SourceError(said) from error
        known = vectors(catalogue, space, found(catalogue, where("id", digest)))
    return [Look(number, vector) for number, vector in known.items()] or _of_new(Path(what), space)


def _of_new(picture: Path, space: str) -> list[Look]:
    maker = owner(space, MAKERS)
    if maker is None:
        raise CatalogueError(f"nobody here makes embeddings of space {space!r}; ask with a sighting's number")
    (sample,) = extract(picture, extractors=maker)
    if sample.skip is not None:
        raise SourceError(f"{picture}: {sample.skip.reason.value}: {sample.skip.detail}")
    seen = [e.vector for sighting in sample.sightings for e in sighting.embeddings if e.space == space]
    if not seen:
        raise SourceError(f"{picture}: nobody in it that {maker} can compare in space {space}; try another --space")
    return [Look(None, vector) for vector in seen]
