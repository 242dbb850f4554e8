"""Pooled distributions made into a Value: labels, confidence, decided or not, scores and trail.

It knows what an answer is, not how its probabilities came about. Everything is decided on probabilities rounded to
four decimals, so what is published is what was compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import fsum, prod

from kyara.fuse.pooling import DENIED, NOT, Chances, Question, Said, sides, whether
from kyara.records import Scores, Value, ranked

# What an outcome must reach: the same for all, or by the question, made if asked for, and the outcome.
Bar = float | Callable[[Callable[[], Question], str], float]
Pool = Callable[[Question], Chances]

_IN_PLAY = 0.01  # a less probable label is not worth its bytes
_MOST_SCORES = 8
_LIKELY = 0.5


def one_answer(attribute: str, question: Question, pool: Pool, bar: Bar) -> Value:
    """The answer for a one-of attribute: its most probable label, decided where its probability reaches the bar.

    Equally probable labels that nobody names (all that is left after a denial) are no answer: `labels` is empty.
    Ties between named labels go by name.
    """
    fused = {label: round(p, 4) for label, p in zip(question.outcomes, pool(question), strict=True)}
    named = question.named
    confidence = max(fused.values())
    first = [label for label, p in fused.items() if p == confidence]
    if len(first) > 1:
        first = [label for label in first if label in named]
    if not first:
        everyone = tuple(opinion.extractor for opinion in question.opinions)
        return Value(attribute, (), confidence, False, _in_play(fused, named, ()), everyone)
    label = min(first)
    carried, against = sides(question, label)
    return Value(
        attribute=attribute,
        labels=(label,),
        confidence=confidence,
        decided=confidence >= (bar if isinstance(bar, float) else bar(lambda: question, label)),
        scores=_in_play(fused, named, (label,)),
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
    likely = [x for x, p in fused.items() if p >= _LIKELY]
    labels = tuple([x for x in likely if fused[x] >= _least(bar, x, said)])
    if labels:
        confidence, decided = fsum(fused[x] for x in labels) / len(labels), True
    elif fused and max(fused.values()) <= DENIED:
        confidence = round(prod(1.0 - p for p in fused.values()), 4)
        decided = all(confidence >= _least(bar, x, said, NOT) for x in fused)
    else:
        labels = tuple(likely) or tuple(sorted(fused, key=lambda label: (-fused[label], label))[:1])  # a guess
        confidence = fsum(fused[x] for x in labels) / max(len(labels), 1)
        decided = len(labels) == 1 and confidence >= _least(bar, labels[0], said)
    carried, against = _trail(said, labels)
    return Value(
        attribute=attribute,
        labels=tuple(sorted(labels, key=lambda x: (-fused[x], x))),
        confidence=round(confidence, 4),
        decided=decided,
        scores=_in_play(fused, fused, labels),
        carried_by=carried,
        against=against,
    )


def _fused(said: Said, pool: Pool) -> dict[str, float]:
    """The probability of every named label. What one alone says comes out of every pool as it went in."""
    fused: dict[str, float] = {}
    shared = set[str]()
    for _, scores in said:
        shared |= scores.keys() & fused.keys()
        fused |= scores
    fused |= {label: pool(whether(label, said))[0] for label in shared}
    return {label: round(p, 4) for label, p in fused.items()}


def _least(bar: Bar, label: str, said: Said, outcome: str | None = None) -> float:
    """What `label`, or another `outcome` of the question whether it holds, must reach."""
    return bar if isinstance(bar, float) else bar(partial(whether, label, said), label if outcome is None else outcome)


def _trail(said: Said, labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who names an answered label likely (or, without an answer, denies one), and who speaks for something else."""
    carried, against = [], []
    for who, scores in said:
        likely = {label for label, p in scores.items() if p > _LIKELY}
        denied = {label for label, p in scores.items() if p <= DENIED}
        if not likely.isdisjoint(labels) or (denied and not labels):
            carried.append(who)
        if not denied.isdisjoint(labels) or not likely.issubset(labels):
            against.append(who)
    return tuple(carried), tuple(against)


def _in_play(fused: Mapping[str, float], named: Iterable[str], labels: tuple[str, ...]) -> Scores:
    """The eight most probable named labels from 0.01 on, the denied too without an answer, and always the answered."""
    shown = ranked({x: fused[x] for x in named if fused[x] >= _IN_PLAY or not labels})[:_MOST_SCORES]
    there = {label for label, _ in shown}
    rest = {label: fused[label] for label in labels if label not in there}
    return ranked(dict(shown) | rest) if rest else shown
