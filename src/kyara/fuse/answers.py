"""Pooled distributions made into a Value: labels, confidence, decided or not, scores and trail.

It knows what an answer is, not how its probabilities came about. Everything is decided on probabilities rounded to
four decimals, so what is published is what was compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import takewhile
from math import fsum, prod

from kyara.fuse.pooling import DENIED, NOT, Chances, Question, Said, sides, whether
from kyara.records import Scores, Value, ranked

# What an outcome must reach: the same for all, or by the question, made if asked for, and the outcome.
Bar = float | Callable[[Callable[[], Question], str], float]
Pool = Callable[[Question], Chances]

_IN_PLAY = 0.01  # a less probable label is not worth its bytes
_MOST_SCORES = 8
_LIKELY = 0.5
_FOUR_DECIMALS = frozenset(n / 10_000 for n in range(10_001))


def one_answer(attribute: str, question: Question, pool: Pool, bar: Bar) -> Value:
    """The answer for a one-of attribute: its most probable label, decided where its probability reaches the bar.

    Equally probable labels that nobody names (all that is left after a denial) are no answer: `labels` is empty.
    Ties between named labels go by name.
    """
    fused = {label: _rounded(p) for label, p in zip(question.outcomes, pool(question), strict=True)}
    named = question.named
    confidence = max(fused.values())
    first = [label for label, p in fused.items() if p == confidence]
    if len(first) > 1:
        first = [label for label in first if label in named]
    if not first:
        everyone = tuple(opinion.extractor for opinion in question.opinions)
        return Value(attribute, (), confidence, False, _named(fused, named)[:_MOST_SCORES], everyone)
    label = min(first)
    carried, against = sides(question, label)
    return Value(
        attribute=attribute,
        labels=(label,),
        confidence=confidence,
        decided=confidence >= (bar if isinstance(bar, float) else bar(lambda: question, label)),
        scores=_in_play(_named(fused, named if label in named else named | {label}), (label,)),
        carried_by=tuple(sorted(carried)),
        against=tuple(sorted(against)),
    )


def many_answer(attribute: str, said: Said, pool: Pool, bar: Bar) -> Value:
    """The answer for a many-of attribute: every label that is more likely than not and reaches the bar.

    `confidence` is the mean probability of the answered labels: the probability that one of them, picked at random,
    is right. (That all are right would fall with every label found.) Where every named label is denied the answer is
    the empty set, with the probability that none of them holds; of unsaid labels it says nothing. Anything between
    abstains. An extractor that carried one label and was overruled on another stands on both sides of the trail.
    """
    fused = _fused(said, pool)
    order = ranked(fused)
    likely = list(takewhile(_is_likely, order))
    sure = [(x, p) for x, p in likely if p >= _least(bar, x, said)]
    if sure:
        answered, decided = sure, True
        confidence = fsum([p for _, p in sure]) / len(sure)
    elif fused and order[0][1] <= DENIED:
        answered = []
        confidence = round(prod([1.0 - p for p in fused.values()]), 4)
        decided = all(confidence >= _least(bar, x, said, NOT) for x in fused)
    else:
        answered = likely or list(order[:1])  # a guess
        confidence = fsum([p for _, p in answered]) / max(len(answered), 1)
        decided = len(answered) == 1 and confidence >= _least(bar, answered[0][0], said)
    labels = tuple([x for x, _ in answered])
    carried, against = _trail(said, labels)
    return Value(
        attribute=attribute,
        labels=labels,
        confidence=round(confidence, 4),
        decided=decided,
        scores=_in_play(order, labels) if labels else order[:_MOST_SCORES],
        carried_by=carried,
        against=against,
    )


def _is_likely(scored: tuple[str, float]) -> bool:
    return scored[1] >= _LIKELY


def _fused(said: Said, pool: Pool) -> dict[str, float]:
    """The probability of every named label. What one alone says comes out of every pool as it went in."""
    if len(said) == 1:
        return {label: _rounded(p) for label, p in said[0][1].items()}
    fused: dict[str, float] = {}
    shared = set[str]()
    for _, scores in said:
        shared |= scores.keys() & fused.keys()
        fused |= scores
    fused |= {label: pool(whether(label, said))[0] for label in shared}
    return {label: _rounded(p) for label, p in fused.items()}


def _rounded(p: float) -> float:
    """To four decimals. Most come with no more, and asking that takes a fifth as long as rounding."""
    return p if p in _FOUR_DECIMALS else round(p, 4)


def _least(bar: Bar, label: str, said: Said, outcome: str | None = None) -> float:
    """What `label`, or another `outcome` of the question whether it holds, must reach."""
    return bar if isinstance(bar, float) else bar(partial(whether, label, said), label if outcome is None else outcome)


def _trail(said: Said, labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who names an answered label likely (or, without an answer, denies one), and who speaks for something else."""
    carried, against = [], []
    for who, scores in said:
        likely = {label for label, p in scores.items() if p > _LIKELY}
        if not likely.isdisjoint(labels) or (not labels and min(scores.values(), default=1.0) <= DENIED):
            carried.append(who)
        if not likely.issubset(labels) or any(scores.get(label, 1.0) <= DENIED for label in labels):
            against.append(who)
    return tuple(carried), tuple(against)


def _named(fused: Mapping[str, float], named: Iterable[str]) -> Scores:
    return ranked({label: fused[label] for label in named})


def _in_play(order: Scores, labels: tuple[str, ...]) -> Scores:
    """Of `order` the eight most probable from 0.01 on, and always the answered."""
    shown = [one for one in order[:_MOST_SCORES] if one[1] >= _IN_PLAY or one[0] in labels]
    return (*shown, *[one for one in order[_MOST_SCORES:] if one[0] in labels])
