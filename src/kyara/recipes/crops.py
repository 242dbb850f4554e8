"""Pictures that are cut-out heads: the main job, in which a picture that shows nobody's box is itself the head.

Detectors look first, as heads are found in crops too where there is a margin around them.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from kyara.flow import Input
from kyara.recipes.run import Job
from kyara.records import Sample, Sighting


def of_crops(job: Job) -> Job:
    """`job` on pictures that are heads: one of whom no box was found is seen again as a head."""
    recipe = copy(job.recipe)
    recipe.again = _as_head
    return replace(job, recipe=recipe, identity={**job.identity, "crops": True})


def is_whole(sample: Sample, sighting: Sighting) -> bool:
    """True where a sighting is all of its picture."""
    return sighting.head is None or sighting.head == _whole(sample).head


def _as_head(given: Input, sample: Sample) -> Input | None:
    if sample.skip is not None or sample.width is None or len(sample.sightings) != 1:
        return None
    found = sample.sightings[0].head is not None or sample.sightings[0].body is not None
    return None if found else replace(given, sightings=(_whole(sample),))


def _whole(sample: Sample) -> Sighting:
    corners = (0.0, 0.0, float(sample.width or 0), float(sample.height or 0))
    return Sighting(corners, corners)
