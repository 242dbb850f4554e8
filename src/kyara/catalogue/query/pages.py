"""What was found, page by page and counted by label. How it was found is not known here.

A page is read from the small tables alone; reading.py gives samples with all their evidence, which costs more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection, Row, select

from kyara.catalogue.kinds import among
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.postings import decisions
from kyara.catalogue.query import posted
from kyara.catalogue.query.fields import Fields
from kyara.catalogue.reading import PERSON
from kyara.catalogue.schema import DECIDED, attribute, place, sample, sighting
from kyara.catalogue.schema import label as labelled
from kyara.catalogue.told import told
from kyara.records import Box, Sample, Sighting, Value

PAGE = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """One sighting: its number, and its sample with that sighting alone, without evidence, scores and embeddings."""

    number: int
    sample: Sample

    @property
    def sighting(self) -> Sighting:
        return self.sample.sightings[0]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was found; `first` is the place of the first of them among all, from 0."""

    hits: list[Hit]
    first: int
    total: int


def page(catalogue: Catalogue, found: BitMap, first: int = 0, limit: int = PAGE) -> Page:
    """`limit` sightings of `found` from place `first` on, in the order they came into the catalogue."""
    with catalogue.reading() as connection:
        return Page(hits(connection, list(found[first : first + limit])), first, len(found))


def facets(catalogue: Catalogue, found: BitMap, attributes: Collection[str] | None = None) -> dict[str, dict[str, int]]:
    """How many of `found` have which label, by attribute, the commonest first; decided values only.

    `attributes` may name `identity` and `character` too, which are not counted else: there may be very many.
    """
    with catalogue.reading() as connection:
        fields = Fields(connection)
        names = [name for name in attributes or fields.described() if name in fields.attributes]
        numbers = {fields.attributes[name]: name for name in names}
        labels = {label: (numbers[of], word) for of, word, label in fields.dictionary(*numbers)}
        counts: Counter[int] = Counter()
        for label, bitmap in posted.read(connection, numbers, None, (DECIDED,)):
            counts[label] += bitmap.intersection_cardinality(found)
    counted: dict[str, dict[str, int]] = {name: {} for name in names}
    for label, count in sorted(counts.items(), key=lambda item: (-item[1], labels[item[0]])):
        name, word = labels[label]
        if count:
            counted[name][word] = count
    return counted


def hits(connection: Connection, numbers: Sequence[int]) -> list[Hit]:
    """The sightings with these numbers, in this order; one that is no longer there is left out."""
    joined = sighting.join(sample, sample.c.number == sighting.c.sample)
    rows = connection.execute(
        select(sighting, *(column for column in sample.c if column.name not in ("number", "run")))
        .select_from(joined)
        .where(among(connection, sighting.c.number, numbers))
    ).all()
    places = _places(connection, {row.sample for row in rows})
    values = _values(connection, numbers)
    answers = decisions(connection, BitMap(numbers))
    made = {row.number: _hit(row, places[row.sample], values.get(row.number, {}), answers) for row in rows}
    return [made[number] for number in numbers if number in made]


def _places(connection: Connection, samples: Collection[int]) -> dict[int, tuple[str, str]]:
    """Key and uri of each sample: of a place that is not gone, where there is one."""
    rows = select(place.c.sample, place.c.key, place.c.uri).where(among(connection, place.c.sample, samples))
    ordered = rows.order_by(place.c.gone_at.is_(None), place.c.source.desc(), place.c.key.desc())
    return {of: (key, uri) for of, key, uri in connection.execute(ordered)}  # the last one stays


def _values(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, Value]]:
    """The machine's values of each sighting by attribute."""
    whose, said = told(connection, numbers)
    named = select(labelled.c.number, attribute.c.name, labelled.c.name).join(attribute)
    wanted = among(connection, labelled.c.number, set(said["label"].tolist()))
    names = {number: (of, name) for number, of, name in connection.execute(named.where(wanted))}
    rows = [(number, *names[of], *how) for number, (_, of, *how) in zip(whose.tolist(), said.tolist(), strict=True)]
    found: dict[int, dict[str, Value]] = {}
    for (number, name), group in groupby(sorted(rows), itemgetter(0, 1)):
        same = list(group)
        found.setdefault(number, {})[name] = _value(name, [row[2] for row in same], same[0][3], same[0][4])
    return found


def _value(name: str, labels: Sequence[str], confidence: float, decided: bool, who: tuple[str, ...] = ()) -> Value:
    return Value(name, tuple(labels), confidence, bool(decided), (), who)


def _hit(
    row: Row[Any], place: tuple[str, str], values: dict[str, Value], answers: Mapping[tuple[int, str | None], Any]
) -> Hit:
    """With a person's word in place of the machine's."""
    mine = {of: answer for (number, of), answer in answers.items() if number == row.number}
    values |= {of: _value(of, answer, 1.0, True, (PERSON,)) for of, answer in mine.items() if of is not None}
    seen = Sighting(
        head=_box(row, "head"),
        body=_box(row, "body"),
        track=row.track,
        values=tuple(values.values()),
        hints=tuple(orjson.loads(row.hints)) if row.hints else (),
        identity=mine.get(None, row.identity),
        caption=row.caption,
    )
    key, uri = place
    content = row.content.partition(":")[0]
    one = Sample(key, content, uri, row.width, row.height, row.tags, row.text, sightings=(seen,))
    return Hit(row.number, one)


def _box(row: Row[Any], of: str) -> Box | None:
    edges = [getattr(row, f"{of}_{edge}") for edge in ("x0", "y0", "x1", "y1")]
    return None if edges[0] is None else (edges[0], edges[1], edges[2], edges[3])
