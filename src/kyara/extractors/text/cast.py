"""The people a text tells of, as people.py leaves them for account.py to describe."""

from __future__ import annotations

from dataclasses import dataclass, field

Owners = tuple[int, ...]


@dataclass(slots=True)
class Person:
    """Somebody a text tells of. `introduced`: the text presents them ("a man"), rather than passing by ("his aunt")."""

    gender: int = 0  # grammar.HE, grammar.SHE or 0
    head: str = ""
    place: int = 0  # grammar.LEFT, grammar.RIGHT or 0
    name: str = ""
    introduced: bool = False
    bystander: bool = False  # only compared with or owning something: what is said of them describes nobody
    sentence: int = -1  # where they were last named
    open: bool = False  # one of "two girls", not told apart yet


@dataclass(slots=True)
class Cast:
    """The people of a text in order of appearance; `owners[i]` are those token i describes."""

    people: list[Person] = field(default_factory=list)
    owners: list[Owners] = field(default_factory=list)
    shared: list[bool] = field(default_factory=list)  # token i describes several without telling whom
    nobody: bool = False
