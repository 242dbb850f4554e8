"""Finds the lexicon's forms in a text, longest match first, left to right.

Knows nothing of whom or what they describe, but that a person's word before a noun ("maid outfit") names nobody.
"""

from __future__ import annotations

from typing import NamedTuple

from kyara.extractors.text import grammar
from kyara.extractors.text.lexicon import Form, Groups, Lexicon
from kyara.extractors.text.tokens import Tokens, tokenise


class Mention(NamedTuple):
    """A form found at tokens `start` … `end` - 1."""

    start: int
    end: int
    form: Form


class Marked(NamedTuple):
    """A text with its mentions; `at[i]` is the index of the mention that covers token i, -1 for an unknown word.

    `role_of[i]` holds the roles of token i, 0 for an unknown word; four zeros behind the end let i run from -4 to
    three past the end, for speed.
    """

    tokens: Tokens
    mentions: list[Mention]
    at: list[int]
    role_of: list[int]
    telling: list[int]  # the mentions that state something or could beside a noun
    pronouns: list[int]  # the mentions that are pronouns
    seen: int  # all roles that occur

    def roles(self, i: int) -> int:
        """The roles of token i; 0 for an unknown word and beyond the ends."""
        return self.role_of[i] if 0 <= i < len(self.role_of) else 0


_PADDING = 4
_FARTHEST = 4  # tokens between an article and a demonym
_ENDS_NOUN = grammar.CLOSED | grammar.STOPPING | grammar.JOINER | grammar.COPULA | grammar.VERB
_KEEPS_PERSON = _ENDS_NOUN | grammar.PERSON | grammar.HE | grammar.SHE | grammar.COMPOUND


def mark(text: str, lexicon: Lexicon) -> Marked:
    """All mentions of `text`."""
    tokens = tokenise(text)
    words = tokens.words
    count = len(words)
    at, role_of = [-1] * count, [0] * (count + _PADDING)
    mentions: list[Mention] = []
    people: list[int] = []
    telling: list[int] = []
    pronouns: list[int] = []
    new = tuple.__new__  # half the cost of Mention(…), and this is the innermost loop
    k = end = seen = 0
    for i, found in enumerate(map(lexicon.forms.get, words)):
        if found is None or i < end:
            continue
        form, groups = found
        if groups and i + 1 < count and words[i + 1] in groups:
            form = _longest(groups[words[i + 1]], words, i) or form
        if form is None:
            continue
        _, size, _, describing, states, roles = form
        end = i + size
        seen |= roles
        if size == 1:
            at[i], role_of[i] = k, roles
        else:
            at[i:end] = [k] * size
            role_of[i:end] = [roles] * size
        if roles & grammar.SOMEBODY:
            (people if roles & grammar.PERSON else pronouns).append(k)
        if describing or states:
            telling.append(k)
        mentions.append(new(Mention, (i, end, form)))
        k += 1
    marked = Marked(tokens, mentions, at, role_of, telling, pronouns, seen)
    for k in telling:
        if tokens.capital(mentions[k].start) and _demonym(marked, mentions[k], lexicon):
            mentions[k] = named = _named(mentions[k], lexicon.personal)
            role_of[named.start : named.end] = [named.form.roles] * named.form.size
    for k in people:
        mentions[k] = plain = _unless_attributive(marked, mentions[k], lexicon.forms)
        role_of[plain.start : plain.end] = [plain.form.roles] * plain.form.size
    return marked


def _demonym(marked: Marked, mention: Mention, lexicon: Lexicon) -> bool:
    """True of "the tall Nigerian with …", "a young Korean is …": a capitalised adjective that names somebody."""
    form = mention.form
    if form.nouns or form.roles or any(attribute not in lexicon.personal for attribute, _ in form.words + form.states):
        return False
    if not marked.role_of[mention.end] & (grammar.CLOSED | grammar.VERB | grammar.COPULA):
        return False
    i, lowest = mention.start - 1, max(0, mention.start - _FARTHEST)
    while i >= lowest and marked.at[i] >= 0 and marked.mentions[marked.at[i]].form.words:
        i -= 1
    return i >= lowest and bool(marked.role_of[i] & (grammar.DETERMINER | grammar.INDEFINITE))


def _named(mention: Mention, personal: frozenset[str]) -> Mention:
    """A describing word made a person's word that states what it described."""
    form = mention.form
    states = tuple(dict.fromkeys(form.words + form.states))
    return mention._replace(
        form=form._replace(nouns=personal, words=(), states=states, roles=form.roles | grammar.PERSON)
    )


def _longest(groups: tuple[Form, ...], words: list[str], i: int) -> Form | None:
    for group in groups:
        if group.size == 2 or tuple(words[i + 1 : i + group.size]) == group.rest:
            return group
    return None


def _unless_attributive(marked: Marked, mention: Mention, forms: dict[str, tuple[Form | None, Groups]]) -> Mention:
    """A person's word before another noun names nobody: "blonde" in "blonde hair", "maid" in "maid outfit"."""
    after, form = mention.end, mention.form
    if after >= len(marked.at):
        return mention
    following = forms.get(marked.tokens.words[after], (None,))[0]  # of "in uniform" its "in"
    if marked.role_of[after] & _ENDS_NOUN or (following and following.roles & _ENDS_NOUN):
        return mention
    k = marked.at[after]
    noun = k >= 0 and bool(marked.mentions[k].form.nouns) and not marked.roles(after) & _KEEPS_PERSON
    adjective = bool(form.words)
    if not noun and (not adjective or _ends_phrase(marked, mention)):
        return mention
    states = form.states if adjective or form.size > 1 else ()
    roles = form.roles & ~(grammar.PERSON | grammar.HE | grammar.SHE | grammar.KIN | grammar.PLURAL)
    return mention._replace(form=form._replace(nouns=frozenset(), states=states, roles=roles))


def _ends_phrase(marked: Marked, mention: Mention) -> bool:
    """True in "a male Caucasian of thirty": the adjective behind a man or woman ends the phrase."""
    if not mention.form.roles & (grammar.HE | grammar.SHE) or marked.at[mention.end] < 0:
        return False
    following = marked.mentions[marked.at[mention.end]]
    ends = following.end >= len(marked.at) or marked.role_of[following.end] & _ENDS_NOUN
    return bool(following.form.words and ends) and not following.form.roles & grammar.PERSON
