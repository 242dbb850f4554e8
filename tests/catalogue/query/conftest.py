"""A small catalogue of known figures, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

import numpy as np
import pytest

from kyara.catalogue import Catalogue, opened
from kyara.records import Embedding, Moment, Reason, Sample, Sighting, Skip, Value


def value(attribute: str, labels: str, confidence: float, decided: bool = True) -> Value:
    return Value(attribute, tuple(labels.split()), confidence, decided, (), ("tags",))


def picture(key: str, *sightings: Sighting, **facts: object) -> Sample:
    return Sample(
        key, sha256(key.encode()).hexdigest(), f"file:///pictures/{key}", 640, 480, sightings=sightings, **facts
    )


FIGURES = (
    picture(
        "rain/1.png",
        Sighting(
            values=(
                value("hair_color", "gray", 0.8),
                value("gender", "female", 1.0),
                value("accessories", "hat ring", 0.7),
            ),
            hints=("hatsune_miku_(vocaloid)",),
            embeddings=(Embedding("clip", np.array([1, 0, 0], np.float32)),),
        ),
        Sighting(values=(value("hair_color", "white", 0.81), value("gender", "male", 0.6))),
        tags="2girls, silver hair, rain",
        moment=Moment("film a", 3, 12.5),
    ),
    picture(
        "sun/2.png",
        Sighting(
            values=(value("hair_color", "gray", 0.84), value("gender", "female", 0.55), value("accessories", "", 0.9)),
            identity="Mina",
        ),
        tags="1girl solo silver_hair",
        text="100% Sunshine_",
    ),
    picture("sun/3 ünï.png", Sighting(values=(value("hair_color", "gray", 0.4, False),), caption="a girl")),
    picture("broken.png", skip=Skip("open", Reason.TRUNCATED, "ends early"), tags="1girl"),
)  # fmt: skip


@pytest.fixture
def catalogue(fill: Callable[[Sequence[Sample]], str]) -> Iterator[Catalogue]:
    """Sightings 1 and 2 are in rain/1.png, 3 in sun/2.png, 4 in sun/3 ünï.png; broken.png was skipped."""
    with opened(fill(FIGURES), write=True) as catalogue:
        yield catalogue
