"""Answers a query: postings are united and intersected, SQL looks at what no posting holds, and only at what is left.

A query becomes tests, each of which picks those that pass out of the numbers it is given; the cheap ones go first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pyroaring import BitMap
from sqlalchemy import select

from kyara.catalogue import schema
from kyara.catalogue.opening import Catalogue
from kyara.catalogue.query import facts, posted
from kyara.catalogue.query.fields import ANY, NONE, UNDECIDED, YES_NO, Fields, span_of
from kyara.catalogue.query.grammar import QueryError, confidence_of, parse
from kyara.catalogue.query.tree import And, Is, Not, Or, Query, conditions
from kyara.vocabulary import plain_name

BITMAPS, LOOK_UPS, TABLE = range(3)  # what a test costs


@dataclass(frozen=True, slots=True)
class Test:
    """Picks those that pass out of a set of numbers."""

    cost: int
    passing: Callable[[BitMap], BitMap]


def found(catalogue: Catalogue, query: Query | str) -> BitMap:
    """The numbers of the sightings for which `query` holds. Raises QueryError.

    Sightings whose files are all gone are left out, unless the query itself says something of `gone`.
    """
    tree = parse(query) if isinstance(query, str) else query
    if skip := asked(tree, "skip"):
        raise QueryError("a skipped picture has no sightings; only kyara find takes skip=…", span_of(skip))
    with catalogue.reading() as connection:
        fields = Fields(connection)
        test = _test(fields, tree)
        everybody = posted.status(connection, schema.ALL)
        if not asked(tree, schema.GONE):
            everybody -= posted.status(connection, schema.GONE)
        return test.passing(everybody)


def skipped(catalogue: Catalogue, query: Query | str) -> BitMap:
    """The numbers of the samples for which a query with `skip=…` holds: of facts of the picture only. QueryError."""
    tree = parse(query) if isinstance(query, str) else query
    for condition in conditions(tree):
        if plain_name(condition.name) not in facts.OF_A_PICTURE:
            said = f"a skipped picture has no {condition.name}; leave it out, or leave out skip=…"
            raise QueryError(said, span_of(condition))
    with catalogue.reading() as connection:
        test = _test(Fields(connection), tree, samples=True)
        return test.passing(BitMap(connection.execute(select(schema.sample.c.number)).scalars()))


def asked(query: Query, name: str) -> Is | None:
    """The first condition of `query` on the field `name`."""
    return next((condition for condition in conditions(query) if plain_name(condition.name) == name), None)


def _test(fields: Fields, query: Query, samples: bool = False) -> Test:
    if isinstance(query, Not):
        part = _test(fields, query.part, samples)
        return Test(part.cost, lambda within: within - part.passing(within))
    if isinstance(query, And | Or):
        tests = sorted((_test(fields, part, samples) for part in query.parts), key=lambda test: test.cost)
        cost = max((test.cost for test in tests), default=BITMAPS)  # no part at all: everybody, respectively nobody
        return Test(cost, partial(_all if isinstance(query, And) else _any, tests))
    assert isinstance(query, Is)
    if query.compare == "!=":
        return _test(fields, ~replace(query, compare="="), samples)
    query = replace(query, name=plain_name(query.name))
    special = {ANY, NONE, UNDECIDED} & {*query.values} if query.compare == "=" else set()
    if special and len(query.values) > 1:
        said = f"any, none and undecided stand alone; write {query.name}={min(special)} or {query.name}=…"
        raise QueryError(said, span_of(query))
    if NONE in special:
        return _test(fields, ~replace(query, values=(ANY,)), samples)
    if query.name in facts.OF_A_PICTURE or query.name in facts.OF_A_SIGHTING:
        facts.check(query, fields)
        return Test(TABLE, lambda within: facts.having(fields.connection, query, within, samples))
    return _yes_no(fields, query) if query.name in YES_NO else _labelled(fields, query)


def _all(tests: Sequence[Test], within: BitMap) -> BitMap:
    for test in tests:
        within = test.passing(within) if within else within
    return within


def _any(tests: Sequence[Test], within: BitMap) -> BitMap:
    return posted.union(test.passing(within) for test in tests)


def _yes_no(fields: Fields, condition: Is) -> Test:
    """`reviewed` and `gone`."""
    if condition.compare != "=" or condition.confidence or condition.values not in (("yes",), ("no",)):
        raise QueryError(f"write {condition.name}=yes or {condition.name}=no", span_of(condition))
    those = posted.status(fields.connection, condition.name)
    return Test(BITMAPS, lambda within: within & those if condition.values == ("yes",) else within - those)


def _labelled(fields: Fields, condition: Is) -> Test:
    """Attributes, and the names `character` and `identity`, whose confidence is always 1."""
    if condition.compare in facts.COMPARED:  # hair_color>0.8: whichever colour it is
        sure = confidence_of(condition.compare, condition.values[0], span_of(condition, 0))
        condition = replace(condition, values=(ANY,), compare="=", confidence=sure)
    attributes = fields.numbers(condition)
    special = condition.compare == "=" and condition.values[0] in (ANY, UNDECIDED)
    labels = None if special else fields.labels(condition)
    if condition.confidence:
        sure = condition.confidence
        return Test(LOOK_UPS, lambda within: posted.surer(fields.connection, attributes, labels, sure, within))
    bucket = schema.UNDECIDED if special and condition.values[0] == UNDECIDED else schema.DECIDED
    return Test(BITMAPS, lambda within: within & posted.united(fields.connection, attributes, labels, (bucket,)))
