"""Reads the text of a query into its tree; what cannot be read is refused with the column and what to write there.

The grammar is grammar.lark. Which fields, labels and names a catalogue holds is not known here (names.py).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError
from rich.cells import cell_len

from kyara.catalogue.query.tree import And, Compare, Confidence, Is, Or, Query, Span, joined
from kyara.errors import KyaraError

DEEPEST = 50  # brackets within brackets; evaluation calls itself once a level
WIDEST = 60  # characters of the query that an error shows to the left and to the right of the place
BOUNDS = (">", ">=", "<", "<=")

_MEANS = {
    "WORD": "a name", "QUOTED": "a name", "COMPARE": "a sign (= != ~ > >= < <=)", "_AND": "'and'", "_OR": "'or'",
    "NOT": "'not'", "_IN": "'in'", "_OPEN": "'('", "_CLOSE": "')'", "_COMMA": "a comma", "$END": "the end",
}  # fmt: skip


class QueryError(KyaraError):
    """A query that cannot be answered: points at the column (from 1), says what was found and what to write."""

    def __init__(self, said: str, span: Span | None = None) -> None:
        self.column = span.start + 1 if span else None
        super().__init__(f"query, column {self.column}: {said}\n{_pointed(span)}" if span else f"query: {said}")


def parse(text: str) -> Query:
    """The tree of `text`, as `hair_color=silver>0.8 and not accessories=glasses`. Raises QueryError."""
    if not text.strip():
        raise QueryError("it is empty; write a condition, as hair_color=silver")
    _refuse_depth(text)
    try:
        tree = _parser().parse(text)
        return _Reader(text).transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None


@cache
def _parser() -> Lark:
    grammar = files("kyara.catalogue.query").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="query", parser="lalr", lexer="basic", propagate_positions=True)


def _refuse_depth(text: str) -> None:
    depth = 0
    for found in re.finditer(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[()]""", text, re.S):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise QueryError(
                f"more than {DEEPEST} brackets within brackets; write it flatter", Span(text, *found.span())
            )


def confidence_of(compare: Compare, word: str, span: Span | None) -> Confidence:
    """A bound on a confidence, as `>` and `0.8`. Raises QueryError."""
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise QueryError(f"{word!r} is no confidence; write a number from 0 to 1, as >0.8", span)
    return Confidence(compare, number)


@v_args(inline=True)
class _Reader(Transformer[Token, Query]):
    """Makes the tree, from the leaves up."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def value(self, token: Token) -> tuple[str, Span]:
        word = re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.S) if token.type == "QUOTED" else str(token)
        return word, self._span(token)

    def list(self, *values: tuple[str, Span]) -> tuple[tuple[str, Span], ...]:
        return values

    def confidence(self, compare: Token, number: tuple[str, Span]) -> Confidence:
        if compare not in BOUNDS:
            raise QueryError(f"{str(compare)!r} found; a confidence has >, >=, < or <=", self._span(compare))
        return confidence_of(cast(Compare, str(compare)), *number)

    def condition(self, name: tuple[str, Span], compare: Token, values: Any, sure: Confidence | None = None) -> Is:
        listed = values if isinstance(values[0], tuple) else (values,)
        words, spans = zip(*listed, strict=True)
        return Is(name[0], words, cast(Compare, str(compare)), sure, (name[1], *spans))

    def condition_in(self, name: tuple[str, Span], values: Any, sure: Confidence | None = None) -> Is:
        return self.condition(name, Token("COMPARE", "="), values, sure)

    def condition_not_in(self, name: tuple[str, Span], _: Token, values: Any) -> Is:
        return self.condition(name, Token("COMPARE", "!="), values)

    def negated(self, *nots_and_part: Any) -> Query:
        *nots, part = nots_and_part
        return ~part if len(nots) % 2 else cast(Query, part)

    def all_of(self, *parts: Query) -> Query:
        return joined(And, parts)

    def any_of(self, *parts: Query) -> Query:
        return joined(Or, parts)

    def _span(self, token: Token) -> Span:
        start = token.start_pos or 0
        return Span(self.text, start, start + len(token))


def _unreadable(text: str, at: int) -> QueryError:
    """The lexer's: only a quote that is never closed, or a `!` alone, belongs to no word."""
    if text[at] in "'\"":
        return QueryError(f"the quote {text[at]} is never closed; close it", Span(text, at, at + 1))
    return QueryError(
        f"{text[at]!r} found; unequal is !=, and a name with signs in it stands in quotes", Span(text, at, at + 1)
    )


def _unexpected(text: str, error: UnexpectedToken) -> QueryError:
    token = error.token
    names = error.expected & {"_AND", "_OR", "$END", "_CLOSE"} if "_AND" in error.expected else error.expected
    wanted = list(dict.fromkeys(_MEANS[name] for name in _MEANS if name in names))
    expected = f"expected {', '.join(wanted[:-1])} or {wanted[-1]}" if wanted[1:] else f"expected {wanted[0]}"
    if token.type == "$END":
        return QueryError(f"the query ends here; {expected}", Span(text, len(text.rstrip()), len(text.rstrip())))
    start = token.start_pos or 0
    quotes = "" if "WORD" in error.expected else "; a name with spaces or brackets in it stands in quotes"
    return QueryError(f"{str(token)!r} found; {expected}{quotes}", Span(text, start, start + len(token)))


def _pointed(span: Span) -> str:
    """The query around the place, with carets under it; wide letters take two columns, line breaks one."""
    first = max(0, span.start - WIDEST)
    plain = "".join(" " if not letter.isprintable() else letter for letter in span.text[first : span.end + WIDEST])
    before, there = plain[: span.start - first], plain[span.start - first : span.end - first]
    return f"  {plain}\n  {' ' * cell_len(before)}{'^' * max(1, min(cell_len(there), WIDEST))}"
