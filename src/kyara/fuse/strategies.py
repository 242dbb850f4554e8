"""The six ways to fuse: pure functions of one signature, evidence about one attribute in, one Value out.

A strategy is a way of pooling and a bar that the pooled answer must reach. It knows no extractor by name: what each
one reads comes with the options. A learned fusion is one more function of this signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from rapidfuzz import process

from kyara.errors import SettingsError
from kyara.flow import Kind
from kyara.fuse.answers import Bar, Pool, many_answer, one_answer
from kyara.fuse.pooling import DENIED, NOT, Chances, Question, averaged, sides, spoken, strongest, weighted, which
from kyara.records import Evidence, Value
from kyara.vocabulary import Attribute

TAGS_FIRST: tuple[Kind, ...] = ("tags", "text", "pixels")
PIXELS_FIRST: tuple[Kind, ...] = ("pixels", "tags", "text")
_SURE = 0.65  # a kind that gives a label this much needs no help; a hat tagged for two characters gets 0.59


@dataclass(frozen=True, slots=True)
class Options:
    """What every strategy is told: the confidence below which it abstains, and what each extractor reads.

    `max_risk` is the share of errors allowed among the answers. A plain strategy's confidence is taken at its word.
    """

    min_confidence: float = 0.5
    kinds: Mapping[str, Kind] = field(default_factory=dict)  # extractor name → what it reads
    max_risk: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_confidence <= 1.0:
            raise SettingsError(f"min-confidence {self.min_confidence!r} found; give a number from 0 to 1")
        if self.max_risk is not None and not 0.0 <= self.max_risk <= 1.0:
            raise SettingsError(f"max-risk {self.max_risk!r} found; give a number from 0 to 1")

    @property
    def bar(self) -> float:
        """The confidence that an answer must reach where nobody measured its risk."""
        return float(self.min_confidence if self.max_risk is None else max(self.min_confidence, 1.0 - self.max_risk))


Strategy = Callable[[Attribute, Sequence[Evidence], Options], Value]


def average(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """The plain mean of all who speak: every opinion counts the same, however unsure."""
    return _answer(attribute, evidence, lambda q: averaged(q.opinions), options.bar)


def confidence_weighted(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """Opinions weigh by how far from ignorance they are: `pooling.weighted`."""
    return _answer(attribute, evidence, lambda q: weighted(q.opinions), options.bar)


def tag_priority(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """Tags decide where they are sure, else tags and text together, else these and pixels."""
    return _answer(attribute, evidence, lambda q: _in_turn(q, TAGS_FIRST, options), options.bar)


def vision_priority(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """Pixels decide where they are sure, else pixels and tags together, else these and text."""
    return _answer(attribute, evidence, lambda q: _in_turn(q, PIXELS_FIRST, options), options.bar)


def conservative(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """Only what nobody speaks against; pooled as `confidence_weighted` does.

    An answer carried by one extractor alone may have half the doubt that `min_confidence` allows: 0.75 for 0.5.
    """
    return _answer(attribute, evidence, lambda q: weighted(q.opinions), lambda ask, x: _agreement(ask(), x, options))


def aggressive(attribute: Attribute, evidence: Sequence[Evidence], options: Options) -> Value:
    """The strongest single score wins, whatever the others say."""
    return _answer(attribute, evidence, strongest, options.bar)


STRATEGIES: dict[str, Strategy] = {
    "average": average,
    "confidence-weighted": confidence_weighted,
    "tag-priority": tag_priority,
    "vision-priority": vision_priority,
    "conservative": conservative,
    "aggressive": aggressive,
}


def strategy_named(name: str) -> Strategy:
    """The strategy called `name`. Raises SettingsError with the nearest name and all six."""
    if name not in STRATEGIES:
        near = process.extractOne(name, list(STRATEGIES), score_cutoff=60)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise SettingsError(f"fusion {name!r} is unknown; {hint}choose one of {', '.join(STRATEGIES)}")
    return STRATEGIES[name]


def _answer(attribute: Attribute, evidence: Sequence[Evidence], pool: Pool, bar: Bar) -> Value:
    said = spoken(attribute, evidence)
    if attribute.one_of:
        return one_answer(attribute.name, which(attribute, said), pool, bar)
    return many_answer(attribute.name, said, pool, bar)


def _agreement(question: Question, outcome: str, options: Options) -> float:
    carried, against = sides(question, outcome)
    if against:
        return inf
    return options.bar if len(carried) > 1 else (1.0 + options.bar) / 2


def _in_turn(question: Question, order: tuple[Kind, ...], options: Options) -> Chances:
    """The kinds asked in `order`, those of no known kind last, until the opinions heard so far are sure together.

    An unsure kind is not thrown away but pooled with the next: its denial still counts. `min_confidence` plays no
    part, so that raising it can only turn an answer into an abstention, never into another answer.
    """
    heard = []
    for kind in (*order, None):
        speakers = [o for o in question.opinions if options.kinds.get(o.extractor) == kind]
        heard += speakers
        if speakers and _sure(question, weighted(heard)):
            break
    return weighted(heard)


def _sure(question: Question, chances: Chances) -> bool:
    top = max(chances)
    return top >= (1.0 - DENIED if question.outcomes[chances.index(top)] == NOT else _SURE)
