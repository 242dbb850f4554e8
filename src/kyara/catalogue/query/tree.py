"""A query as a tree of conditions: what the grammar reads, and what Python writes with `where(…) & ~where(…)`.

`str(query)` is its text, which reads back as the same tree. Which fields and labels there are is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Compare = Literal["=", "!=", "~", ">", ">=", "<", "<="]
BARE = re.compile(r"""[^\s()'",=!<>~]+""")  # what needs no quotes; kept alike in grammar.lark
KEYWORDS = {"and", "or", "not", "in"}


class Query:
    """Any condition or combination; `&`, `|` and `~` combine."""

    __slots__ = ()

    def __and__(self, other: Query) -> Query:
        return joined(And, (self, other))

    def __or__(self, other: Query) -> Query:
        return joined(Or, (self, other))

    def __invert__(self) -> Query:
        return self.part if isinstance(self, Not) else Not(self)


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the text something stood: the query's text, first and one past the last character, from 0."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Confidence:
    """A bound on how sure a value is, as `> 0.8`."""

    compare: Compare
    number: float


@dataclass(frozen=True, slots=True)
class Is(Query):
    """One condition: the field `name` compares to any of `values`, with at least or at most some confidence.

    `spans` point at the field and at each value where the condition was read from a text.
    """

    name: str
    values: tuple[str, ...]
    compare: Compare = "="
    confidence: Confidence | None = None
    spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        values = ", ".join(map(quoted, self.values))
        values = values if len(self.values) == 1 else f"({values})"
        sure = f"{self.confidence.compare}{self.confidence.number}" if self.confidence else ""
        return f"{quoted(self.name)}{self.compare}{values}{sure}"


@dataclass(frozen=True, slots=True)
class And(Query):
    """Every part holds."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or(Query):
    """At least one part holds."""

    parts: tuple[Query, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


@dataclass(frozen=True, slots=True)
class Not(Query):
    """The part does not hold."""

    part: Query

    def __str__(self) -> str:
        return f"not {self.part}" if isinstance(self.part, Is) else f"not ({self.part})"


def where(
    name: str, *values: str | float, compare: Compare = "=", confidence: tuple[Compare, float] | None = None
) -> Query:
    """One condition from Python: `where("hair_color", "silver", confidence=(">", 0.8)) & ~where("skip", "any")`.

    Several values mean any of them; no value means any at all, as `name=any`.
    """
    return Is(name, tuple(map(str, values)) or ("any",), compare, Confidence(*confidence) if confidence else None)


def conditions(query: Query) -> Iterator[Is]:
    """Every condition of `query`, from left to right."""
    if isinstance(query, Is):
        yield query
    elif isinstance(query, Not):
        yield from conditions(query.part)
    elif isinstance(query, And | Or):
        for part in query.parts:
            yield from conditions(part)


def joined(kind: type[And] | type[Or], parts: Iterable[Query]) -> Query:
    """`parts` in one And or Or, those of the same kind within taken apart; one part alone is itself."""
    flat: list[Query] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else (part,)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def quoted(word: str) -> str:
    """`word` as the grammar reads it: in quotes where it must be, those and backslashes in it behind a backslash."""
    if BARE.fullmatch(word) and word.lower() not in KEYWORDS:
        return word
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"
