"""What learned fusion is taught with and judged on: the evidence of a sighting, what else is known of it, the truth.

Where examples come from (a labelled run, a person's decisions, a simulation) is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kyara.records import Evidence, NoteKind, Sample

Truth = Mapping[str, tuple[str, ...]]  # attribute → its true labels; () where none of them applies; unlabelled: absent


@dataclass(frozen=True, slots=True)
class About:
    """What fusion may know of a sighting besides its evidence. All of it is the sample's own: no batch neighbours.

    `tags` and `words` count the sample's tags and the words of its text, `sightings` who shares them; `quality` is the
    score 0..1 of `records.Quality`, None where nobody measured it.
    """

    tags: int = 0
    words: int = 0
    sightings: int = 1
    quality: float | None = None
    notes: frozenset[NoteKind] = frozenset()

    @classmethod
    def of(cls, sample: Sample) -> About:
        """Of every sighting of `sample`."""
        tags = sample.tags or ""
        return cls(
            tags=len(tags.split(",") if "," in tags else tags.split()),
            words=len((sample.text or "").split()),
            sightings=max(1, len(sample.sightings)),
            quality=sample.quality.score if sample.quality is not None else None,
            notes=frozenset(note.kind for note in sample.notes),
        )


UNKNOWN = About()


@dataclass(frozen=True, slots=True)
class Example:
    """One sighting whose truth is known. `group` names the data set or profile it comes from."""

    key: str
    evidence: tuple[Evidence, ...]
    about: About
    truth: Truth
    group: str = ""
