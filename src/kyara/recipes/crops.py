"""Pictures that are cut-out heads: the main job, in which a picture that shows nobody's box is itself the head.

Detectors look first, as heads are found in crops too where there is a margin around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kyara.flow import Input
from kyara.recipes.extract import Recipe
from kyara.recipes.run import Job
from kyara.records import Sample, Sighting


class WholeAsHead(Recipe):
    """The main job's recipe; with `crops`, a picture of one of whom no box was found is seen again as a head."""

    def __init__(self, recipe: Recipe, crops: bool) -> None:
        vars(self).update(vars(recipe))  # it is that recipe, with all that its run gave it
        self.crops = crops

    def __call__(self, inputs: Sequence[Input]) -> list[Sample]:
        samples = super().__call__(inputs)
        if not self.crops:
            return samples
        again = [i for i, sample in enumerate(samples) if _boxless(sample)]
        heads = [replace(inputs[i], sightings=(_whole(samples[i]),)) for i in again]
        for i, sample in zip(again, super().__call__(heads), strict=True):
            samples[i] = sample
        return samples


def of_crops(job: Job) -> Job:
    """`job` on pictures that are heads."""
    return replace(job, recipe=WholeAsHead(job.recipe, crops=True), identity={**job.identity, "crops": True})


def is_whole(sample: Sample, sighting: Sighting) -> bool:
    """True where a sighting is all of its picture."""
    return sighting.head is None or sighting.head == _whole(sample).head


def _boxless(sample: Sample) -> bool:
    if sample.skip is not None or sample.width is None or len(sample.sightings) != 1:
        return False
    return sample.sightings[0].head is None and sample.sightings[0].body is None


def _whole(sample: Sample) -> Sighting:
    corners = (0.0, 0.0, float(sample.width or 0), float(sample.height or 0))
    return Sighting(corners, corners)
