"""Finds the lexicon's forms in a text: longest match first, left to right. Knows nothing of who or what they describe."""

from __future__ import annotations

from typing import NamedTuple

from kyara.extractors.text.lexicon import Form, Lexicon
from kyara.extractors.text.tokens import Tokens, tokenise


class Mention(NamedTuple):
    """A form found at tokens `start` … `end` - 1."""

    start: int
    end: int
    form: Form


class Marked(NamedTuple):
    """A text with its mentions; `at[i]` is the index of the mention that covers token i, -1 for an unknown word."""

    tokens: Tokens
    mentions: list[Mention]
    at: list[int]

    def roles(self, i: int) -> int:
        """The roles of token i; 0 for an unknown word and beyond the ends."""
        if 0 <= i < len(self.at) and (k := self.at[i]) >= 0:
            return self.mentions[k].form.roles
        return 0


def mark(text: str, lexicon: Lexicon) -> Marked:
    """All mentions of `text`."""
    tokens = tokenise(text)
    words, forms = tokens.words, lexicon.forms
    at = [-1] * len(words)
    mentions: list[Mention] = []
    i, count = 0, len(words)
    while i < count:
        for form in forms.get(words[i], ()):
            size = form.size
            if size == 1 or tuple(words[i + 1 : i + size]) == form.rest:
                at[i : i + size] = [len(mentions)] * size
                mentions.append(Mention(i, i + size, form))
                i += size
                break
        else:
            i += 1
    return Marked(tokens, mentions, at)
