"""Words find their noun, and words of other nouns are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Answers = Callable[[str], dict[str, set[str]]]


@pytest.mark.parametrize(
    ("text", "attribute", "label"),
    [
        ("She has long flowing silver hair.", "hair_color", "gray"),
        ("She has eyes of pale blue.", "eye_color", "blue"),
        ("a mane like spun copper", "hair_color", "red"),
        ("Her eyes, green as bottle glass, missed nothing.", "eye_color", "green"),
        ("raven-haired woman", "hair_color", "black"),
        ("Her hair is golden.", "hair_color", "blonde"),
        ("Her eyes are golden.", "eye_color", "yellow"),
        ("Hair colour - dark brown", "hair_color", "brown"),
        ("I looked into the green of her eyes.", "eye_color", "green"),
        ("There was silver in his hair.", "hair_color", "gray"),
        ("a golden brown braid", "hair_color", "brown"),
        ("black hair with pink tips", "hair_color", "multicolored"),
        ("Eyes: one green, one gold", "eye_color", "heterochromia"),
        ("brown hair and eyes", "eye_color", "brown"),
        ("Her black hair reached down to her waist.", "hair_length", "very_long"),
        ("a tall silver-haired man", "body_type", "tall"),
        ("blonde, blue eyes, tall, f", "body_type", "tall"),
        ("Tall and handsome, he laughed.", "body_type", "tall"),
    ],
)
def test_related(answers: Answers, text: str, attribute: str, label: str) -> None:
    assert answers(text).get(attribute) == {label}


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("a girl in a red dress with long hair", "hair_color"),
        ("a woman with blue eyeshadow and brown eyes, brown leather boots", "hair_color"),
        ("a man with a grey beard", "hair_color"),
        ("Her hair was tied back, her skin white as snow.", "hair_color"),
        ("She owns a black cat and lives in an old house.", "age"),
        ("a girl with a black hairband and a red hair ribbon", "hair_color"),
        ("a woman stands before a tall building", "body_type"),
        ("black belt, white shirt, eyes closed", "eye_color"),
    ],
)
def test_not_related(answers: Answers, text: str, attribute: str) -> None:
    assert attribute not in answers(text)


def test_each_of_a_list_keeps_its_own_noun(answers: Answers) -> None:
    said = answers("Hair: brown, blue eyes, short")
    assert (said["hair_color"], said["eye_color"]) == ({"brown"}, {"blue"})


@pytest.mark.parametrize(
    ("text", "attribute", "label"),
    [
        ("Her hair is as blue as the night.", "hair_color", "blue"),
        ("Ortrud was tall.", "body_type", "tall"),
        ("The boy's hair stood out in all directions.", "hair_style", "messy"),
        ("His black hair stuck out in every direction no matter what.", "hair_style", "messy"),
        ("a boy with short dyed green hair", "hair_length", "short"),
        ("The suspect is described as a tall man with a beard.", "accessories", "facial_hair"),
    ],
)
def test_likened_named_and_described(answers: Answers, text: str, attribute: str, label: str) -> None:
    assert answers(text)[attribute] == {label}


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("a man with a silver-topped cane", "hair_color"),
        ("a girl with straight-cut bangs and a scarf round her neck", "body_type"),
        ("His eyes went straight to the door of the man's hair salon.", "hair_style"),
        ("The woman will be happy to help.", "expression"),
    ],
)
def test_other_senses(answers: Answers, text: str, attribute: str) -> None:
    assert attribute not in answers(text)


def test_or_not_takes_it_back(answers: Answers) -> None:
    assert "body_type" not in answers("A man, stocky or not, with a beard.")
