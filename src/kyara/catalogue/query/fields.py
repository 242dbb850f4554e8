"""What a query may ask for: attributes with their labels, names, facts of the picture; the nearest where it is none.

Names are looked up in the catalogue's own dictionaries and in the built-in vocabulary, whose aliases count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from sqlalchemy import Connection, func, select

from kyara.catalogue import schema
from kyara.catalogue.query.grammar import QueryError
from kyara.catalogue.query.tree import Is, Span
from kyara.vocabulary import load_vocabulary, plain_name

ANY, NONE, UNDECIDED = "any", "none", "undecided"
WORDS = ("key", "uri", "source", "id", "tag", "text", "film", "track", "caption")
NUMBERS = ("number", "width", "height", "shot", "seconds")
NAMES = {  # whom tags and text name, whom the gallery or a person knows; the first is either
    "character": (schema.CHARACTER, schema.IDENTITY),
    "identity": (schema.IDENTITY,),
}
YES_NO = (schema.REVIEWED, schema.GONE)
FACTS = (*WORDS, *NUMBERS, *NAMES, *YES_NO, "embedding", "skip")


@dataclass(frozen=True)
class Fields:
    """The dictionaries of one catalogue, read as they are asked for."""

    connection: Connection

    @cached_property
    def attributes(self) -> dict[str, int]:
        """Name → number of everything there are postings of, `identity` and `@sighting` among them."""
        rows = self.connection.execute(select(schema.attribute.c.name, schema.attribute.c.number))
        return {str(name): int(number) for name, number in rows}

    def described(self) -> list[str]:
        """The attributes that extractors answer, of the vocabulary and of the catalogue."""
        own = [name for name in self.attributes if name not in NAMES and not name.startswith("@")]
        return list(dict.fromkeys([*load_vocabulary().names, *own]))

    def numbers(self, condition: Is) -> list[int]:
        """The numbers of the attributes that `condition` asks for, none where the catalogue has not met it.

        Raises QueryError with the nearest name where the vocabulary has not either.
        """
        name, known = condition.name, self.described()
        if name not in NAMES and name not in known:
            raise QueryError(f"there is no {name!r} to ask for; {nearest(name, [*known, *FACTS])}", span_of(condition))
        return [self.attributes[one] for one in NAMES.get(name, (name,)) if one in self.attributes]

    def dictionary(self, *attributes: int) -> list[tuple[int, str, int]]:
        """Attribute, name and number of the labels that attributes have in the catalogue."""
        table = schema.label
        rows = select(table.c.attribute, table.c.name, table.c.number).where(table.c.attribute.in_(attributes))
        return [(int(of), str(name), int(number)) for of, name, number in self.connection.execute(rows)]

    def labels(self, condition: Is) -> set[int]:
        """The numbers of the labels that the values of `condition` name; aliases of the vocabulary count.

        Raises QueryError with the nearest name for one that neither the catalogue nor the vocabulary knows.
        """
        known: dict[str, set[int]] = {}
        for _, name, label in self.dictionary(*self.numbers(condition)):
            known.setdefault(plain_name(name), set()).add(label)
        for own in load_vocabulary()[condition.name].labels if condition.name in load_vocabulary() else ():
            for name in (*own.aliases, own.name):
                known.setdefault(plain_name(name), known.get(plain_name(own.name), set()))
        if condition.compare == "~":
            patterns = [pattern(plain_name(value)) for value in condition.values]
            return set().union(*(some for name, some in known.items() if any(p.fullmatch(name) for p in patterns)))
        for place, value in enumerate(condition.values):
            if plain_name(value) not in known:
                near = nearest(plain_name(value), [*known, ANY, NONE, UNDECIDED])
                raise QueryError(f"no {condition.name} is called {value!r} here; {near}", span_of(condition, place))
        return set().union(*(known[plain_name(value)] for value in condition.values))

    def spaces(self) -> list[str]:
        """The embedding spaces of the catalogue, found without reading through a million rows of one."""
        found: list[str] = []
        column = schema.embedding.c.space
        least = select(func.min(column))
        while (
            space := self.connection.execute(least.where(column > found[-1]) if found else least).scalar()
        ) is not None:
            found.append(str(space))
        return found


def span_of(condition: Is, value: int | None = None) -> Span | None:
    """Where the field of `condition`, or one of its values, stands in the text; None where there was no text."""
    place = 0 if value is None else value + 1
    return condition.spans[place] if condition.spans else None


def nearest(name: str, known: Iterable[str]) -> str:
    """`did you mean …?`, or what there is to choose from."""
    choices = list(known)
    near = process.extractOne(name, choices, score_cutoff=60)
    if near:
        return f"did you mean {near[0]!r}?"
    some = ", ".join(choices[:30]) + (" …" if len(choices) > 30 else "")
    return f"choose one of {some}" if choices else "the catalogue has none"


def pattern(wanted: str) -> re.Pattern[str]:
    """What `~ wanted` matches: `*` any letters, `?` one; without either it may stand anywhere. Case is ignored."""
    wanted = wanted if set(wanted) & set("*?") else f"*{wanted}*"
    signs = {"*": ".*", "?": "."}
    return re.compile("".join(signs.get(letter, re.escape(letter)) for letter in wanted), re.I | re.S)


def like(wanted: str) -> str:
    """`pattern` for SQL's LIKE with a backslash as escape."""
    wanted = wanted if set(wanted) & set("*?") else f"*{wanted}*"
    signs = {"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"}
    return "".join(signs.get(letter, letter) for letter in wanted)
