"""Second step of the recipe: detectors look at whole pictures, and what they find becomes sightings with boxes.

Boxes that came with an input are believed; a picture in which nothing is found keeps the sightings its words announce.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kyara.cache.looking import Remembered
from kyara.detect import CROWD, paired
from kyara.flow import Detection, Detector, Opened, View
from kyara.recipes.attempts import Attempts, without
from kyara.records import Note, NoteKind, Sample, Sighting, Skip
from kyara.settings import PATIENCE, FailureSettings

_WHOLE = (Sighting(),)
_CROWD = Note(NoteKind.CROWD, f"more than {CROWD} figures found; the {CROWD} surest are described")


class Finder:
    """One detector with the memory of what it saw and the record of its failures."""

    def __init__(self, detector: Detector, remembered: Remembered, patience: FailureSettings = PATIENCE) -> None:
        self.detector, self.remembered = detector, remembered
        self.attempts = Attempts(f"detect {detector.name}", patience)

    def find(self, views: Sequence[View]) -> list[tuple[Detection, ...] | Skip]:
        """What is in each view of a whole picture; a Skip where it cannot be looked at."""
        return self.attempts(self._detections, views)

    def _detections(self, views: Sequence[View]) -> list[tuple[Detection, ...]]:
        return [self.detector.detections(raw) for raw in self.remembered.raws(views)]


def find(finders: Sequence[Finder], batch: Sequence[Opened]) -> list[Opened]:
    """A batch step: the samples of `batch` with the sightings found in them, or with the Skip that says why not."""
    found = list(batch)
    wanted = [i for i, item in enumerate(batch) if item.picture is not None and not item.sample.sightings]
    views = [View(replace(batch[i].sample, sightings=_WHOLE), 0, batch[i].picture) for i in wanted]
    answers = [finder.find(views) for finder in finders]
    for i, seen in zip(wanted, zip(*answers, strict=True), strict=bool(answers)):
        found[i] = Opened(_described(batch[i].sample, seen), batch[i].picture)
    return found


def _described(sample: Sample, seen: Sequence[tuple[Detection, ...] | Skip]) -> Sample:
    detections: list[Detection] = []
    for some in seen:
        if isinstance(some, Skip):
            sample = without(sample, some)
        else:
            detections += some
    if sample.skip is not None:
        return sample
    figures = paired(detections, sample.width or 0, sample.height or 0)
    notes = (*sample.notes, _CROWD) if figures.crowd else sample.notes
    return replace(sample, sightings=figures.sightings, notes=notes)
