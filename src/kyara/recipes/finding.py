"""Second step of the recipe: detectors look at whole pictures, and what they find becomes sightings with boxes.

Boxes that came with an input are believed; a picture in which nothing is found keeps the sightings its words announce.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kyara.cache.looking import Remembered
from kyara.detect import CROWD, paired
from kyara.flow import Detection, Detector, Opened, View
from kyara.recipes.asking import attempt
from kyara.records import Note, NoteKind, Sample, Sighting, Skip

_WHOLE = (Sighting(),)
_CROWD = Note(NoteKind.CROWD, f"more than {CROWD} figures found; the {CROWD} surest are described")


@dataclass(frozen=True, slots=True)
class Finder:
    """One detector with the memory of what it saw."""

    detector: Detector
    remembered: Remembered

    def find(self, views: Sequence[View]) -> list[tuple[Detection, ...] | Skip]:
        """What is in each view of a whole picture; a Skip where it cannot be looked at."""
        raws = attempt(f"detect {self.detector.name}", self.remembered.raws, views)
        return [raw if isinstance(raw, Skip) else self.detector.detections(raw) for raw in raws]


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
            return replace(sample, skip=some)
        detections += some
    figures = paired(detections, sample.width or 0, sample.height or 0)
    notes = (*sample.notes, _CROWD) if figures.crowd else sample.notes
    return replace(sample, sightings=figures.sightings, notes=notes)
