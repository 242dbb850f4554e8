"""Conditions on facts of the picture or the figure (key, tag, film, size, skip …), answered by SQL.

A query asks for sightings, or (`skip=…`) for samples, which then have none. Postings are not known here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Select, or_, select

from kyara.catalogue import schema
from kyara.catalogue.kinds import among, stored
from kyara.catalogue.query.fields import ANY, NUMBERS, Fields, like, nearest, span_of
from kyara.catalogue.query.grammar import QueryError
from kyara.catalogue.query.tree import Is
from kyara.records import Reason
from kyara.vocabulary import plain_tag

FEW = 100_000  # so many are looked up one by one rather than found by reading the whole table
COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
OF_A_SIGHTING = {
    "track": schema.sighting.c.track,
    "caption": schema.sighting.c.caption,
    "number": schema.sighting.c.number,
    "embedding": schema.embedding.c.space,
}
_OF_A_SAMPLE = {
    "tag": schema.sample.c.tags,
    "text": schema.sample.c.text,
    "film": schema.sample.c.film,
    "width": schema.sample.c.width,
    "height": schema.sample.c.height,
    "shot": schema.sample.c.shot,
    "seconds": schema.sample.c.seconds,
    "skip": schema.sample.c.skip_reason,
}
_OF_A_PLACE = {"key": schema.place.c.key, "uri": schema.place.c.uri, "source": schema.source.c.name}
OF_A_PICTURE = {*_OF_A_SAMPLE, *_OF_A_PLACE, "id"}


def having(connection: Connection, condition: Is, within: BitMap, samples: bool = False) -> BitMap:
    """Those of `within` (numbers of sightings, or of samples) for which `condition` holds; it has been checked."""
    number = schema.sample.c.number if samples else schema.sighting.c.number
    query: Select[Any] = select(number, schema.sample.c.tags).where(_clause(condition))
    if not samples:
        query = query.join(schema.sample, schema.sighting.c.sample == schema.sample.c.number)
    if len(within) <= FEW:
        query = query.where(among(connection, number, within))
    rows = connection.execute(query)
    if _is_tag(condition):
        wanted = {plain_tag(value) for value in condition.values}
        return within & BitMap(found for found, tags in rows if not wanted.isdisjoint(_tags(tags)))
    return within & BitMap(found for found, _ in rows)


def check(condition: Is, fields: Fields) -> None:
    """Raises QueryError where the field of `condition` cannot be compared like that, or has no such value."""
    name, compare = condition.name, condition.compare
    if condition.confidence:
        raise QueryError(f"{name} has no confidence; leave the bound out", span_of(condition))
    if name not in NUMBERS and compare in COMPARED:
        raise QueryError(f"{name} is no number; compare it with = != or ~", span_of(condition))
    if name in NUMBERS and compare == "~":
        raise QueryError(f"{name} is a number; compare it with = != > >= < or <=", span_of(condition))
    choices: dict[str, list[str]] = {"skip": [reason.value for reason in Reason], "embedding": fields.spaces()}
    for place, value in enumerate(condition.values):
        if value == ANY and compare == "=":
            continue
        if name in NUMBERS and not _is_number(value):
            raise QueryError(f"{name} is a number and {value!r} is none", span_of(condition, place))
        if name in choices and compare != "~" and value not in choices[name]:
            near = nearest(value, choices[name])
            raise QueryError(f"no {name} is called {value!r} here; {near}", span_of(condition, place))


def _is_number(word: str) -> bool:
    try:
        return abs(float(word)) < 2**63  # no database column holds more; NaN compares as False
    except ValueError:
        return False


def _is_tag(condition: Is) -> bool:
    return condition.name == "tag" and condition.compare == "=" and condition.values != (ANY,)


def _tags(given: str) -> set[str]:
    """The tags of a string with commas between them, or white space where there is no comma."""
    return {plain_tag(tag) for tag in (given.split(",") if "," in given else given.split())}


def _clause(condition: Is) -> ColumnElement[bool]:
    name = condition.name
    if name in _OF_A_PLACE:
        places = schema.place.join(schema.source, schema.place.c.source == schema.source.c.number)
        there = select(schema.place.c.sample).select_from(places).where(_compared(_OF_A_PLACE[name], condition))
        return schema.sample.c.number.in_(there)
    if name == "embedding":
        there = select(schema.embedding.c.sighting).where(_compared(schema.embedding.c.space, condition))
        return schema.sighting.c.number.in_(there)
    if name == "id":  # a sample without a picture has its key behind its id
        content = schema.sample.c.content
        behind = [content.startswith(f"{value}:", autoescape=True) for value in condition.values]
        return or_(_compared(content, condition), *behind)
    if _is_tag(condition):  # nearly; the rest is looked at one by one
        near = [like(plain_tag(value)).replace(r"\_", "_") for value in condition.values]
        return or_(*(_like(schema.sample.c.tags, each) for each in near))
    return _compared((OF_A_SIGHTING | _OF_A_SAMPLE)[name], condition)


def _compared(column: ColumnElement[Any], condition: Is) -> ColumnElement[bool]:
    either = []
    for value in condition.values:
        if condition.compare == "~":
            either.append(_like(column, like(value)))
        elif value == ANY:
            either.append(column.is_not(None))
        else:
            wanted = float(value) if condition.name in NUMBERS else value
            compare = COMPARED.get(condition.compare)
            either.append(compare(column, wanted) if compare else column == wanted)
    return or_(*either)


def _like(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    return column.ilike(stored(wanted), escape="\\")
