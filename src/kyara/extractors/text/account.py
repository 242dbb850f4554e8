"""The account a text gives of its people: for each, every attribute with the probability of its labels.

`read_account` is a pure function of text and lexicon. It knows nothing of samples, sightings or extractors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kyara.extractors.text import grammar
from kyara.extractors.text.cast import Cast, Owners
from kyara.extractors.text.lexicon import Lexicon
from kyara.extractors.text.measures import age_label, ages, height_label, heights, numerals
from kyara.extractors.text.mentions import Marked, mark
from kyara.extractors.text.negation import DENIED, HEDGED, STATED, UNREAL, polarity
from kyara.extractors.text.people import tell_apart
from kyara.extractors.text.relations import Relation, relate

DENIAL = 0.03  # probability left to a label the text denies
PRONOUN = 0.8  # "her" speaks for a female person, but weakly: narrators and onlookers have pronouns too
_HEDGE = 0.75
_MIX, _PART_OF_A_MIX = 0.9, 0.05  # "one green, one gold": the label that mixes them, and each of the two
_SHARED = 0.85  # said of several people without telling whom
_UNGROUNDED = 0.5  # a ribbon in a text without any person may be on a pie
_PASSED_OVER = 0.3  # a stated age that "looks about 25" overrules


class Fact(NamedTuple):
    """One label said of `owners` with a probability, resting on the words `span`."""

    attribute: str
    label: str
    score: float
    span: str
    owners: Owners
    joined: bool = False
    denied: bool = False


class Said(NamedTuple):
    """What is said of one attribute of one person: label → probability, and the words it rests on."""

    scores: dict[str, float]
    span: tuple[str, ...]


Account = tuple[dict[str, Said], ...]  # one entry a person, attribute → what is said


def read_account(text: str, lexicon: Lexicon) -> tuple[int | None, Account]:
    """(how many people the text announces or None where it is silent, what it says of each)."""
    marked = mark(text, lexicon)
    if not marked.mentions:
        return None, ()
    cast = tell_apart(marked)
    facts = _facts(marked, cast, lexicon)
    count = max(1, len(cast.people))
    alone = count == 1
    said = [_said(facts if alone else [f for f in facts if n in f.owners], lexicon) for n in range(count)]
    shown = _shown(cast, said, lexicon.english["pronouns"]["attribute"])
    if not shown:
        return (0 if cast.nobody else None), ()
    return len(shown), tuple(said[n] for n in shown)


def _shown(cast: Cast, said: list[dict[str, Said]], gender: str) -> list[int]:
    """Those described: with something said beyond a gender, or else presented by the text."""
    if not cast.people:
        return [0] if said[0] else []
    told = [n for n, s in enumerate(said) if len(s) > (gender in s) and not cast.people[n].bystander]
    shown = [n for n, p in enumerate(cast.people) if n in told or (p.introduced and not p.bystander)]
    return shown or [n for n, s in enumerate(said) if s][:1]


def _facts(marked: Marked, cast: Cast, lexicon: Lexicon) -> list[Fact]:
    """Every fact of the text, in order."""
    poles = polarity(marked)
    grounded = bool(cast.people) or _grounded(marked)
    facts: list[Fact] = []
    for k in marked.telling:
        pole = poles[marked.mentions[k].start]
        if pole != UNREAL:
            weight = _HEDGE if pole == HEDGED else 1.0
            facts += _told(marked, cast, k, lexicon, pole == DENIED, weight, grounded)
    facts += _pronouns(marked, cast, lexicon)
    facts += _measured(marked, cast, poles, lexicon, grounded)
    return facts


def _told(
    marked: Marked, cast: Cast, k: int, lexicon: Lexicon, denied: bool, weight: float, grounded: bool
) -> list[Fact]:
    """The facts of mention `k`; without ground what a word states by itself weighs less."""
    mention = marked.mentions[k]
    owners = cast.owners[mention.start] or (() if cast.people else (0,))
    denied = denied or bool(mention.form.roles & grammar.DENIED)
    denied = denied or (bool(marked.seen & grammar.CLAUSE) and _answered_no(marked, mention.end))
    if cast.shared[mention.start]:
        weight *= _SHARED
    facts = []
    for relation in relate(marked, k, lexicon):
        ground = 1.0 if grounded or relation.noun != k else _UNGROUNDED
        score = DENIAL if denied else relation.score * weight * ground
        joined = relation.joined or (marked.seen & grammar.PART and _part(marked, relation))
        span = marked.tokens.span(relation.start, relation.end)
        for attribute, label in relation.pairs:
            facts.append(Fact(attribute, label, score, span, owners, bool(joined), denied))
    return facts


def _grounded(marked: Marked) -> bool:
    """True where the text speaks of hair, eyes or the like, or is a terse list rather than prose."""
    if any(m.form.nouns and not m.form.roles & (grammar.PERSON | grammar.CLOSED) for m in marked.mentions):
        return True
    return not any(m.form.roles & (grammar.COPULA | grammar.DETERMINER | grammar.SENTENCE) for m in marked.mentions)


def _answered_no(marked: Marked, i: int) -> bool:
    """True after "Glasses: no", "Tattoos - none"."""
    words = marked.tokens.words
    return i + 1 < len(words) and words[i] in (":", "-") and words[i + 1] in ("no", "none", "never")


def _part(marked: Marked, rel: Relation) -> bool:
    """True in "one green, one gold", "pink at the tips": the label holds for a part only."""
    near = range(max(0, rel.start - 2), min(len(marked.at), rel.end + 3))
    return any(marked.role_of[i] & grammar.PART for i in near)


def _pronouns(marked: Marked, cast: Cast, lexicon: Lexicon) -> Iterator[Fact]:
    table = lexicon.english["pronouns"]
    seen: set[tuple[Owners, int]] = set()
    for k in marked.pronouns:
        mention = marked.mentions[k]
        role = mention.form.roles & (grammar.HE | grammar.SHE)
        owners = cast.owners[mention.start]
        if role and len(owners) == 1 and (owners, role) not in seen:
            seen.add((owners, role))
            if cast.people[owners[0]].gender == role:
                label = table["he" if role == grammar.HE else "she"]
                yield Fact(table["attribute"], label, PRONOUN, marked.tokens.span(mention.start, mention.end), owners)


def _measured(marked: Marked, cast: Cast, poles: list[int], lexicon: Lexicon, grounded: bool) -> Iterator[Fact]:
    numeric = numerals(marked)
    if not numeric:
        return
    nobody: Owners = () if cast.people else (0,)
    found = [m for m in ages(marked, numeric, lexicon) if poles[m.start] in (STATED, HEDGED)]
    overruled = any(m.apparent for m in found)
    for m in found:
        label = age_label(m.value, lexicon.english["ages"]["labels"])
        score = _PASSED_OVER if overruled and not m.apparent else m.score * (1.0 if grounded else _UNGROUNDED)
        if label is not None:
            owners = cast.owners[m.start] or nobody
            yield Fact(m.attribute, label, score, marked.tokens.span(m.start, m.end), owners)
    table = lexicon.english["heights"]
    for m in heights(marked, numeric):
        owners = cast.owners[m.start] or nobody
        gender = cast.people[owners[0]].gender if cast.people and owners else 0
        kind = "male" if gender == grammar.HE else "female" if gender == grammar.SHE else "unknown"
        if (label := height_label(m.value, kind, table)) is not None:
            yield Fact(table["attribute"], label, m.score, marked.tokens.span(m.start, m.end), owners)


def _said(facts: list[Fact], lexicon: Lexicon) -> dict[str, Said]:
    """The facts of one person, joined by attribute."""
    by_attribute: dict[str, list[Fact]] = {}
    for fact in facts:
        by_attribute.setdefault(fact.attribute, []).append(fact)
    return {
        name: _joined(name, group, lexicon)
        if len(group) > 1
        else Said({group[0].label: group[0].score}, (group[0].span,))
        for name, group in by_attribute.items()
    }


def _joined(attribute: str, facts: list[Fact], lexicon: Lexicon) -> Said:
    scores: dict[str, float] = {}
    for fact in facts:
        scores[fact.label] = max(scores.get(fact.label, 0.0), fact.score)
    if attribute in lexicon.one_of:
        scores = _exclusive(attribute, facts, scores, lexicon)
    return Said(scores, tuple(dict.fromkeys(fact.span for fact in facts)))


def _exclusive(attribute: str, facts: list[Fact], scores: dict[str, float], lexicon: Lexicon) -> dict[str, float]:
    """Labels of a one-of attribute share one probability; two said together are the label that mixes them."""
    positive = {f.label for f in facts if not f.denied}
    mixing = lexicon.mixing.get(attribute, ())
    said = [label for label in mixing if label in positive]
    together = len(positive) > 1 and any(f.joined for f in facts) and len(facts[0].owners) == 1
    if said or (mixing and together):
        return {label: min(score, _PART_OF_A_MIX) for label, score in scores.items()} | {(said or mixing)[-1]: _MIX}
    total = sum(scores.values())
    return scores if total <= 1 else {label: score / total for label, score in scores.items()}
