"""The sightings that people decided something of, each with all that is known of its picture, as extractors saw it.

What a decision is good for is not known here. Who somebody is, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import select

from kyara.catalogue import postings
from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.reading import told_table
from kyara.catalogue.schema import decision, sighting
from kyara.records import Sample
from kyara.results.columns import from_table

AT_ONCE = 1_024  # samples: half a second


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One sighting, `sample.sightings[position]`, and the labels that people decided on, by attribute: () where nothing
    applies. The evidence is the machine's."""

    sample: Sample
    position: int
    answers: Mapping[str, tuple[str, ...]]


def reviewed(catalogue: Catalogue) -> Iterator[Reviewed]:
    """Every sighting with a decision on an attribute that stands, picture by picture. Raises CatalogueError."""
    stands = (decision.c.undone_at.is_(None), decision.c.sighting.is_not(None), decision.c.attribute.is_not(None))
    with catalogue.reading() as connection:
        numbers = BitMap(connection.execute(select(decision.c.sighting).where(*stands)).scalars())
        answers: dict[int, dict[str, tuple[str, ...]]] = {}
        for (number, attribute), labels in postings.decisions(connection, numbers).items():
            if attribute is not None:
                answers.setdefault(number, {})[attribute] = tuple(labels)
        own = select(sighting.c.number, sighting.c.sample, sighting.c.position)
        own = own.where(among(connection, sighting.c.number, answers)).order_by(sighting.c.position)
        of: dict[int, dict[int, int]] = {}
        for number, sample, position in connection.execute(own):
            of.setdefault(sample, {})[position] = number
        samples = sorted(of)
        for start in range(0, len(samples), AT_ONCE):
            some = samples[start : start + AT_ONCE]
            for number, seen in zip(some, from_table(told_table(connection, some)), strict=True):
                yield from (Reviewed(seen, position, answers[one]) for position, one in of[number].items())
