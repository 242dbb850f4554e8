"""Heads and bodies that belong together become sightings. Pure geometry; it knows no network."""

from __future__ import annotations

from collections.abc import Sequence

from kyara.flow import Detection
from kyara.records import Sighting


def paired(detections: Sequence[Detection], width: int, height: int) -> tuple[Sighting, ...]:
    """The sightings of one picture of `width` × `height` pixels, from left to right."""
    return tuple(Sighting(head=d.box) if d.part == "head" else Sighting(body=d.box) for d in detections)
