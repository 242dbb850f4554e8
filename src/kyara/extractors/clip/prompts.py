"""The vocabulary as texts: each label an ensemble of its prompts in templates, many-of labels with their contrast.

A many-of label is a question of its own: its prompts ("an anime character wearing glasses") against the same subjects
with nothing said of them ("an anime character"). Not against "without glasses": CLIP hardly reads negation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kyara.vocabulary import Label, Vocabulary

TEMPLATES = ("{}", "{}, anime style", "{}, digital illustration")
SUBJECTS = ("a person", "an anime character")  # contrast of prompts that name no subject
_SAID_OF_IT = re.compile(r"^(an? .*?) (?:with|wearing|holding|carrying) ")

Ensemble = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute: the row of each label's ensemble, and of its contrast where labels do not exclude one another."""

    attribute: str
    labels: tuple[str, ...]
    rows: tuple[int, ...]
    contrasts: tuple[int, ...]  # empty for a one-of attribute


@dataclass(frozen=True, slots=True)
class Prompts:
    """`ensembles` are the distinct ones, each a row of the matrix of text vectors; `questions` are by attribute."""

    ensembles: tuple[Ensemble, ...]
    questions: Mapping[str, Question]


def prompts_of(vocabulary: Vocabulary) -> Prompts:
    """All texts that the attributes of `vocabulary` need, no ensemble twice."""
    rows: dict[Ensemble, int] = {}

    def row(phrases: Ensemble) -> int:
        texts = tuple(template.format(phrase) for phrase in phrases for template in TEMPLATES)
        return rows.setdefault(texts, len(rows))

    questions = {
        attribute.name: Question(
            attribute.name,
            attribute.label_names,
            tuple(row(label.prompts) for label in attribute.labels),
            () if attribute.one_of else tuple(row(contrast(label)) for label in attribute.labels),
        )
        for attribute in vocabulary.attributes
    }
    return Prompts(tuple(rows), questions)


def contrast(label: Label) -> Ensemble:
    """The subjects of a label's prompts, with nothing said of them: "an anime character with horns" → "an anime
    character". Prompts that name none ("a nude person", "zinc hair") are set against SUBJECTS."""
    found = [match[1] for prompt in label.prompts if (match := _SAID_OF_IT.match(prompt))]
    return tuple(dict.fromkeys(found)) if len(found) == len(label.prompts) else SUBJECTS
