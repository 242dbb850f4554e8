"""What a person should look at next: unsure answers of the catalogue, ordered by what asking about them is worth.

Ties the catalogue to the arithmetic of fuse/doubts.py; what is decided then is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap

from kyara.catalogue import Catalogue
from kyara.catalogue.query import Query, found
from kyara.catalogue.similar import spaces, vectors
from kyara.catalogue.unsure import Unsure, answered, drawn, read
from kyara.fuse.doubts import Doubt, Pick, Vectors, doubt_of, picked
from kyara.recipes.resembling import space_of
from kyara.records import Evidence, Sample, Sighting, Value
from kyara.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from kyara.records import Vector

POOL = 1_000  # answers that are read and compared: of a million each lies in another block, at 2 ms of processor time
OF_POOL = 10  # of so many read one is shown, at most
ANSWERED = 1_000  # decisions, the last ones, whose likenesses are asked about later

Watch = Callable[[int, int], None]  # sightings read, of how many


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer to look at: of sighting `number`, whose sample holds it alone; why, and how many share its pattern."""

    number: int
    sample: Sample
    value: Value
    doubt: Doubt
    gain: float
    common: int

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Who said what of it."""
        return tuple(e for e in self.sample.sightings[0].evidence if e.attribute == self.value.attribute)


def next_asked(
    catalogue: Catalogue,
    query: Query | str | None = None,
    attributes: Collection[str] = (),
    limit: int = 20,
    watch: Watch = lambda done, total: None,
) -> list[Asked]:
    """The `limit` answers that a person should look at first, of all sightings or of those that `query` finds.

    Of all attributes, or of those named. What a person decided and what is sure is not among them. Raises QueryError,
    CatalogueError.
    """
    within = None if query is None else found(catalogue, query)
    pool = drawn(catalogue, within, attributes, max(POOL, OF_POOL * limit))
    numbers = {one.sighting for one in pool}
    samples: dict[int, Sample] = {}
    for number, sample in read(catalogue, numbers):
        samples[number] = sample
        watch(len(samples), len(numbers))
    asked = [
        (one, samples[one.sighting], value)
        for one in pool
        if one.sighting in samples and (value := samples[one.sighting].sightings[0].value(one.attribute)) is not None
    ]
    vocabulary = load_vocabulary()
    doubts = [doubt_of(value, sample.sightings[0].evidence, _one_of(vocabulary, value)) for _, sample, value in asked]
    stands_for = np.array([one.stands_for for one, _, _ in asked])
    looks = _looks(catalogue, [sample.sightings[0] for _, sample, _ in asked])
    return [_shown(*asked[pick.place], doubts[pick.place], pick) for pick in picked(doubts, limit, stands_for, *looks)]


def _shown(one: Unsure, sample: Sample, value: Value, doubt: Doubt, pick: Pick) -> Asked:
    return Asked(one.sighting, sample, value, doubt, pick.gain, round(pick.common))


def _one_of(vocabulary: Vocabulary, value: Value) -> bool:
    """An attribute of another vocabulary is what it looks like."""
    return vocabulary[value.attribute].one_of if value.attribute in vocabulary else len(value.labels) < 2


def _looks(catalogue: Catalogue, sightings: Sequence[Sighting]) -> tuple[Vectors | None, Mapping[str, Vectors]]:
    """What each looks like in the best space there is, zeros where it has no embedding in it, and what those looked
    like that were answered before, by attribute; None and nothing where there are no spaces."""
    if not spaces(catalogue):
        return None, {}
    space = space_of(catalogue, None)
    held = [next((e.vector for e in seen.embeddings if e.space == space), None) for seen in sightings]
    length = max((len(vector) for vector in held if vector is not None), default=0)
    before = answered(catalogue, ANSWERED)
    known = vectors(catalogue, space, BitMap(number for numbers in before.values() for number in numbers))
    return _rows(held, length), {
        name: _rows([known.get(number) for number in numbers], length) for name, numbers in before.items()
    }


def _rows(held: Sequence[Vector | None], length: int) -> Vectors:
    """The vectors of that length as rows, zeros in place of others."""
    rows = [vector if vector is not None and len(vector) == length else np.zeros(length) for vector in held]
    return np.array(rows, np.float32).reshape(len(rows), length)
