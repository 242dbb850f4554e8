"""The main job: sources in, described samples out.

open → announce → ask every extractor → fuse → note. `Recipe` does it to one batch; `extract` does it to sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Event

from kyara.cache.looking import Remembering
from kyara.cache.store import Store
from kyara.flow import Extractor, Input, Looker, Opened, Reading
from kyara.fuse import Fuser
from kyara.images import Limits
from kyara.recipes.asking import Answer, ask, views_of
from kyara.recipes.opening import DecodeWatch, open_input
from kyara.records import Note, NoteKind, Sample, Sighting, Skip
from kyara.vocabulary import Vocabulary

MOST_UNLOCATED = 8  # sightings made from tags and text alone; beyond it a crowd is a crowd
_UNLOCATED = tuple((Sighting(),) * n for n in range(MOST_UNLOCATED + 1))


class Recipe:
    """Describes batches of inputs. Safe to call from several threads; the answer never depends on batch neighbours."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        extractors: Sequence[Extractor | Looker],
        fuser: Fuser,
        limits: Limits,
        store: Store | None = None,
    ) -> None:
        self.extractors = tuple(e if hasattr(e, "read") else Remembering(e, store) for e in extractors)
        self.attributes = vocabulary.names
        self.fuser = fuser
        self.limits = limits
        self.watch: DecodeWatch | None = None
        self._announcers = [e for e in extractors if hasattr(e, "announce")]
        self._proven = {e.name: Event() for e in extractors}

    def __call__(self, inputs: Sequence[Input]) -> list[Sample]:
        opened = [self._announce(open_input(item, self.limits, self.watch)) for item in inputs]
        views = [view for item in opened for view in views_of(item)]
        answers = [ask(e, views, self.attributes, self._proven[e.name]) for e in self.extractors]
        by_view = iter(zip(*answers, strict=True))
        return [self._described(item.sample, [next(by_view) for _ in item.sample.sightings]) for item in opened]

    def _announce(self, opened: Opened) -> Opened:
        """Say how many characters are expected, and make that many sightings where the input brought no boxes."""
        sample = opened.sample
        if sample.skip is not None:
            return opened
        announced = [n for e in self._announcers if (n := e.announce(sample)) is not None]
        expected = max(announced) if announced else None
        sightings = sample.sightings or _UNLOCATED[min(1 if expected is None else expected, MOST_UNLOCATED)]
        several = len(sightings) > 1 or (expected or 0) > 1
        notes = sample.notes
        if several:
            notes = (*notes, Note(NoteKind.SEVERAL_CHARACTERS, f"{expected or len(sightings)} expected"))
        elif expected == 0:
            notes = (*notes, Note(NoteKind.NO_CHARACTER, "the tags say so"))
        return Opened(replace(sample, expected=expected, sightings=sightings, notes=notes), opened.picture)

    def _described(self, sample: Sample, answers: Sequence[Sequence[Answer]]) -> Sample:
        skip = next((a for some in answers for a in some if isinstance(a, Skip)), sample.skip)
        if skip is not None:
            return replace(sample, skip=skip)
        readings = [[a for a in some if isinstance(a, Reading)] for some in answers]
        sightings = map(self._fused, sample.sightings, readings)
        return replace(sample, sightings=tuple(sightings))

    def _fused(self, sighting: Sighting, readings: Sequence[Reading]) -> Sighting:
        evidence = tuple([e for reading in readings for e in reading.evidence])
        return Sighting(
            head=sighting.head,
            body=sighting.body,
            track=sighting.track,
            evidence=evidence,
            values=self.fuser(evidence),
            embeddings=tuple([e for reading in readings for e in reading.embeddings]),
            hints=tuple(dict.fromkeys(hint for reading in readings for hint in reading.hints)),
            identity=sighting.identity,
            caption=next((r.caption for r in readings if r.caption is not None), sighting.caption),
        )
