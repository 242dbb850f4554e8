"""The vocabulary as texts: ensembles, templates, and what a many-of label is set against."""

from __future__ import annotations

import pytest

from kyara.extractors.clip.prompts import SUBJECTS, TEMPLATES, contrast, prompts_of
from kyara.vocabulary import Label, load_vocabulary

VOCABULARY = load_vocabulary()
PROMPTS = prompts_of(VOCABULARY)


def test_every_label_has_its_prompts_in_every_template() -> None:
    for attribute in VOCABULARY.attributes:
        question = PROMPTS.questions[attribute.name]
        assert question.labels == attribute.label_names
        for label, row in zip(attribute.labels, question.rows, strict=True):
            assert PROMPTS.ensembles[row] == tuple(t.format(p) for p in label.prompts for t in TEMPLATES)


def test_many_of_labels_have_a_contrast_and_one_of_labels_have_each_other() -> None:
    for attribute in VOCABULARY.attributes:
        contrasts = PROMPTS.questions[attribute.name].contrasts
        assert len(contrasts) == (0 if attribute.one_of else len(attribute.labels))


def test_no_label_is_its_own_contrast() -> None:
    for question in PROMPTS.questions.values():
        assert not set(question.rows) & set(question.contrasts)


def test_no_ensemble_is_encoded_twice() -> None:
    assert len(set(PROMPTS.ensembles)) == len(PROMPTS.ensembles)


@pytest.mark.parametrize(
    ("prompts", "subjects"),
    [
        (("an anime character wearing glasses",), ("an anime character",)),
        (("a person with wings", "an anime character with wings"), ("a person", "an anime character")),
        (("a person with wings", "a person holding wings"), ("a person",)),
        (("a drawing of a character with straight hair",), ("a drawing of a character",)),
        (("zinc hair",), SUBJECTS),
        (("a nude person without clothes", "an anime character with a naked body"), SUBJECTS),
    ],
)
def test_the_contrast_is_the_same_subject_with_nothing_said_of_it(prompts, subjects) -> None:
    assert contrast(Label("x", prompts)) == subjects
