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


def is_object(marked: Marked, mention: Mention) -> bool:
    """True of "him", and of "her" where no noun of hers follows."""
    if mention.form.roles & grammar.OBJECT:
        return True
    if marked.tokens.words[mention.start] != "her":
        return False
    after = marked.role_of[mention.end]
    return mention.end >= len(marked.at) or bool(after & (grammar.CLOSED | grammar.STOPPING))


def is_list_mark(marked: Marked, mention: Mention) -> bool:
    """True of the bracket of "(2) Bram, fighter", not of "KENJI (12)" or "(1) red hair"."""
    i, words = mention.start, marked.tokens.words
    opens = i == 0 or bool(marked.role_of[i - 1] & grammar.ENDING)
    return opens and words[i + 2 : i + 3] == [")"] and is_name(marked, i + 3)


def of_an_animal(marked: Marked, i: int) -> bool:
    """True of the pronoun of "the wolf with his big eyes": a thing or an unknown word before it owns what follows."""
    if i < 3 or marked.tokens.words[i - 1] != "with" or not marked.role_of[i - 3] & grammar.DETERMINER:
        return False
    return bool(marked.role_of[i - 2] & grammar.OTHER_NOUN) or (marked.at[i - 2] < 0 and not is_name(marked, i - 2))


def owns_features(marked: Marked, mention: Mention) -> bool:
    """True of the "'s" of "Anna's red hair" and "Bella's is blonde", not of "Anna's sister" or "Anna's dress"."""
    if marked.tokens.words[mention.start] != "'s" or not is_name(marked, mention.start - 1):
        return False
    if marked.role_of[mention.end] & grammar.COPULA:
        return True
    for i in range(mention.end, min(mention.end + 4, len(marked.at))):
        if marked.at[i] < 0 or marked.role_of[i] & (grammar.PERSON | grammar.CLOSED | grammar.STOPPING):
            return False
        form = marked.mentions[marked.at[i]].form
        if form.nouns and not form.roles & grammar.COMPOUND:
            return True
    return False


def describing(marked: Marked, i: int) -> bool:
    """True where token `i` begins a word that describes."""
    return i < len(marked.at) and marked.at[i] >= 0 and bool(marked.mentions[marked.at[i]].form.words)


def numeral(marked: Marked, i: int) -> bool:
    """True where token `i` is written in digits."""
    return i < len(marked.at) and marked.tokens.words[i][0].isdigit()


def predicative(marked: Marked, start: int, last_end: int, listing: bool) -> bool:
    """Whether a phrase tells of whoever was named last, up to `last_end`: "She is a girl", "Rei, a girl".

    Where the text is `listing` people not told apart yet, a comma leads on to the next unless a name precedes it.
    """
    last = start - 2 if start > 1 and marked.tokens.words[start - 1] == "not" else start - 1
    before = marked.role_of[last]
    if before & grammar.COPULA and not plain_as(marked, last):
        return True
    if start and start == last_end:
        return True
    if not before & grammar.COMMA:
        return False
    return is_name(marked, start - 2) or (start - 1 == last_end and not listing)
