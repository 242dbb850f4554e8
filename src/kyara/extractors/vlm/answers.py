"""What a model said, held to the vocabulary: labels it has, in the shape that was asked for, and nothing else.

Models fence their JSON, stop in the middle of it, refuse, chat, answer in other languages, or obey what is written in
the picture. Whatever is not a label of the attribute is no answer; words are read by the text rules. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kyara.errors import VocabularyError
from kyara.extractors.text import TextExtractor
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import Attribute, Vocabulary

LONGEST = 400  # characters of a value that may still be an answer
_PAIR = re.compile(r'"(\w+)"\s*:\s*("(?:[^"\\]|\\.)*"|\[[^\[\]{}]*\])')


def parsed(said: str) -> dict[str, Any]:
    """The JSON object in `said`: whole, fenced, among words, or as far as it came. Empty where there is none."""
    start, end = said.find("{"), said.rfind("}")
    if start < 0:
        return {}
    try:
        found = orjson.loads(said[start : end + 1])
    except orjson.JSONDecodeError:
        return dict(_pairs(said[start:]))
    return found if isinstance(found, dict) else {}


def _pairs(torn: str) -> Iterator[tuple[str, Any]]:
    """Whole "key": value pairs of a torn object; the first of each key counts."""
    seen = set()
    for key, value in _PAIR.findall(torn):
        if key not in seen:
            seen.add(key)
            try:
                yield key, orjson.loads(value)
            except orjson.JSONDecodeError:
                continue


class Judge:
    """Turns answers into labels of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._rules = TextExtractor(vocabulary)

    def labels(self, attribute: Attribute, answer: object) -> tuple[str, ...]:
        """The labels that an answer names: a label or alias as it is written, else what the text rules read in it.

        Of a one-of attribute one, or none where the answer names several.
        """
        values = answer if isinstance(answer, list) else [answer]
        found: dict[str, None] = {}
        for value in values:
            if isinstance(value, str) and value.strip() and len(value) <= LONGEST:
                found |= dict.fromkeys(self._named(attribute, value))
        if attribute.one_of and len(found) != 1:
            return ()
        return tuple(found)

    def _named(self, attribute: Attribute, value: str) -> tuple[str, ...]:
        try:
            return (self._vocabulary.resolve(attribute.name, value.strip(" .!"))[1],)
        except VocabularyError:
            pass
        noun = next((noun for noun in attribute.nouns if noun not in ("person", "their")), attribute.title)
        for text in (value, f"a person with {value} {noun}", f"The person is {value}."):
            if read := self.read(text, attribute):
                return read
        return ()

    def read(self, text: str, attribute: Attribute) -> tuple[str, ...]:
        """The labels of `attribute` that a text states, by the rules."""
        view = View(Sample("", "", "", text=text, sightings=(Sighting(),)), 0)
        evidence = self._rules.read([view], (attribute.name,))[0].evidence
        scores = {label: p for one in evidence if one.attribute == attribute.name for label, p in one.scores}
        return tuple(label for label, p in scores.items() if p > 0.5)


def heard(answers: Mapping[str, object], attribute: str) -> object:
    """The answer on `attribute`, whatever the spelling of its key."""
    plain = {key.strip().lower().replace(" ", "_").replace("-", "_"): value for key, value in answers.items()}
    return plain.get(attribute)
