"""The main job: sources in, described samples out.

open → measure → find → announce → ask every extractor → fuse → note → the steps of other jobs. `Recipe` does it
to a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kyara.cache.looking import Remembered, Remembering
from kyara.cache.openings import Openings
from kyara.cache.store import Store
from kyara.flow import NOTHING, Announcer, Extractor, Input, Opened, Reading
from kyara.fuse import Fuser
from kyara.fuse.examples import UNKNOWN, About
from kyara.images import Limits
from kyara.recipes.asking import Answer, Asking, Heard, views_of
from kyara.recipes.attempts import DECODE, Attempts, without
from kyara.recipes.finding import Finder, find
from kyara.recipes.noting import Noting
from kyara.recipes.opening import DecodeWatch, Reads, open_batch
from kyara.recipes.ordering import Ordering
from kyara.records import Note, NoteKind, Sample, Sighting, Skip
from kyara.scale.inflight import Inflight
from kyara.scale.local import Counts
from kyara.settings import PATIENCE, FailureSettings
from kyara.vocabulary import Vocabulary

if TYPE_CHECKING:
    from kyara.recipes.measuring import Measuring

MOST_UNLOCATED = 8  # sightings made from tags and text alone; beyond it a crowd is a crowd
_NOBODY = Note(NoteKind.NO_CHARACTER, "the tags say so")
_UNLOCATED = tuple((Sighting(),) * n for n in range(MOST_UNLOCATED + 1))


class Recipe:
    """Describes batches of inputs. Safe to call from several threads; the answer never depends on batch neighbours."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        extractors: Sequence[Extractor],
        fuser: Fuser,
        limits: Limits,
        watch: DecodeWatch | None = None,
        finders: Sequence[Finder] = (),
        patience: FailureSettings = PATIENCE,
    ) -> None:
        """`openings`, `measuring` and `noting` are set by `assembling`, `again` and `steps` by jobs that do more.

        Those `copy` it first.
        """
        self.extractors = tuple(extractors)
        self.attributes = vocabulary.names
        self.fuser = fuser
        self.limits = limits
        self.watch = watch
        self.openings: Openings | None = None
        self.measuring: Measuring | None = None
        self.noting: Noting | None = None
        self.finders = tuple(finders)
        self.again: Callable[[Input, Sample], Input | None] | None = None  # what to describe in place of an input
        self.steps: tuple[Callable[[Sample], Sample], ...] = ()
        self._announcers = [e for e in extractors if isinstance(e, Announcer)]
        asking = [Asking(e, patience, alone=len(extractors) == 1) for e in extractors]
        self.ordering = Ordering(asking, self.attributes, fuser)
        self._reads = Reads(patience)
        self.easy = False  # the cache had every answer for the last batch

    @property
    def remembered(self) -> dict[str, Remembered]:
        """What looks at pixels, by name: the measure of quality, detectors, extractors, then what makes notes."""
        looking = [self.measuring.remembered] if self.measuring is not None else []
        looking += [finder.remembered for finder in self.finders]
        looking += [e.remembered for e in self.extractors if isinstance(e, Remembering)]
        looking += [self.noting.pixels] if self.noting is not None and self.noting.pixels is not None else []
        return {one.looking.name: one for one in looking}

    @property
    def attempts(self) -> Iterator[Attempts]:
        """The record of failures of everyone who is asked."""
        yield from (asking.attempts for asking in self.ordering.asking)
        yield from (one.attempts for one in (*self.finders, self.measuring, self.noting) if one is not None)

    def watched_by(self, inflight: Inflight) -> None:
        """Note down what is decoded and whom is asked, in case the process dies of it."""
        self.watch = inflight
        for one in self.attempts:
            one.watch = inflight.deaths

    @property
    def batch_size(self) -> int:
        """What suits everybody asked: the least of their own."""
        looking = [finder.detector.batch_size for finder in self.finders]
        return min([*looking, *(extractor.batch_size for extractor in self.extractors)])

    def close(self) -> None:
        """Let go of the cache."""
        for store in self._stores:
            store.close()

    @property
    def _stores(self) -> set[Store]:
        return {one.store for one in self.remembered.values() if one.store is not None}

    @property
    def _looks(self) -> int:
        return sum(one.counts.looks for one in self.remembered.values())

    @property
    def counts(self) -> Counts:
        """What was counted so far, by detector and extractor."""
        cache = {name: (one.counts.hits, one.counts.looks) for name, one in self.remembered.items()}
        lost = {fault: count for store in self._stores for fault, count in store.lost.items()}
        return Counts(cache, self.ordering.counts, lost)

    def __call__(self, inputs: Sequence[Input]) -> list[Sample]:
        looks = self._looks
        samples = self._describe(inputs)
        self.easy = self._looks == looks and bool(self.remembered)
        if self.again is not None:
            asked = {i: self.again(one, sample) for i, (one, sample) in enumerate(zip(inputs, samples, strict=True))}
            others = {i: one for i, one in asked.items() if one is not None}
            for i, sample in zip(others, self._describe(list(others.values())), strict=True):
                samples[i] = sample
        for step in self.steps:
            samples = [step(sample) for sample in samples]
        return samples

    def _describe(self, inputs: Sequence[Input]) -> list[Sample]:
        opened = open_batch(inputs, self.limits, self.watch, self.openings, self._reads)
        measured = self.measuring.raws(opened) if self.measuring is not None else {}
        if self.measuring is not None:
            opened = self.measuring.told(opened, measured)
        opened = whole = [self._announce(item) for item in find(self.finders, opened)]
        if self.measuring is not None:
            opened = self.measuring.prepared(opened, measured)
        views = [view for item in opened if item.sample.skip is None for view in views_of(item)]
        by_view = iter(self.ordering(views))
        samples = [
            item.sample
            if item.sample.skip is not None
            else self._described(item.sample, [next(by_view) for _ in item.sample.sightings])
            for item in opened
        ]
        if self.noting is not None:
            samples = self.noting(whole, samples)
        for item in opened:
            if item.picture is not None:
                item.picture.forget()
        return samples

    def _announce(self, opened: Opened) -> Opened:
        """Say how many characters are expected, and make that many sightings where the input brought no boxes."""
        sample = opened.sample
        if sample.skip is not None:
            return opened
        announced = [n for e in self._announcers if (n := e.announce(sample)) is not None]
        expected = max(announced) if announced else None
        sightings = sample.sightings or _UNLOCATED[min(1 if expected is None else expected, MOST_UNLOCATED)]
        notes = (*sample.notes, *_notes(expected, len(sightings)))
        return Opened(_with(sample, expected, notes, sightings), opened.picture)

    def _described(self, sample: Sample, heard: Sequence[Heard]) -> Sample:
        failed = dict.fromkeys(answer for one in heard for answer in one.answers if isinstance(answer, Skip))
        if failed:
            if (skip := _fatal(failed, [one.answers for one in heard])) is not None:
                return replace(sample, skip=skip)
            for one in failed:
                sample = without(sample, one)
        about = UNKNOWN if self.fuser.learned is None else About.of(sample)
        sightings = tuple([self._fused(s, one, about) for s, one in zip(sample.sightings, heard, strict=True)])
        return _with(sample, sample.expected, sample.notes, sightings)

    def _fused(self, sighting: Sighting, heard: Heard, about: About) -> Sighting:
        readings = [answer for answer in heard.answers if isinstance(answer, Reading) and answer is not NOTHING]
        if len(readings) == 1:
            gathered = readings[0]
        else:
            gathered = Reading(
                tuple([e for reading in readings for e in reading.evidence]),
                tuple([e for reading in readings for e in reading.embeddings]),
                tuple(dict.fromkeys([hint for reading in readings for hint in reading.hints])),
                next((reading.caption for reading in readings if reading.caption is not None), None),
                tuple([tag for reading in readings for tag in reading.tags]),
            )
        return Sighting(
            sighting.head,
            sighting.body,
            sighting.track,
            gathered.evidence,
            self.fuser(gathered.evidence, about, heard.strategy),
            gathered.embeddings,
            gathered.hints,
            sighting.identity,
            gathered.caption or sighting.caption,
            gathered.tags,
        )


def _fatal(failed: Iterable[Skip], answers: Sequence[Sequence[Answer]]) -> Skip | None:
    """The failure that ends a sample: its picture cannot be decoded, or nobody else had anything to say."""
    broken = next((skip for skip in failed if skip.step == DECODE), None)
    said = any(isinstance(answer, Reading) and answer is not NOTHING for some in answers for answer in some)
    return broken or (None if said else next(iter(failed)))


def _notes(expected: int | None, sightings: int) -> tuple[Note, ...]:
    if sightings > 1 or (expected or 0) > 1:
        return (Note(NoteKind.SEVERAL_CHARACTERS, f"{expected or sightings} expected"),)
    return (_NOBODY,) if expected == 0 else ()


def _with(sample: Sample, expected: int | None, notes: tuple[Note, ...], sightings: tuple[Sighting, ...]) -> Sample:
    """`dataclasses.replace` for the hot path: it is four times as fast, and runs twice for every sample."""
    return Sample(
        sample.key, sample.id, sample.uri, sample.width, sample.height, sample.tags, sample.text, sample.moment,
        notes, expected, sightings, sample.skip, sample.quality, sample.missed,
    )  # fmt: skip
