"""Prompts of pictures, said of a text."""

from __future__ import annotations

import pytest

from kyara.extractors.language.wording import spoken
from kyara.vocabulary import load_vocabulary


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("an anime illustration of a young child", "a young child"),
        ("a drawing of an adolescent", "an adolescent"),
        ("an anime boy or man", "a boy or man"),
        ("an androgynous anime character", "an androgynous character"),
        ("an anime character with horns on the head", "a character with horns on the head"),
        ("a close-up of red hair", "red hair"),
        ("a person with red hair", "a person with red hair"),
    ],
)
def test_what_only_a_picture_has_is_left_out(prompt: str, said: str) -> None:
    assert spoken(prompt) == said


def test_nothing_of_the_vocabulary_still_speaks_of_a_picture() -> None:
    labels = [label for attribute in load_vocabulary().attributes for label in attribute.labels]
    for prompt in (spoken(prompt) for label in labels for prompt in label.prompts):
        assert not any(word in prompt.split() for word in ("anime", "illustration", "drawing", "picture")), prompt
