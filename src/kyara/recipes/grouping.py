"""Groups the cast of a finished result, and enrols a group: a collection step that decides in a CSV beside the parts.

It looks at no picture: embeddings are in the results.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kyara.identity.clustering import groups
from kyara.identity.gallery import Prototype
from kyara.identity.journal import GalleryError
from kyara.identity.matching import vector_in
from kyara.identity.spaces import best
from kyara.recipes.enrolling import prototype_of
from kyara.records import Sample, Sighting
from kyara.results.atomic import write_atomically
from kyara.results.folder import ResultFolder

if TYPE_CHECKING:
    from kyara.records import Vector

FILE = "clusters.csv"
MOST = 15_000  # sightings: time and memory grow with their square, here to 15 s and 4 GB
COLUMNS = ("cluster", "firmness", "key", "character", "id", "uri", "hints", "space", "look")


@dataclass(frozen=True, slots=True)
class Member:
    """One sighting: its sample, its number there (from 1), its cluster (None: nobody's) and how firmly it is in it."""

    key: str
    number: int
    id: str
    uri: str
    hints: tuple[str, ...]
    cluster: int | None = None
    firmness: float = 0.0


@dataclass(frozen=True, slots=True)
class Cast:
    """A result's sightings in clusters, in the order of the result; `without` had no embedding in the space."""

    space: str
    members: tuple[Member, ...]
    without: int

    def cluster(self, number: int) -> list[Member]:
        """The members of one cluster, the firmest first."""
        return sorted((m for m in self.members if m.cluster == number), key=lambda m: -m.firmness)

    @property
    def count(self) -> int:
        return max((m.cluster or 0 for m in self.members), default=0)


def spaces_in(folder: ResultFolder) -> tuple[Counter[str], int]:
    """How many sightings have an embedding in each space, and how many sightings of pictures there are."""
    counts: Counter[str] = Counter()
    total = 0
    for sample in folder.samples():
        total += len(sample.sightings) if sample.width is not None else 0
        counts.update(e.space for sighting in sample.sightings for e in sighting.embeddings)
    return counts, total


def grouped(folder: ResultFolder, space: str | None, least: int) -> Cast:
    """The cast of a result in groups of at least `least`. Raises GalleryError where there is nothing to group."""
    counts, total = spaces_in(folder)
    if not counts:
        raise GalleryError(f"{folder.path} holds no embedding; give pictures, and an extractor that makes some (auto)")
    space = space or best(counts, total) or ""
    if space not in counts:
        raise GalleryError(f"no sighting has an embedding in space {space!r}; choose one of {', '.join(counts)}")
    if counts[space] > MOST:
        raise GalleryError(f"{counts[space]:,} sightings found, {MOST:,} are the most that are grouped; give --limit")
    places: dict[tuple[str, object], int] = {}  # copies of a picture are looked at once: they are no second witness
    vectors: list[Vector] = []
    pictures: list[str] = []
    seen: list[tuple[Member, int]] = []
    for sample in folder.samples():
        for number, sighting in enumerate(sample.sightings, 1):
            vector = vector_in(sighting, space)
            box = sighting.head or sighting.body
            if vector is None or (number > 1 and box is None):  # without boxes all see the whole
                continue
            place = places.setdefault((sample.id, box), len(vectors))
            if place == len(vectors):
                vectors.append(vector)
                pictures.append(sample.id)
            seen.append((Member(sample.key, number, sample.id, sample.uri, sighting.hints), place))
    labels, firm = groups(vectors, pictures, least)
    members = tuple(replace(m, cluster=labels[i], firmness=round(float(firm[i]), 4)) for m, i in seen)
    return Cast(space, members, total - len(members))


def write_clusters(path: Path, cast: Cast, look: str) -> None:
    """One row a sighting, clusters first, their firmest members first. Raises OutputError."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for m in sorted(cast.members, key=lambda m: (m.cluster is None, m.cluster or 0, -m.firmness)):
        group = "" if m.cluster is None else m.cluster
        rows.writerow([group, m.firmness, m.key, m.number, m.id, m.uri, "; ".join(m.hints), cast.space, look])
    write_atomically(path, lambda temporary: _write(temporary, text.getvalue()))


def from_clusters(path: Path, cluster: int) -> list[Prototype]:
    """The members of a cluster as prototypes, with their embeddings from the result the file lies in.

    Raises GalleryError where the file, the cluster or the result is not there.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError) as error:
        raise GalleryError(f"{path} cannot be read: {error}; kyara cluster SOURCE writes it") from error
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise GalleryError(f"{path} is no clusters.csv; kyara cluster SOURCE writes it")
    wanted = {(row["key"], int(row["character"])): row for row in rows if row["cluster"] == str(cluster)}
    if not wanted:
        most = max((int(row["cluster"]) for row in rows if row["cluster"]), default=0)
        raise GalleryError(f"{path} has no cluster {cluster}; they are numbered 1 to {most}")
    found: dict[str, Prototype] = {}
    for sample in ResultFolder(path.parent).samples():
        for number, sighting in enumerate(sample.sightings, 1):
            row = wanted.get((sample.key, number))
            if row is not None and row["id"] == sample.id and (one := _prototype(sample, sighting, row)):
                found.setdefault(one.mark, one)
    if not found:
        raise GalleryError(f"{path} is older than the result beside it; run kyara cluster again")
    return list(found.values())


def _prototype(sample: Sample, sighting: Sighting, row: Mapping[str, str]) -> Prototype | None:
    only = tuple(e for e in sighting.embeddings if e.space == row["space"])
    return prototype_of(sample, Sighting(sighting.head, sighting.body, embeddings=only), {row["space"]: row["look"]})


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
