"""The people a text tells of, as people.py leaves them for account.py to describe."""

from __future__ import annotations

from dataclasses import dataclass, field

Owners = tuple[int, ...]
Break = tuple[int, Owners, bool]  # from this token on these own what is said; True: without telling whom


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


def lay_out(breaks: list[Break], count: int) -> tuple[list[Owners], list[bool]]:
    """For each of `count` tokens its owners and whether they share it; what precedes the first break is the first's."""
    if len(breaks) == 1:
        return [breaks[0][1]] * count, [breaks[0][2]] * count
    owners: list[Owners] = [()] * count
    shared = [False] * count
    breaks = sorted(breaks, key=lambda b: b[0])
    for n, (start, own, together) in enumerate(breaks):
        end = breaks[n + 1][0] if n + 1 < len(breaks) else count
        first = 0 if n == 0 else start
        owners[first:end] = [own] * (end - first)
        shared[first:end] = [together] * (end - first)
    return owners, shared


def agree(one: int, other: int) -> bool:
    """True where two genders may be one person's; 0 is unknown."""
    return not one or not other or one == other
