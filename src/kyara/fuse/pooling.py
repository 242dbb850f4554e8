"""Evidence turned into comparable distributions, and three ways to pool those into one.

A one-of attribute is one question whose outcomes are its labels; a many-of attribute is one yes/no question per label
that somebody names. So every way of pooling is written once, over distributions. Nothing here knows which strategy
asks, what confidence is wanted, or what an extractor reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, fsum, isnan, log, nan

from kyara.errors import KyaraError
from kyara.records import Evidence
from kyara.vocabulary import Attribute

Chances = tuple[float, ...]  # one probability per outcome of a question, in its order; they sum to 1

NOT = ""  # the second outcome of a yes/no question: the label does not hold
DENIED = 0.15  # a yes/no label at or below it is denied; from there to 0.5 it is merely weak (a tag that many share)
_FLOOR = 1e-4  # nobody's zero is a veto: 1.0 on the wrong label must stay correctable
_SLACK = 1e-3  # how far one-of scores may sum beyond 1: fifty labels rounded to four decimals, or float32
_FLOAT = {float}
_SAME = 1e-9  # probabilities closer than this are equal


class EvidenceError(KyaraError):
    """Evidence that breaks the contract of records.Evidence: names the extractor and what it said."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One extractor's answer to one question. `named` are the outcomes it spoke of; the others are unsaid."""

    extractor: str
    chances: Chances
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked (`outcomes`, NOT among them for yes/no) and who said what, ordered by extractor name."""

    outcomes: tuple[str, ...]
    opinions: tuple[Opinion, ...]

    @property
    def named(self) -> frozenset[str]:
        return frozenset().union(*[opinion.named for opinion in self.opinions])


Said = Sequence[tuple[str, dict[str, float]]]  # extractor and its scores by label, ordered by extractor


def spoken(attribute: Attribute, evidence: Sequence[Evidence]) -> Said:
    """Who said what of `attribute`, whatever the order of `evidence`. Raises EvidenceError where it breaks the
    contract."""
    said = [(item.extractor, checked(attribute, item)) for item in evidence]
    if len(said) == 1:
        return said
    said.sort(key=lambda one: one[0])
    for (one, _), (other, _) in pairwise(said):
        if one == other:
            raise EvidenceError(f"extractor {one!r} gave {attribute.name} twice for one sighting; let it give it once")
    return said


def which(attribute: Attribute, said: Said) -> Question:
    """The question of a one-of attribute: which of its labels."""
    names = attribute.label_names
    return Question(names, tuple([Opinion(who, _completed(names, scores), frozenset(scores)) for who, scores in said]))


def whether(label: str, said: Said) -> Question:
    """The question of one label of a many-of attribute, asked of those who name it: yes or no."""
    named = frozenset((label,))
    answers = ((who, scores[label]) for who, scores in said if label in scores)
    return Question((label, NOT), tuple(Opinion(who, (p, 1.0 - p), named) for who, p in answers))


def _completed(names: tuple[str, ...], scores: dict[str, float]) -> Chances:
    """A distribution over all of `names`: the mass that `scores` leave is spread evenly over the unsaid labels.

    Where every label is named, what is left is doubt and is spread over all. "Not blonde" therefore leaves all
    other colours equally open, and of two labels the denial of one is the other.
    """
    total = fsum(scores.values())
    if total > 1.0:
        return tuple([scores.get(name, 0.0) / total for name in names])
    unsaid = len(names) - len(scores)
    share = (1.0 - total) / (unsaid or len(names))
    if unsaid:
        return tuple([scores.get(name, share) for name in names])
    return tuple([scores[name] + share for name in names])


def checked(attribute: Attribute, item: Evidence) -> dict[str, float]:
    """The scores of `item` by label, as plain floats. Raises EvidenceError naming the extractor and the remedy."""
    try:
        hash(item.scores)
        scores = dict(item.scores)
        if not set(map(type, scores.values())) <= _FLOAT:
            scores = {label: float(p) for label, p in scores.items()}
    except (TypeError, ValueError) as error:
        wanted = "a tuple of (label, probability) pairs, as Evidence.of makes them"
        raise _broken(attribute, item, f" has scores {item.scores!r}; give {wanted}") from error
    chances = scores.values()
    within = not scores or (min(chances) >= 0.0 and max(chances) <= 1.0)
    total = fsum(chances) if within else nan
    if isnan(total):
        label, p = next((label, p) for label, p in scores.items() if not 0.0 <= p <= 1.0)  # NaN compares false
        raise _broken(attribute, item, f"={label} has score {p!r}; give a probability from 0 to 1")
    if not scores.keys() <= attribute.known:
        unknown = min(scores.keys() - attribute.known)
        choice = ", ".join(attribute.label_names)
        raise _broken(attribute, item, f" has no label {unknown!r}; choose from {choice}")
    if len(scores) < len(item.scores):
        raise _broken(attribute, item, f" names a label twice in {item.scores!r}; name each label once")
    if attribute.one_of and total > 1.0 + _SLACK:
        raise _broken(attribute, item, f" scores sum to {total:.4g}, its labels exclude one another; let them sum to 1")
    return scores


def _broken(attribute: Attribute, item: Evidence, how: str) -> EvidenceError:
    return EvidenceError(f"extractor {item.extractor!r}: {attribute.name}{how}")


def averaged(opinions: Sequence[Opinion]) -> Chances:
    """The plain mean of the distributions. Silence is not asked, but an unsure opinion dilutes a sure one."""
    return tuple(fsum(column) / len(opinions) for column in zip(*(o.chances for o in opinions), strict=True))


def weighted(opinions: Sequence[Opinion]) -> Chances:
    """Logarithms of the distributions added, divided by the effective number of informed opinions, normalised.

    An opinion weighs by its information, the distance from ignorance in nats (log K - entropy), and the effective
    number is the sum of these over the largest: n opinions that say the same leave their confidence as it is (their
    errors are related, so a product would be too sure), one that knows nothing changes nothing, a denial counts
    against its label although it favours none, and a label that all put first stays first.
    """
    if len(opinions) == 1:
        return opinions[0].chances
    knowledge = [_information(opinion.chances) for opinion in opinions]
    if max(knowledge) < _SAME:
        return opinions[0].chances
    effective = fsum(knowledge) / max(knowledge)
    logs = [[log(max(p, _FLOOR)) for p in opinion.chances] for opinion in opinions]
    pooled = [fsum(column) / effective for column in zip(*logs, strict=True)]
    peak = max(pooled)
    mass = [exp(value - peak) for value in pooled]
    total = fsum(mass)
    return tuple(m / total for m in mass)


def _information(chances: Chances) -> float:
    """How far from ignorance, in nats: 0 for an even distribution, log K for a certain one."""
    return max(0.0, log(len(chances)) + fsum(p * log(p) for p in chances if p > 0.0))


def strongest(question: Question) -> Chances:
    """The whole distribution of whoever gives any label the highest probability (ties: first by extractor name)."""
    labels = len(question.outcomes) - (question.outcomes[-1] == NOT)
    return max(question.opinions, key=lambda opinion: max(opinion.chances[:labels])).chances


def sides(question: Question, outcome: str) -> tuple[set[str], set[str]]:
    """The extractors that speak for `outcome`, and those that speak against it. Others take no side.

    For: it is their first choice. Against: something else is, or they name it below an even share. An extractor
    that only denies labels has no first choice, unless it leaves just one.
    """
    carried, against = set(), set()
    place, even = question.outcomes.index(outcome), 1.0 / len(question.outcomes)
    for opinion in question.opinions:
        first = _first_choices(question, opinion)
        denied = outcome in opinion.named and opinion.chances[place] < even - _SAME
        if outcome in first:
            carried.add(opinion.extractor)
        elif first or denied:
            against.add(opinion.extractor)
    return carried, against


def _first_choices(question: Question, opinion: Opinion) -> list[str]:
    """The most probable outcome; several where the extractor names a tie; none where it leaves all of them open."""
    top = max(opinion.chances)
    if top < 1.0 / len(opinion.chances) + _SAME:
        return []
    least = top - _SAME
    tied = [question.outcomes[place] for place, p in enumerate(opinion.chances) if p > least]
    return tied if len(tied) == 1 else [name for name in tied if name in opinion.named]
