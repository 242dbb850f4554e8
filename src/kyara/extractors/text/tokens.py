"""Cuts a text into lower-case tokens that remember where they stood. Knows no vocabulary and no grammar.

A hyphen inside a word parts it in two ("raven-haired"), a dash between blanks is a token; "'s" is a token of its own.
Every pattern is linear: no nested repetition.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONGEST_CHARS = 65_536  # what follows is not read: descriptions are short, and time stays bounded

_TOKEN = re.compile(r"[^\W_]+(?:['’](?!s\b)[^\W_]+)*|['’]s\b|[.,;:!?()\[\]|/\n•·—–&+]|(?<=\s)-{1,3}(?=\s)")


class Tokens(NamedTuple):
    """Parallel lists: the token in lower case, and where it starts and ends in `text`."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def span(self, start: int, end: int) -> str:
        """The exact substring of the text that tokens `start` … `end` - 1 cover."""
        return self.text[self.starts[start] : self.ends[end - 1]]


def tokenise(text: str) -> Tokens:
    """The tokens of the first 65,536 characters of `text`."""
    words, starts, ends = [], [], []
    for match in _TOKEN.finditer(text, 0, LONGEST_CHARS):
        word = match.group().lower()
        words.append(word.replace("’", "'") if "’" in word else word)
        starts.append(match.start())
        ends.append(match.end())
    return Tokens(text, words, starts, ends)
