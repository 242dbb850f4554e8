"""From pictures to prototypes: the main job looks, and what it saw of the one character in each picture is kept.

A picture that shows several is left out with the reason, unless the one meant is named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event
from urllib.parse import unquote_to_bytes, urlsplit

from kyara.flow import Input, Source
from kyara.identity.clustering import spread
from kyara.identity.gallery import MOST, Known, Prototype, Reference
from kyara.identity.journal import GalleryError
from kyara.identity.matching import vector_in
from kyara.identity.spaces import best, owner
from kyara.recipes.crops import is_whole, of_crops
from kyara.recipes.identifying import looks_of
from kyara.recipes.run import Job, run_here
from kyara.records import Sample, Sighting
from kyara.scale.local import Watch
from kyara.sources import given

Look = Callable[[Source], Job]  # the job that looks at a source, with the extractors asked for


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What came of pictures: prototypes, those of them seen whole for want of a head, and (key, why) of the others."""

    prototypes: tuple[Prototype, ...]
    whole: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def enrol(job: Job, head: int | None, stop: Event, watch: Watch) -> Enrolment:
    """Look at the pictures of `job`, at one without a head as a head itself. `head` says which character of one picture
    is meant, from 1 in the order found.

    Raises GalleryError where there are several pictures and `head` is given.
    """
    looks = looks_of(job.recipe.extractors)
    samples = list(run_here(of_crops(job), stop, watch))
    if head is not None and len(samples) > 1:
        raise GalleryError(f"--head {head} is of one picture, {len(samples)} are given; add that one by itself")
    prototypes, whole, left_out = [], [], []
    for sample in samples:
        chosen = _chosen(sample, head)
        if isinstance(chosen, str):
            left_out.append((sample.key, chosen))
        elif prototype := prototype_of(sample, chosen, looks):
            prototypes.append(prototype)
            whole += [sample.key] if is_whole(sample, chosen) else []
        else:
            asked = ", ".join(extractor.name for extractor in job.recipe.extractors)
            left_out.append((sample.key, f"{asked} made no embedding of it; add histogram, builtin or clip"))
    return Enrolment(tuple(prototypes), tuple(whole), tuple(left_out))


def prototype_of(sample: Sample, sighting: Sighting, looks: Mapping[str, str]) -> Prototype | None:
    """The prototype of one sighting; None where nobody who looks made an embedding of it."""
    made = [(e, owner(e.space, looks)) for e in sighting.embeddings if vector_in(sighting, e.space) is not None]
    references = tuple(Reference(e.space, looks[by], e.vector) for e, by in made if by is not None)
    if not references:
        return None
    return Prototype(sample.id, sample.key, sample.uri, sighting.head, sighting.body, references)


def spread_over(prototypes: Sequence[Prototype], most: int = MOST) -> list[Prototype]:
    """At most `most` of `prototypes`, such that every look among them is there."""
    counts: dict[str, int] = {}
    for one in prototypes:
        for reference in one.references:
            counts[reference.space] = counts.get(reference.space, 0) + 1
    space = best(counts, len(prototypes))
    seen = [(p, r.vector) for p in prototypes if space and (r := p.reference(space))]
    return [seen[i][0] for i in spread([vector for _, vector in seen], most)]


def renewed(
    known: Known, look: Look, stop: Event, watch: Watch
) -> tuple[dict[str, list[Prototype]], list[tuple[str, str]]]:
    """Every prototype looked at anew, in the boxes it was enrolled with, by name; and (key, why) of those that could
    not be: a row of a table, a file that is gone or changed. `look` makes the job."""
    marks: dict[str, tuple[str, Prototype]] = {p.mark: (name, p) for name, p in known}
    job = look(given(*(_input(mark, p) for mark, (_, p) in marks.items()), name="gallery"))
    looks = looks_of(job.recipe.extractors)
    fresh: dict[str, list[Prototype]] = {}
    failed = []
    for sample in run_here(job, stop, watch):
        name, old = marks[sample.key]
        if sample.skip is not None:
            failed.append((old.key, f"{sample.skip.reason.value.replace('_', ' ')}: {sample.skip.detail}"))
        elif sample.id != old.id:
            failed.append((old.key, "the file is another picture now"))
        elif seen := prototype_of(sample, sample.sightings[0], looks):
            fresh.setdefault(name, []).append(replace(old, references=_merged(old, seen)))
        else:
            failed.append((old.key, "these extractors make no embedding of it"))
    return fresh, failed


def _merged(old: Prototype, seen: Prototype) -> tuple[Reference, ...]:
    """What was seen now, and what is known in spaces that nobody looked in now."""
    spaces = {reference.space for reference in seen.references}
    return (*seen.references, *(r for r in old.references if r.space not in spaces))


def _chosen(sample: Sample, head: int | None) -> Sighting | str:
    """The sighting meant, or why there is none."""
    if sample.skip is not None:
        return f"{sample.skip.reason.value.replace('_', ' ')}: {sample.skip.detail}"
    if sample.width is None:
        return "no picture"
    count = len(sample.sightings)
    if head is not None:
        return sample.sightings[head - 1] if 1 <= head <= count else f"it shows {count}, so there is no {head}"
    if count == 1:
        return sample.sightings[0]
    if count == 0:
        return "nobody is in it, the tags say"
    if not _placed(sample.sightings):
        return f"{count} characters are announced and no head was found; cut out the one you mean"
    places = "; ".join(f"{i}: {_place(one)}" for i, one in enumerate(sample.sightings, 1))
    return f"it shows {count} ({places}); add it by itself with --head N"


def _placed(sightings: Iterable[Sighting]) -> bool:
    return any(one.head or one.body for one in sightings)


def _place(sighting: Sighting) -> str:
    x0, y0, x1, y1 = sighting.head or sighting.body or (0, 0, 0, 0)
    return f"x {x0:.0f}–{x1:.0f}, y {y0:.0f}–{y1:.0f}"


def _input(mark: str, prototype: Prototype) -> Input:
    return Input(
        mark, prototype.uri, partial(_read, prototype.uri), sightings=(Sighting(prototype.head, prototype.body),)
    )


def _read(uri: str) -> bytes:
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.fragment:
        raise OSError(0, f"{uri} is no file; add it again from its source")
    return Path(os.fsdecode(unquote_to_bytes(parts.path))).read_bytes()
