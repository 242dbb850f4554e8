"""What a person decides of a value or an identity: stored beside what the machine said, with who and when.

Decisions are added and taken back, never overwritten or deleted; the last one that stands is what counts. Which
sightings are meant is not known here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pyroaring import BitMap
from sqlalchemy import Connection, Row, func, select, update

from kyara.catalogue import numbers, postings
from kyara.catalogue.bulk import insert
from kyara.catalogue.contents import numbered
from kyara.catalogue.kinds import among, stored
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.query.fields import Fields, nearest
from kyara.catalogue.schema import IDENTITY, decision, label, place, sample, sighting
from kyara.catalogue.schema import attribute as attributes
from kyara.catalogue.told import told
from kyara.errors import CatalogueError
from kyara.vocabulary import load_vocabulary, plain_name

Answer = list[str] | str | None  # labels of an attribute, [] for none of them; a name, None for nobody
AT_ONCE = 20_000  # sightings
_HEAD = ("head_x0", "head_y0", "head_x1", "head_y1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody says: of `attribute` (`identity` is one), this answer."""

    attribute: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Decision:
    """One that was stored. `key` is a place of its picture, `undone_at` None while it stands; times since 1970."""

    number: int
    sighting: int | None
    content: str
    key: str | None
    position: int
    head: tuple[float, ...] | None
    attribute: str
    answer: Answer
    before: Answer
    who: str
    at: float
    undone_at: float | None


def verdict(catalogue: Catalogue, attribute: str, answer: Collection[str]) -> Verdict:
    """A verdict in the spelling of catalogue and vocabulary; no answer means that nothing applies, or nobody.

    Raises CatalogueError for a name that neither knows, and for several answers to what has one.
    """
    name = plain_name(attribute)
    if name == IDENTITY:
        if len(answer) > 1:
            raise CatalogueError(f"one figure is one character; {len(answer)} names were given")
        return Verdict(IDENTITY, next(iter(answer), None))
    with catalogue.reading() as connection:
        fields = Fields(connection)
        if name not in (known := fields.described()):
            raise CatalogueError(f"there is no {attribute!r} to decide; {nearest(name, [*known, IDENTITY])}")
        own = load_vocabulary().by_name.get(name)
        labels = {plain_name(n): lab.name for lab in (own.labels if own else ()) for n in (*lab.aliases, lab.name)}
        if name in fields.attributes:
            labels |= {plain_name(word): word for _, word, _ in fields.dictionary(fields.attributes[name])}
    for wanted in answer:
        if plain_name(wanted) not in labels:
            raise CatalogueError(f"no {name} is called {wanted!r}; {nearest(plain_name(wanted), labels)}")
    if own is not None and own.one_of and len(answer) > 1:
        raise CatalogueError(f"{name} has one answer; {len(answer)} were given: {', '.join(answer)}")
    return Verdict(name, sorted({labels[plain_name(wanted)] for wanted in answer}))


def preview(catalogue: Catalogue, sightings: BitMap, verdict: Verdict) -> Counter[tuple[str, ...]]:
    """What is said of `sightings` now, by a person else the machine, and how often: what `decide` would replace."""
    counted: Counter[tuple[str, ...]] = Counter()
    with catalogue.reading() as connection:
        for some in _pieces(sightings):
            said = _machine(connection, some, verdict.attribute)
            of = None if verdict.attribute == IDENTITY else verdict.attribute
            people = postings.decisions(connection, some)
            said |= {number: answer for (number, attribute), answer in people.items() if attribute == of}
            counted.update(_words(said.get(number)) for number in some)
    return counted


def decide(catalogue: Catalogue, sightings: BitMap, verdict: Verdict, who: str) -> int:
    """Store the verdict on every one of `sightings`, all or none; how many decisions that made."""
    at = time.time()

    def work(connection: Connection) -> int:
        count = sum(_decided(connection, some, verdict, who, at) for some in _pieces(sightings))
        postings.refresh(connection, sightings, verdict.attribute)
        return count

    return catalogue.transact(work)


def undo(catalogue: Catalogue, decided: Collection[int] | None = None) -> list[Decision]:
    """Take back these decisions, or with None the last that stand and were made at once; gives those taken back.

    What stood before them counts again: an earlier decision, else the machine. Raises CatalogueError.
    """

    def work(connection: Connection) -> list[Decision]:
        stands = decision.c.undone_at.is_(None)
        if decided is None:
            last = select(func.max(decision.c.at)).where(stands).scalar_subquery()
            found = list(_read(connection, decision.c.at == last, stands))
        else:
            found = list(_read(connection, among(connection, decision.c.number, decided), stands))
            if missing := set(decided) - {one.number for one in found}:
                said = f"no decision {', '.join(map(str, sorted(missing)))} stands"
                raise CatalogueError(f"{said}; kyara review list shows those that do")
        taken = [one.number for one in found]
        when = {"undone_at": time.time()}
        connection.execute(update(decision).where(among(connection, decision.c.number, taken)).values(when))
        for name in {one.attribute for one in found}:
            meant = BitMap(one.sighting for one in found if one.attribute == name and one.sighting is not None)
            postings.refresh(connection, meant, name)
        return found

    return catalogue.transact(work)


def decisions(catalogue: Catalogue, undone: bool = False) -> Iterator[Decision]:
    """Every decision in the order they were made; with `undone` also those that were taken back."""
    with catalogue.reading() as connection:
        yield from _read(connection, *(() if undone else (decision.c.undone_at.is_(None),)))


def _decided(connection: Connection, some: BitMap, verdict: Verdict, who: str, at: float) -> int:
    head = [sighting.c[name] for name in _HEAD]
    joined = select(sighting.c.number, sample.c.content, sighting.c.position, *head)
    rows = connection.execute(
        joined.join(sample, sample.c.number == sighting.c.sample).where(among(connection, sighting.c.number, some))
    ).all()
    before = _machine(connection, some, verdict.attribute)
    names = (None if verdict.attribute == IDENTITY else verdict.attribute, orjson.dumps(verdict.answer).decode())
    nothing: Answer = None if verdict.attribute == IDENTITY else []
    count = len(rows)
    insert(
        connection,
        decision,
        number=numbers.take(connection, "decision", count),
        sighting=[row.number for row in rows],
        content=[stored(row.content) for row in rows],
        position=[row.position for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in _HEAD},
        attribute=[names[0]] * count,
        answer=[names[1]] * count,
        before=[orjson.dumps(before.get(row.number, nothing)).decode() for row in rows],
        who=[stored(who)] * count,
        at=[at] * count,
    )
    return count


def _machine(connection: Connection, some: BitMap, attribute: str) -> dict[int, Answer]:
    """What the machine says of each: labels, decided or guessed, or a name."""
    if attribute == IDENTITY:
        rows = select(sighting.c.number, sighting.c.identity).where(among(connection, sighting.c.number, some))
        return {row.number: row.identity for row in connection.execute(rows)}
    named = select(label.c.number, label.c.name).join(attributes, attributes.c.number == label.c.attribute)
    names = {row.number: row.name for row in connection.execute(named.where(attributes.c.name == attribute))}
    said: dict[int, list[str]] = {}
    whose, entries = told(connection, some)
    for number, of in zip(whose.tolist(), entries["label"].tolist(), strict=True):
        if of in names:
            said.setdefault(number, []).append(names[of])
    return {number: sorted(those) for number, those in said.items()}


def _read(connection: Connection, *where: Any) -> Iterator[Decision]:
    rows = connection.execute(select(decision).where(*where).order_by(decision.c.number)).all()
    samples = numbered(connection, {row.content for row in rows})
    keyed = select(place.c.sample, func.min(place.c.key).label("key")).where(
        among(connection, place.c.sample, samples.values())
    )
    keys = {row.sample: row.key for row in connection.execute(keyed.group_by(place.c.sample))}
    for row in rows:
        yield _decision(row, keys.get(samples.get(row.content)))


def _decision(row: Row[Any], key: str | None) -> Decision:
    head = None if row.head_x0 is None else tuple(getattr(row, name) for name in _HEAD)
    said = (row.attribute or IDENTITY, orjson.loads(row.answer), orjson.loads(row.before))
    content = row.content.partition(":")[0]
    return Decision(row.number, row.sighting, content, key, row.position, head, *said, row.who, row.at, row.undone_at)


def _pieces(sightings: BitMap) -> Iterator[BitMap]:
    for start in range(0, len(sightings), AT_ONCE):
        yield sightings[start : start + AT_ONCE]


def _words(answer: Answer) -> tuple[str, ...]:
    return () if answer is None else (answer,) if isinstance(answer, str) else tuple(answer)
