"""The vocabulary as texts that clauses are compared with: each label an ensemble, each attribute with its contrasts.

A contrast is what a clause is nearest to that does not speak of the attribute, or names no label of it: somebody, or
the attribute by its bare name. Vectors are encoded once and kept on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.clip.text import unit
from kyara.extractors.language.kept import keep, kept, place_of
from kyara.extractors.language.wording import spoken
from kyara.extractors.sentence.encoder import Encoder
from kyara.vocabulary import Label, Vocabulary

TEMPLATES = ("{}", "This is {}.", "The text describes {}.")  # of prompts, which are whom one sees
PHRASES = 6  # of a label's own phrases, as they stand: the first are the plainest
NOBODY = ("a person", "a character", "somebody is described")

Ensemble = tuple[str, ...]
Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute: the rows of its labels' ensembles, and of its contrasts."""

    attribute: str
    labels: tuple[str, ...]
    one_of: bool
    rows: tuple[int, ...]
    contrasts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """`ensembles` are the distinct ones, each a row of the matrix of their vectors."""

    ensembles: tuple[Ensemble, ...]
    questions: tuple[Question, ...]

    def matrix(self, encoder: Encoder, folder: Path) -> Matrix:
        """(ensembles, d), unit rows: the mean of its texts' vectors. Texts known from an earlier call do not run.

        Raises WeightsError where `folder` cannot be written.
        """
        path = place_of(encoder.network.path, encoder.digest, folder)
        vectors = kept(path)
        if new := sorted({text for ensemble in self.ensembles for text in ensemble} - vectors.keys()):
            encoded = dict(zip(new, encoder(new), strict=True))
            vectors = {**encoded, **kept(path)}  # what another process kept meanwhile is not lost
            keep(path, vectors)
        return unit(np.stack([np.mean([vectors[text] for text in ensemble], 0) for ensemble in self.ensembles]))


def phrases_of(vocabulary: Vocabulary) -> Phrases:
    """All texts that the attributes of `vocabulary` need, no ensemble twice."""
    rows: dict[Ensemble, int] = {}

    def places(ensembles: Sequence[Ensemble]) -> tuple[int, ...]:
        return tuple(rows.setdefault(ensemble, len(rows)) for ensemble in ensembles)

    questions = []
    for attribute in vocabulary.attributes:
        name = attribute.name.replace("_", " ")
        contrasts = [*((text,) for text in NOBODY), (name, f"{name} of a person", f"a person's {name}")]
        labels = places([_texts(label) for label in attribute.labels])
        questions.append(Question(attribute.name, attribute.label_names, attribute.one_of, labels, places(contrasts)))
    return Phrases(tuple(rows), tuple(questions))


def _texts(label: Label) -> Ensemble:
    prompts = dict.fromkeys(spoken(prompt) for prompt in label.prompts)
    templated = (template.format(prompt) for prompt in prompts for template in TEMPLATES)
    return tuple(dict.fromkeys([*templated, *label.phrases[:PHRASES]]))
