"""Which noun a describing word belongs to: "pale blue … eyes", "eyes of pale blue", "Hair: brown", "tall, f".

A word before its noun is looked for first, then one behind it; a word that belongs to any other noun ("a blue dress")
says nothing. Knows nothing of people or negation.
"""

from __future__ import annotations

from typing import NamedTuple

from kyara.extractors.text import grammar
from kyara.extractors.text.lexicon import Form, Lexicon, Pair
from kyara.extractors.text.mentions import Marked, Mention

ADJOINING, BEHIND, ALONE = 0.95, 0.9, 0.8  # probability that the relation found is the one meant
_FARTHEST = 8  # tokens between a word and the noun it stands before
_FARTHEST_BACK = 22  # … and behind
_STOPS = (
    grammar.CLOSED | grammar.ENDING | grammar.COPULA | grammar.DETERMINER | grammar.INDEFINITE | grammar.NUMBER
    | grammar.PART | grammar.PRONOUN | grammar.HARMLESS
)  # fmt: skip
_ALWAYS = {"but", "yet", "always", "usually", "often", "forever", "still", "now"}
_DYED = {"dyed", "bleached"}  # "short dyed red hair"
_VERB_ENDS = ("ed", "ing", "ly")
_ADVERBS = grammar.MODIFIER | grammar.LINKING


class Relation(NamedTuple):
    """Labels that a mention states, how surely, and the tokens and noun (mention index, -1 = none) it rests on."""

    pairs: tuple[Pair, ...]
    score: float
    start: int
    end: int
    noun: int
    joined: bool = False  # "black and white hair": more than one label of this noun is meant


class Ahead(NamedTuple):
    """What stands ahead of a word: the noun's mention index or -1, and whether some other noun owns the word."""

    noun: int = -1
    owned: bool = False
    joined: bool = False
    known_owner: bool = False


_FREE = Ahead()


def relate(marked: Marked, k: int, lexicon: Lexicon) -> list[Relation]:
    """The relations of mention `k`: of its words to nouns, and of what it states by itself."""
    mention = marked.mentions[k]
    form = mention.form
    if not form.words:
        return [Relation(form.states, ADJOINING, mention.start, mention.end, k)] if form.states else []
    words = _unless_modifying(marked, mention, lexicon)
    ahead = _ahead(marked, mention, words, lexicon.one_of)
    found: list[Relation] = []
    if ahead.noun >= 0:
        found = _before_noun(marked, mention, words, ahead)
    elif not ahead.owned:
        behind = _of_noun(marked, mention, words) or _behind_noun(marked, mention, words, lexicon)
        found = [behind] if behind else []
    if form.states and not ahead.known_owner and (words or not form.words):
        found.append(Relation(form.states, ADJOINING, mention.start, mention.end, k))
    return found


def _matching(words: tuple[Pair, ...], noun: Form) -> tuple[Pair, ...]:
    return tuple([pair for pair in words if pair[0] in noun.nouns])


def _unless_modifying(marked: Marked, mention: Mention, lexicon: Lexicon) -> tuple[Pair, ...]:
    """The words without those that only shade the next ("golden brown") or repeat the last ("as blue as the night")."""
    i, words = mention.start, marked.tokens.words
    if i > 1 and (words[i - 1] == "as" or words[i - 2] == "as"):
        return _unless_likened(marked, mention)
    i = mention.end
    while i < mention.end + _FARTHEST and marked.role_of[i] & grammar.MODIFIER and not _is_word(marked, i):
        i += 1
    if not _is_word(marked, i) or marked.at[i] == marked.at[mention.start]:
        return mention.form.words
    following = {pair[0] for pair in marked.mentions[marked.at[i]].form.words}
    return tuple(pair for pair in mention.form.words if pair[0] not in following or pair[0] not in lexicon.one_of)


def _unless_likened(marked: Marked, mention: Mention) -> tuple[Pair, ...]:
    """The words whose attribute the word before "as" has not settled."""
    i = mention.start - (2 if marked.tokens.words[mention.start - 1] == "as" else 3)
    if i < 0 or not _is_word(marked, i):
        return mention.form.words
    settled = {pair[0] for pair in marked.mentions[marked.at[i]].form.words}
    return tuple(pair for pair in mention.form.words if pair[0] not in settled)


def _is_word(marked: Marked, i: int) -> bool:
    return i < len(marked.at) and marked.at[i] >= 0 and bool(marked.mentions[marked.at[i]].form.words)


def _ahead(marked: Marked, mention: Mention, words: tuple[Pair, ...], one_of: frozenset[str]) -> Ahead:
    """Walks over adjectives to the noun the mention stands before."""
    i, last = mention.end, min(len(marked.at), mention.end + _FARTHEST)
    adjective, crossed, joined, unknown, stated, thing = True, False, False, 0, False, False
    while i < last:
        k = marked.at[i]
        if k < 0:
            if crossed and not adjective:
                break
            thing = thing or not marked.tokens.words[i].endswith(_VERB_ENDS)
            unknown, adjective, i = unknown + 1, False, i + 1
            if unknown > 2:
                break
            continue
        following = marked.mentions[k]
        form, roles = following.form, following.form.roles
        if roles & grammar.COMPOUND and i == mention.end and form.size == 1 and not _matching(words, form):
            return Ahead(owned=True, known_owner=True)  # "almond-eyed", "pearl-handled"
        if roles & grammar.PERSON or (form.nouns and not roles & grammar.PRONOUN):
            if crossed and not adjective and not roles & grammar.COMPOUND:
                break  # "hair like fire and eyes": no adjective reaches over "and" to a bare noun
            if _matching(words, form):
                return _FREE if crossed and _directly_behind(marked, mention, words) else Ahead(k, joined=joined)
            if roles & grammar.CLOSED and not crossed and marked.tokens.words[i] in _DYED:
                i = following.end
                continue
            if not form.words and not roles & grammar.COMPOUND:
                return Ahead(owned=not crossed, known_owner=not (crossed or unknown or roles & grammar.PERSON))
        elif roles & _STOPS and not (form.words or form.states):
            break
        elif roles & grammar.OTHER_NOUN:
            return Ahead(owned=not crossed or adjective, known_owner=not crossed)
        elif form.words:
            if crossed and not adjective and not joined and _exclude(words, form, one_of):
                break
        elif form.states:
            stated = stated or not crossed
        elif roles & grammar.LINKING:
            if unknown or stated or (not adjective and not crossed):
                break
            joined = joined or bool(roles & grammar.JOINER)
            crossed, adjective, i = True, False, following.end
            continue
        elif not roles & grammar.MODIFIER:
            if crossed and not adjective:
                break
            unknown, thing = unknown + 1, True
        adjective, i = True, following.end
    return Ahead(owned=thing or stated, known_owner=stated) if thing or stated else _FREE


def _exclude(words: tuple[Pair, ...], other: Form, one_of: frozenset[str]) -> bool:
    """True where `other` has a word for the same one-of attribute: no noun takes both."""
    attributes = {attribute for attribute, _ in other.words}
    return any(attribute in one_of and attribute in attributes for attribute, _ in words)


def _directly_behind(marked: Marked, mention: Mention, words: tuple[Pair, ...]) -> bool:
    """True where a fitting noun stands right before the mention: "hair is brown, blue …", "Hair: brown, …"."""
    i, lowest = mention.start - 1, max(-1, mention.start - _FARTHEST_BACK)
    while i > lowest and (marked.role_of[i] & (_ADVERBS | grammar.COPULA | grammar.CLAUSE) or _is_word(marked, i)):
        if marked.at[i] >= 0 and _matching(words, marked.mentions[marked.at[i]].form):
            return True
        i -= 1
    return i >= 0 and marked.at[i] >= 0 and bool(_matching(words, marked.mentions[marked.at[i]].form))


def _before_noun(marked: Marked, mention: Mention, words: tuple[Pair, ...], ahead: Ahead) -> list[Relation]:
    noun = marked.mentions[ahead.noun]
    found = [Relation(_matching(words, noun.form), ADJOINING, mention.start, noun.end, ahead.noun, ahead.joined)]
    if marked.role_of[noun.end] & grammar.JOINER and noun.end + 1 < len(marked.at) and marked.at[noun.end + 1] >= 0:
        second = marked.mentions[marked.at[noun.end + 1]]  # "brown hair and eyes"
        pairs = _matching(words, second.form)
        if pairs and not second.form.words and not second.form.roles & (grammar.PERSON | _STOPS):
            found.append(Relation(pairs, BEHIND, mention.start, second.end, marked.at[noun.end + 1]))
    return found


def _of_noun(marked: Marked, mention: Mention, words: tuple[Pair, ...]) -> Relation | None:
    """As in "the green of her eyes", "fire in her hair"."""
    i = mention.end
    if i + 1 >= len(marked.at) or marked.tokens.words[i] not in ("of", "in", "as"):
        return None
    i += 2 if marked.role_of[i + 1] & grammar.DETERMINER else 1
    if i < len(marked.at) and marked.at[i] >= 0:
        noun = marked.mentions[marked.at[i]]
        pairs = _matching(words, noun.form)
        if pairs and not noun.form.roles & (grammar.PERSON | _STOPS):
            return Relation(pairs, BEHIND, mention.start, noun.end, marked.at[i])
    return None


def _behind_noun(marked: Marked, mention: Mention, words: tuple[Pair, ...], lexicon: Lexicon) -> Relation | None:
    """Walks back to the nearest noun that takes the word; failing that, a person's word may stand alone."""
    i, lowest = mention.start - 1, max(-1, mention.start - _FARTHEST_BACK)
    said_of: tuple[bool, bool] | None = None  # found out when first needed
    person_only = False
    while i > lowest:
        k = marked.at[i]
        if k < 0:
            i -= 1
            continue
        noun = marked.mentions[k]
        form, roles = noun.form, noun.form.roles
        if roles & grammar.SENTENCE or marked.tokens.words[noun.start] == ";":
            break
        person = bool(roles & grammar.SOMEBODY)
        pairs = _matching(words, form) if form.nouns else ()
        if pairs and person:
            said_of = said_of or _predicate(marked, mention)
            pairs = pairs if said_of[0] else ()
        if pairs and (person or not person_only):
            return Relation(pairs, BEHIND, noun.start if not person else mention.start, mention.end, k)
        if roles & (grammar.OTHER_NOUN | grammar.BREAKER) or (form.states and not form.words and not form.nouns):
            person_only = True
        i = noun.start - 1
    pairs = tuple(pair for pair in words if pair[0] in lexicon.personal)
    if not pairs or not (said_of or _predicate(marked, mention))[1]:
        return None
    return Relation(pairs, ALONE, mention.start, mention.end, -1)


def _predicate(marked: Marked, mention: Mention) -> tuple[bool, bool]:
    """Whether the word may be said of a person named before it, and whether it stands alone between stops."""
    i, comma, lowest = mention.start - 1, False, max(-1, mention.start - _FARTHEST_BACK)
    while i > lowest and (
        marked.role_of[i] & (_ADVERBS | grammar.COMPOUND) or _is_word(marked, i) or _adverb(marked, i)
    ):
        comma = comma or bool(marked.role_of[i] & grammar.COMMA)
        i -= 1
    if i < 0 or comma or marked.role_of[i] & grammar.ENDING:
        return True, True
    roles = marked.role_of[i]
    if roles & grammar.COPULA:
        subject = marked.role_of[i - 1]
        named = i > 0 and marked.at[i - 1] < 0 and marked.tokens.capital(i - 1)
        somebody = named or bool(subject & (grammar.FIRSTS | grammar.OTHERS | grammar.EVERYONE))
        return named or (bool(subject) and not subject & grammar.OTHER_NOUN), somebody
    owner = marked.mentions[marked.at[i]].form if marked.at[i] >= 0 else None
    named = owner is not None and bool(owner.nouns or owner.states)
    return named or bool(roles & grammar.DENIES), named


def _adverb(marked: Marked, i: int) -> bool:
    word = marked.tokens.words[i]
    return word in _ALWAYS or (marked.at[i] < 0 and word.endswith("ly"))
