"""Cuts a text into lower-case tokens that remember where they stood. Knows no vocabulary and no grammar.

A hyphen inside a word parts it in two ("raven-haired"), a dash between blanks is a token; "'s" is a token of its own.
Every pattern is linear: no nested repetition.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_CHARS = 16_384  # what follows is not read: descriptions are short, and time stays bounded

_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+|[^\W_]+(?:'(?!s\b)[^\W_]+)*|'s\b|[.,;:!?()\[\]|/\n•·—–&+]|(?<=\s)-{1,3}(?=\s)"
)


class Tokens(NamedTuple):
    """The tokens of `text` in lower case, and the matches that know where each stood."""

    text: str
    words: list[str]
    matches: list[re.Match[str]]

    def span(self, start: int, end: int) -> str:
        """The exact substring of the text that tokens `start` … `end` - 1 cover."""
        return self.text[self.matches[start].start() : self.matches[end - 1].end()]

    def capital(self, i: int) -> bool:
        """True where token `i` begins with a capital in the text."""
        return self.text[self.matches[i].start()].isupper()


def tokenise(text: str) -> Tokens:
    """The tokens of the first 16,384 characters of `text`."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow in lower case (İ); then offsets would not fit the text
        lower = "".join(low if len(low := character.lower()) == 1 else character for character in text)
    matches = list(_TOKEN.finditer(lower.replace("’", "'"), 0, LONGEST_CHARS))
    return Tokens(text, [match[0] for match in matches], matches)
