"""Noun phrases around a person's word: where they begin, with which article, and where the person stands.

Knows nothing of who the person is.
"""

from __future__ import annotations

from kyara.extractors.text import grammar
from kyara.extractors.text.mentions import Marked, Mention

COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}
_FARTHEST = 10  # tokens between an article and its noun


def phrase_start(marked: Marked, mention: Mention) -> tuple[int, int]:
    """Where the noun phrase begins, and the roles of its article or possessive (0 = bare)."""
    i = mention.start - 1
    while i >= max(0, mention.start - _FARTHEST):
        roles = marked.role_of[i]
        if marked.tokens.words[i] == "'s":
            return i + 1, grammar.POSSESSIVE
        if roles & (grammar.INDEFINITE | grammar.POSSESSIVE | grammar.OTHERS):
            return i, roles | (grammar.INDEFINITE if roles & grammar.OTHERS else 0)
        if roles & grammar.DETERMINER or marked.tokens.words[i] in COUNTS:
            numbered = i > 0 and marked.tokens.words[i] in COUNTS and marked.role_of[i - 1] & grammar.DETERMINER
            return (i - 1 if numbered else i), roles & grammar.DETERMINER
        described = _describes(marked, i)
        if roles & grammar.LINKING:
            if not _describes(marked, i - 1, nouns=False):
                return i + 1, 0
        elif not described and (roles or is_name(marked, i)):
            return i + 1, 0
        i -= 1
    return i + 1, 0


def _describes(marked: Marked, i: int, nouns: bool = True) -> bool:
    if i < 0 or marked.at[i] < 0:
        return False
    form = marked.mentions[marked.at[i]].form
    if form.roles & (grammar.CLOSED | grammar.BREAKER | grammar.SENTENCE) and not form.words:
        return False
    described = bool(form.words) or bool(form.roles & (grammar.COMPOUND | grammar.MODIFIER))
    return described or (nouns and bool(form.states) and not form.roles & grammar.PERSON)


def place_of(marked: Marked, mention: Mention) -> int:
    """grammar.LEFT or grammar.RIGHT where the words behind say so, else 0."""
    for i in range(mention.end, min(mention.end + 3, len(marked.tokens.words))):
        if place := marked.role_of[i] & (grammar.LEFT | grammar.RIGHT):
            return place
    return 0


def is_name(marked: Marked, i: int) -> bool:
    """True for a capitalised unknown word."""
    return 0 <= i < len(marked.tokens.words) and marked.at[i] < 0 and marked.tokens.capital(i)


def stands_for_somebody(marked: Marked, mention: Mention) -> bool:
    """Whether it is "the other" of people, not of sides or seasons."""
    after = mention.end
    if marked.role_of[after] & grammar.PERSON:
        return True
    known = after >= len(marked.tokens.words) or marked.at[after] >= 0
    return known and marked.tokens.words[mention.start] != "another"


def subject_like(marked: Marked, mention: Mention) -> bool:
    """Whether it is "both" of people, not of arms: what follows is a known word or the end."""
    after = mention.end
    return after >= len(marked.tokens.words) or marked.at[after] >= 0


def plain_as(marked: Marked, i: int) -> bool:
    """True where token `i` is an "as" by itself, not that of "described as"."""
    return marked.tokens.words[i] == "as" and marked.mentions[marked.at[i]].form.size == 1


def compared(marked: Marked, start: int) -> bool:
    """True where the phrase at `start` is one side of a comparison: "unlike her sister", "as tall as a man"."""
    if not start:
        return False
    return marked.tokens.words[start - 1] in ("unlike", "like", "than") or plain_as(marked, start - 1)
