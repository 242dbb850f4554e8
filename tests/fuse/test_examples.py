"""What fusion may know of a sighting besides its evidence."""

from __future__ import annotations

from kyara.fuse.examples import UNKNOWN, About
from kyara.records import Note, NoteKind, Quality, Sample, Sighting


def test_all_of_it_is_the_samples_own() -> None:
    quality = Quality(0.5, 0.5, 0.5, 1.0, 1.0, 0.0, 96, 1.0, 0.7)
    sample = Sample(
        "k", "i", "u", tags="blue hair, red eyes, hat", text="A girl with a hat.", notes=(Note(NoteKind.SKETCH),),
        sightings=(Sighting(), Sighting()), quality=quality,
    )  # fmt: skip
    assert About.of(sample) == About(3, 5, 2, 0.7, frozenset({NoteKind.SKETCH}))


def test_tags_are_counted_however_they_are_written() -> None:
    assert About.of(Sample("k", "i", "u", tags="blue_hair red_eyes 1girl")).tags == 3
    assert About.of(Sample("k", "i", "u")) == UNKNOWN
