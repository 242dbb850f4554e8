"""Compiles the vocabulary and the grammar words of english.toml into one table: surface form → what it can mean.

A user's attribute, label or synonym therefore needs no code. Knows nothing of sentences; matching is longest-first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from kyara.extractors.text import grammar
from kyara.extractors.text.tokens import tokenise
from kyara.vocabulary import Vocabulary

Pair = tuple[str, str]  # (attribute, label)
PERSON_NOUN = "person"  # as a noun of an attribute it stands for every word that names a person
POSSESSIVES = ("his", "her", "its", "their", "my", "your", "our", "the")
_IRREGULAR = {
    "child": "children",
    "person": "persons",
    "tooth": "teeth",
    "foot": "feet",
    "wolf": "wolves",
    "scarf": "scarves",
}
_SPELLINGS = (("gray", "grey"), ("color", "colour"), ("armor", "armour"), ("jewelry", "jewellery"))


_LISTS: dict[str, int] = {
    "determiners": grammar.DETERMINER, "indefinite": grammar.INDEFINITE, "possessive": grammar.POSSESSIVE,
    "copulas": grammar.COPULA, "closed": grammar.CLOSED, "joiners": grammar.JOINER, "modifiers": grammar.MODIFIER,
    "other_nouns": grammar.OTHER_NOUN, "people": grammar.PERSON, "pairs": grammar.PERSON | grammar.PLURAL,
    "kin": grammar.KIN | grammar.PERSON, "he": grammar.HE, "she": grammar.SHE, "they": grammar.THEY,
    "objects": grammar.OBJECT, "subjects": grammar.SUBJECT, "numbers": grammar.NUMBER, "others": grammar.OTHERS,
    "firsts": grammar.FIRSTS, "everyone": grammar.EVERYONE, "nobody": grammar.NOBODY, "left": grammar.LEFT,
    "right": grammar.RIGHT, "parts": grammar.PART, "compounds": grammar.COMPOUND, "breakers": grammar.BREAKER,
    "subject_verbs": grammar.VERB, "denies": grammar.DENIES, "removes": grammar.REMOVES, "unreal": grammar.UNREAL,
    "hedged": grammar.HEDGED, "optional": grammar.OPTIONAL, "restores": grammar.RESTORES,
    "harmless": grammar.HARMLESS, "phrases": grammar.IGNORED,
}  # fmt: skip
_INFLECTED = {"people", "kin", "other_nouns", "parts"}  # these also occur in the plural


@dataclass(slots=True)
class Entry:
    """What one surface form can mean: attributes it is a noun of, labels beside such a noun, labels by itself."""

    nouns: set[str] = field(default_factory=set)
    words: dict[Pair, None] = field(default_factory=dict)
    states: dict[Pair, None] = field(default_factory=dict)
    roles: int = 0


class Form(NamedTuple):
    """An `Entry` made fast to read: roles as a plain int, sets frozen; `size` in tokens, `rest` = all but the first."""

    rest: tuple[str, ...]
    size: int
    nouns: frozenset[str]
    words: tuple[Pair, ...]
    states: tuple[Pair, ...]
    roles: int


Groups = dict[str, tuple[Form, ...]]  # second token → forms, longest first


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the vocabulary and the grammar words mean, found by their first tokens."""

    forms: dict[str, tuple[Form | None, Groups]]  # first token → the form of it alone, and the groups it begins
    one_of: frozenset[str]
    mixing: dict[str, tuple[str, ...]]  # attribute → labels that explain two others at once, the last by default
    personal: frozenset[str]  # attributes whose words may describe the person as a whole
    english: dict[str, Any]


@lru_cache(maxsize=8)
def compile_lexicon(vocabulary: Vocabulary) -> Lexicon:
    """The lexicon of `vocabulary`; takes some tens of milliseconds, so it is kept."""
    english = tomllib.loads(files(__package__).joinpath("english.toml").read_text(encoding="utf-8"))
    entries: dict[tuple[str, ...], Entry] = {}
    personal = frozenset(a.name for a in vocabulary.attributes if PERSON_NOUN in a.nouns)
    _add_vocabulary(entries, vocabulary)
    _add_grammar(entries, english)
    _mark_people(entries, english["pronouns"], personal)
    _inherit_heads(entries)
    _add_denials(entries, english["negation"]["means_none"])
    if ("people",) in entries:
        entries[("people",)].roles |= grammar.PLURAL
    return Lexicon(
        _by_first(entries),
        frozenset(a.name for a in vocabulary.attributes if a.one_of),
        {a.name: mixing for a in vocabulary.attributes if (mixing := tuple(lab.name for lab in a.labels if lab.mixes))},
        personal,
        english,
    )


def surface_forms(phrase: str, plural: bool) -> Iterator[tuple[tuple[str, ...], bool]]:
    """(tokens, is_plural) of every way to write `phrase`: spellings, possessives for "their", plural if asked."""
    spelt = {phrase.lower()}
    for one, other in _SPELLINGS:
        spelt |= {p.replace(one, other) for p in spelt} | {p.replace(other, one) for p in spelt}
    for text in sorted(spelt):
        tokens = tuple(tokenise(text).words)
        if not tokens:
            continue
        if "their" in tokens and len(tokens) > 1:
            for owner in POSSESSIVES:
                yield tuple(owner if t == "their" else t for t in tokens), False
        else:
            yield tokens, False
            if plural and (not tokens[-1].endswith("s") or tokens[-1].endswith("ss")):
                yield (*tokens[:-1], _plural(tokens[-1])), True


def _plural(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("man"):
        return word[:-3] + "men"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ss", "x", "ch", "sh", "z")) else "s")


def _add_vocabulary(entries: dict[tuple[str, ...], Entry], vocabulary: Vocabulary) -> None:
    for attribute in vocabulary.attributes:
        for noun in attribute.nouns:
            for tokens, _ in surface_forms(noun, plural=True):
                entries.setdefault(tokens, Entry()).nouns.add(attribute.name)
        for label in attribute.labels:
            pair = (attribute.name, label.name)
            for word in label.words:
                for tokens, _ in surface_forms(word, plural=False):
                    entries.setdefault(tokens, Entry()).words[pair] = None
            for phrase in label.phrases:
                for tokens, is_plural in surface_forms(phrase, plural=len(phrase) > 2):
                    entry = entries.setdefault(tokens, Entry())
                    entry.states[pair] = None
                    entry.roles |= grammar.PLURAL if is_plural else 0


def _add_grammar(entries: dict[tuple[str, ...], Entry], english: dict[str, Any]) -> None:
    for table in ("grammar", "negation", "ignored"):
        for name, items in english[table].items():
            if name not in _LISTS:
                continue
            for item in items:
                for tokens, is_plural in surface_forms(item, plural=name in _INFLECTED):
                    entries.setdefault(tokens, Entry()).roles |= _LISTS[name] | (grammar.PLURAL if is_plural else 0)
    for signs, role in ((".!?\n|•·", grammar.SENTENCE), (";:()[]—–/", grammar.CLAUSE), (",", grammar.COMMA)):
        for sign in signs:
            entries.setdefault((sign,), Entry()).roles |= role
    for dash in ("-", "--", "---"):
        entries.setdefault((dash,), Entry()).roles |= grammar.CLAUSE
    entries.setdefault(("'s",), Entry()).roles |= grammar.COPULA


def _mark_people(entries: dict[tuple[str, ...], Entry], pronouns: dict[str, str], personal: frozenset[str]) -> None:
    """Words that state a gender by themselves name a person; all people are nouns of the personal attributes."""
    genders = {(pronouns["attribute"], pronouns[key]): role for key, role in (("he", grammar.HE), ("she", grammar.SHE))}
    for entry in entries.values():
        pronoun = entry.roles & grammar.PRONOUN
        for pair, role in genders.items():
            if pair in entry.states and not pronoun:
                entry.roles |= role | grammar.PERSON
        if entry.roles & grammar.PERSON or pronoun:
            entry.nouns |= personal


def _inherit_heads(entries: dict[tuple[str, ...], Entry]) -> None:
    """An "old lady" is also a lady, "golden curls" are also curls, and "hair slicked back" is still hair."""
    empty = Entry()
    for tokens in sorted(entries, key=len):
        entry = entries[tokens]
        first, last = entries.get(tokens[:1], empty), entries.get(tokens[-1:], empty)
        if len(tokens) == 1 or entry.roles & grammar.IGNORED:
            continue
        if entry.words:
            _add_missing(entry.words, last.words)
        if not (entry.states or entry.nouns) or first.roles & grammar.CLOSED:  # "in uniform" is no uniform
            continue
        if last.nouns:
            _add_missing(entry.states, last.states)
            entry.nouns |= last.nouns
            entry.roles |= last.roles & (
                grammar.PERSON | grammar.PLURAL | grammar.HE | grammar.SHE | grammar.COMPOUND | grammar.KIN
            )
        elif any(attribute in first.nouns for attribute, _ in entry.states):  # but a "hair ribbon" is no hair
            entry.nouns |= first.nouns


def _add_missing(pairs: dict[Pair, None], others: Iterable[Pair]) -> None:
    """Adds the pairs of attributes that `pairs` says nothing of."""
    known = {attribute for attribute, _ in pairs}
    pairs.update((pair, None) for pair in others if pair[0] not in known)


def _add_denials(entries: dict[tuple[str, ...], Entry], means_none: dict[str, str]) -> None:
    """Lets "hatless" and "unsmiling" deny what "hat" and "smiling" state, and so do the words english.toml lists."""
    denied: dict[tuple[str, ...], Iterable[Pair]] = {}
    for tokens, entry in entries.items():
        if len(tokens) == 1 and entry.states and not entry.roles & grammar.PERSON:
            denied[(tokens[0] + "less",)] = entry.states
            if tokens[0].endswith("ing"):
                denied[("un" + tokens[0],)] = entry.states
    for phrase, stated in means_none.items():
        for tokens, _ in surface_forms(phrase, plural=False):
            denied[tokens] = entries[(stated,)].states if (stated,) in entries else ()
    for tokens, pairs in denied.items():
        known = entries.get(tokens)
        if known is None:
            entries[tokens] = Entry(states=dict.fromkeys(pairs), roles=grammar.DENIED)
        elif not known.states:
            known.states, known.roles = dict.fromkeys(pairs), known.roles | grammar.DENIED


def _by_first(entries: dict[tuple[str, ...], Entry]) -> dict[str, tuple[Form | None, Groups]]:
    singles: dict[str, Form] = {}
    groups: dict[str, dict[str, list[Form]]] = {}
    for tokens, entry in entries.items():
        rest, nouns = tokens[1:], frozenset(entry.nouns)
        form = Form(rest, len(tokens), nouns, tuple(entry.words), tuple(entry.states), entry.roles)
        if rest:
            groups.setdefault(tokens[0], {}).setdefault(rest[0], []).append(form)
        else:
            singles[tokens[0]] = form
    return {
        first: (
            singles.get(first),
            {second: tuple(sorted(forms, key=lambda f: -f.size)) for second, forms in groups.get(first, {}).items()},
        )
        for first in singles.keys() | groups.keys()
    }
