"""Cuts a passage into what is compared with phrases: its clauses, each two neighbours, and each whole sentence.

One vector of a long description is near to nothing in particular; a clause that says one thing is near to just that. A
clause that denies something is left out: sentence encoders place "no glasses" beside "glasses" (the rules of the text
extractor read denials). Pure.
"""

from __future__ import annotations

import re
from itertools import pairwise

CUT = "1"  # part of the version of what is looked at: raise it where other clauses come out
MOST = 96  # units of a passage: bounds the time of a long one
LONGEST_WORDS = 40  # of a whole sentence; beyond, only its clauses count
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s*\n\s*")
_CLAUSE = re.compile(
    r",\s*(?:(?:and|but|while|whereas)\s+)?|\s*[()\[\]|/:]\s*|\s+[-–—]{1,3}\s+|\s+(?:and|but|while|whereas)\s+", re.I
)
_DENIAL = re.compile(r"\b(?:no|not|never|without|neither|nor|none|lacks?|lacking|hardly)\b|n['’]t\b", re.I)
_WORD = re.compile(r"\w")


def units(passage: str) -> tuple[str, ...]:
    """Exact substrings of `passage`, each once, in their order; those of a sentence before those of the next."""
    found: dict[str, None] = {}
    for sentence in _SENTENCE.split(passage):
        found |= dict.fromkeys(unit for unit in _of_sentence(sentence) if not _DENIAL.search(unit))
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def _of_sentence(sentence: str) -> list[str]:
    clauses = []
    start = 0
    for end, after in [*(cut.span() for cut in _CLAUSE.finditer(sentence)), (len(sentence), len(sentence))]:
        if _WORD.search(sentence, start, end):
            clauses.append((start, end))
        start = after
    ranges = [*clauses, *((first[0], second[1]) for first, second in pairwise(clauses))]
    if clauses and len(sentence.split()) <= LONGEST_WORDS:
        ranges.append((clauses[0][0], clauses[-1][1]))
    return [sentence[start:end].strip(" \t.,;!?\"'“”") for start, end in ranges]
