"""How many characters a set of tags announces, of which gender, and how sure a shared tag is of any one of them.

Pure arithmetic over counts; it knows neither how tags are written nor what an extractor is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kyara.extractors.tags.facts import ANYONE, BOYS, GIRLS, OTHERS, Count, tag_facts
from kyara.extractors.tags.syntax import parse

GENDERS = {GIRLS: "female", BOYS: "male", OTHERS: "non_binary"}


@dataclass(frozen=True, slots=True)
class Cast:
    """The characters announced: `total` is at least the sum of the genders, `exact` False where it may be more."""

    girls: int = 0
    boys: int = 0
    others: int = 0
    total: int = 0
    exact: bool = True

    def genders(self) -> tuple[str, ...]:
        """The gender of each, girls first, as the tags list them: 1girl 1boy → ("female", "male")."""
        return (GENDERS[GIRLS],) * self.girls + (GENDERS[BOYS],) * self.boys + (GENDERS[OTHERS],) * self.others


def expected_cast(tags: str | Iterable[str]) -> Cast | None:
    """The cast announced by a tag string or by tags in Danbooru's spelling; None where they are silent.

    `1girl 1boy` → 2, `multiple_girls` → at least 2, `solo` → 1, `no_humans` → 0.
    """
    names = {written.tag for written in parse(tags)} if isinstance(tags, str) else set(tags)
    counts = tag_facts().counts
    return cast_of([counts[name] for name in names if name in counts])


def cast_of(counts: Iterable[Count]) -> Cast | None:
    """The cast from single counts. An exact count beats a vague one of its gender: 2girls multiple_girls → 2."""
    best: dict[str, Count] = {}
    for count in counts:
        known = best.get(count.kind)
        if known is None or (known.at_least, count.number) > (count.at_least, known.number):
            best[count.kind] = count
    if not best:
        return None
    anyone = best.pop(ANYONE, None)
    numbers = {kind: count.number for kind, count in best.items()}
    named, asked = sum(numbers.values()), anyone.number if anyone else 0
    girls, boys, others = (numbers.get(kind, 0) for kind in (GIRLS, BOYS, OTHERS))
    exact = not any(count.at_least for count in best.values()) and (named >= asked or asked == 1)
    return Cast(girls, boys, others, max(named, asked), exact)


def shared(count: int, again: float) -> float:
    """P(this one has it | one of `count` has it): 1/n + (1 - 1/n)·q, with q = `again` that the others have it too.

    One of the n surely has what a tag says, this one with chance 1/n; else the others' share of it is q.
    """
    return 1 / count + (1 - 1 / count) * again


def divided(count: int, labels: int, again: float) -> float:
    """The same for one of `labels` exclusive labels seen on `count` characters: their probabilities sum to ≤ 1.

    Each label has at least one bearer; a character beyond those bears one of them with chance q = `again`.
    One character with two hair colours is the case n = 1: half for each.
    """
    if labels >= count:
        return 1 / labels
    return (labels + (count - labels) * again) / count / labels
