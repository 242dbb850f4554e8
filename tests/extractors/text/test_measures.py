"""Ages and heights are read where the words say that they are ages and heights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Answers = Callable[[str], dict[str, set[str]]]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A 17-year-old boy", "teen"),
        ("a woman of forty", "middle_aged"),
        ("He is in his mid-fifties.", "middle_aged"),
        ("a man in his late 20s", "young_adult"),
        ("My son is seven years old.", "child"),
        ("Age: 34", "young_adult"),
        ("Aged sixty-eight, she still sings.", "elderly"),
        ("f/24/brunette", "young_adult"),
        ("He is 45 years of age.", "middle_aged"),
        ("The youth, not yet twenty, smiles.", "teen"),
        ("She is 118 but looks about 25.", "young_adult"),
        ("KENJI (12) wears a cap.", "child"),
        ("Susan, forty-ish, in a suit", "middle_aged"),
        ("a boy of 8 to 10 years of age", "child"),
    ],
)
def test_ages(answers: Answers, text: str, label: str) -> None:
    assert answers(text)["age"] == {label}


@pytest.mark.parametrize(
    "text",
    [
        "She bought it twenty years ago.",
        "He crossed the 40 year old bridge.",
        "a thousand-year-old vampire girl",
        "Open 24 hours, 7 days a week",
        "Chapter 3, 12, the end.",
        "She stands 5 ft 9 and weighs 60 kg.",
    ],
)
def test_numbers_that_are_no_ages(answers: Answers, text: str) -> None:
    assert "age" not in answers(text)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Height: 6'4\", Sex: male", {"tall"}),
        ("She is 5ft 1.", {"short"}),
        ("a man, six foot three", {"tall"}),
        ("The woman is 150 cm.", {"short"}),
        ("The man is 5 feet 10.", None),
        ("a wig, 100 cm", None),
    ],
)
def test_heights(answers: Answers, text: str, labels: set[str] | None) -> None:
    assert answers(text).get("body_type") == labels


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The miller, seventy if he's a day, leans on the gate.", "elderly"),
        ("Wanted: female to play 15, Welsh.", "teen"),
        ("a female Caucasian of about fifty", "middle_aged"),
        ("He is only sixteen.", "teen"),
        ("a nun, past seventy, with glasses", "elderly"),
        ("a widow of five-and-thirty", "young_adult"),
        ("A young son, aged about five.", "child"),
        ("One catch: 44, bald, broke. Man with a van.", "middle_aged"),
        ("Man next door: 44, Korean, bald.", "middle_aged"),
    ],
)
def test_ages_in_other_words(answers: Answers, text: str, label: str) -> None:
    assert answers(text)["age"] == {label}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("A father of three, 52, with a beard.", "middle_aged"),
        ("Vol. 4: a girl with red hair.", None),
        ("(5) a man with a hat", None),
        ("The man with the beard ran past two, past three!", None),
    ],
)
def test_small_numbers_that_count_something_else(answers: Answers, text: str, label: str | None) -> None:
    assert answers(text).get("age") == ({label} if label else None)
