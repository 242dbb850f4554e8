"""The main job with one more step at its end: described samples → identify → results.

A gallery, in the embedding space chosen for the run, gives each sighting the name it is near enough to. What the tags
say of it is a second opinion, told beside it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from kyara.flow import Extractor
from kyara.identity.gallery import Known
from kyara.identity.hints import Opinion, opinion
from kyara.identity.journal import GalleryError
from kyara.identity.matching import Prototypes, assigned, vector_in
from kyara.identity.spaces import best, owner, shipped, shipped_from
from kyara.identity.threshold import FAR, Shipped, Threshold, threshold
from kyara.recipes.run import Job
from kyara.records import Sample, Sighting

if TYPE_CHECKING:
    from kyara.records import Vector


@dataclass(frozen=True, slots=True)
class Wish:
    """How to identify: in which space (None: the best there is), at which false-accept rate, or from what on."""

    space: str | None = None
    far: float = FAR
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What is found of one sighting, the `number`-th of its sample: `identity` None = unknown; `similarity` to it, else
    to the `nearest` known character; None where the sighting has no embedding in the space."""

    number: int
    identity: str | None
    nearest: str | None
    similarity: float | None
    opinion: Opinion


@dataclass(frozen=True)
class Identification:
    """The step: pure, safe to call from several threads, one sample at a time."""

    space: str
    prototypes: Prototypes
    threshold: Threshold

    def __call__(self, sample: Sample) -> Sample:
        """`sample` with the identities of its sightings."""
        names = [match.identity for match in self.matches(sample)]
        if not any(names):
            return sample
        named = zip(sample.sightings, names, strict=True)
        return replace(sample, sightings=tuple(replace(one, identity=name) for one, name in named))

    def matches(self, sample: Sample) -> tuple[Match, ...]:
        """One for each sighting of `sample`, in order."""
        seen = _vectors(sample.sightings, self.space)
        similarities = self.prototypes.similarities([vector for _, vector in seen])
        columns = assigned(similarities, self.threshold.value)
        found = {i: (column, row) for (i, _), column, row in zip(seen, columns, similarities, strict=True)}
        matches = []
        for i, sighting in enumerate(sample.sightings):
            identity = nearest = similarity = None
            if i in found:
                column, row = found[i]
                at = int(np.argmax(row)) if column is None else column
                nearest, similarity = self.prototypes.names[at], float(row[at])
                identity = None if column is None else nearest
            matches.append(Match(i + 1, identity, nearest, similarity, opinion(identity, sighting.hints)))
        return tuple(matches)


def identifying(job: Job, known: Known, wish: Wish) -> tuple[Job, Identification]:
    """`job` with identities in its results, and the step that gives them. Raises GalleryError where it cannot be."""
    if not known.identities:
        raise GalleryError("the gallery is empty; kyara gallery add NAME PICTURE… enrols somebody")
    looks = looks_of(job.recipe.extractors)
    space = wish.space or _best(known, looks)
    prototypes = Prototypes(_in_space(known, space, looks))
    found = threshold(prototypes, wish.far, shipped_with(space), wish.threshold)
    step = Identification(space, prototypes, found)
    facts = {"gallery": known.digest, "space": space, "threshold": round(found.value, 6)}
    # worker processes make their recipe from the settings alone; networks spread over threads anyway
    pace = replace(job.pace, workers=1)
    recipe = copy(job.recipe)
    recipe.steps += (step,)
    return replace(job, recipe=recipe, pace=pace, identity={**job.identity, "identities": facts}), step


def looks_of(extractors: Iterable[Extractor]) -> dict[str, str]:
    """What decides the embeddings of each extractor, by its name: its look_version, else its version."""
    return {
        e.name: str(getattr(getattr(e, "looker", e), "look_version", e.version))
        for e in extractors
        if "pixels" in e.inputs
    }


def shipped_with(space: str) -> Shipped | None:
    """The thresholds that come with `space`: builtin's with its weights, the others' in spaces.toml."""
    if space != "builtin":
        return shipped(space)
    faces = files("kyara.builtin").joinpath("faces.toml").read_text(encoding="utf-8")
    return shipped_from(tomllib.loads(faces).get("same_character", {}))


def _best(known: Known, looks: dict[str, str]) -> str:
    """The best space that prototypes have and this run's extractors make."""
    counts = Counter(r.space for _, p in known for r in p.references)
    made = {space: count for space, count in counts.items() if owner(space, looks)}
    found = best(made, sum(map(len, known.identities.values())))
    if found is None:
        raise GalleryError(
            f"the gallery knows the spaces {', '.join(counts)}; the extractors of this run make none of them "
            f"({', '.join(looks) or 'none sees'}); add theirs to --extractors, or kyara gallery renew with these"
        )
    return found


def _in_space(known: Known, space: str, looks: dict[str, str]) -> dict[str, list[Vector]]:
    """The vectors of every name that has any in `space`, all made as this run makes them."""
    there = Counter(r.space for _, p in known for r in p.references)
    if space not in there:
        raise GalleryError(f"the gallery has nothing in space {space!r}; choose one of {', '.join(there)}")
    maker = owner(space, looks)
    if maker is None:
        raise GalleryError(
            f"no extractor of this run makes space {space!r}; add the one it is named after to --extractors "
            f"(asked are {', '.join(looks) or 'none that see'})"
        )
    vectors: dict[str, list[Vector]] = {}
    others = []
    for name, prototype in known:
        if reference := prototype.reference(space):
            vectors.setdefault(name, []).append(reference.vector)
            others += [reference.look] if reference.look != looks[maker] else []
    if others:
        raise GalleryError(
            f"{len(others)} of {there[space]} pictures in the gallery were looked at by another {maker} "
            f"({others[0]}; this run's is {looks[maker]}: other weights, precision or release), so their embeddings "
            "cannot be compared; kyara gallery renew looks at the same pictures again"
        )
    return vectors


def _vectors(sightings: Sequence[Sighting], space: str) -> list[tuple[int, Vector]]:
    """(place, vector) of the sightings in `space`; of several without boxes, which all see the whole, the first."""
    seen, whole = [], False
    for i, sighting in enumerate(sightings):
        vector = vector_in(sighting, space)
        unplaced = sighting.head is None and sighting.body is None
        if vector is not None and not (unplaced and whole):
            seen.append((i, vector))
        whole |= unplaced
    return seen
