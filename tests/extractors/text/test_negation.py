"""Denied labels are spoken of with a low probability; past, wished and compared ones not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

People = Callable[[str], list[dict[str, dict[str, float]]]]


@pytest.mark.parametrize(
    ("text", "attribute", "label"),
    [
        ("a girl with no glasses", "accessories", "glasses"),
        ("a man without a hat", "accessories", "hat"),
        ("She never smiles.", "expression", "smiling"),
        ("The hatless man laughed.", "accessories", "hat"),
        ("He is clean-shaven.", "accessories", "facial_hair"),
        ("She has neither hat, glasses nor earrings.", "accessories", "earrings"),
        ("Glasses - no\nHair: black", "accessories", "glasses"),
        ("Her hair isn't blonde.", "hair_color", "blonde"),
        ("She lost her glasses.", "accessories", "glasses"),
    ],
)
def test_denied(people: People, text: str, attribute: str, label: str) -> None:
    assert people(text)[0][attribute][label] == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("He used to be blonde.", "blonde"),
        ("Marguerite had been blonde once; now her braid is silver.", "blonde"),
        ("She wishes she had black hair.", "black"),
        ("She dyed her hair from black to pink.", "black"),
        ("His once-black hair has gone grey.", "black"),
        ("As a child, Emil had brown hair, but it turned white.", "brown"),
    ],
)
def test_past_and_wished_states_are_not_stated(people: People, text: str, label: str) -> None:
    assert all(label not in person.get("hair_color", {}) for person in people(text))


def test_what_follows_a_denial_is_stated(people: People) -> None:
    said = people("Her hair is not black but red; no hat, blue eyes.")[0]
    assert said["hair_color"]["red"] > 0.8
    assert said["eye_color"]["blue"] > 0.8


def test_a_hedge_lowers_the_score(people: People) -> None:
    sure, unsure = people("She has green eyes.")[0], people("She has possibly green eyes.")[0]
    assert 0.5 < unsure["eye_color"]["green"] < sure["eye_color"]["green"]


def test_a_denial_ends_with_the_thing_denied(people: People) -> None:
    said = people("A lumberjack with no hat grins.")[0]
    assert said["accessories"]["hat"] < 0.1 < 0.9 < said["expression"]["smiling"]


def test_never_removing_is_wearing(people: People) -> None:
    assert people("He never removes his mask.")[0]["accessories"]["mask"] > 0.9


def test_a_new_he_is_after_a_denial_is_stated(people: People) -> None:
    assert people("my uncle isnt fat hes got green eyes")[0]["eye_color"]["green"] > 0.9
    assert people("I don't think she's blonde")[0]["hair_color"]["blonde"] < 0.1


def test_an_adverb_does_not_end_a_denial(people: People) -> None:
    assert people("a girl with no hat sadly")[0]["expression"]["sad"] < 0.1


def test_what_was_long_ago_or_only_believed_is_not_stated(people: People) -> None:
    said = people("Six years ago the captain was a long-haired boy. Today the captain wears a crew cut.")[0]
    assert "long" not in said["hair_length"]
    assert people("His eyes, which many took for green, are brown.")[0]["eye_color"] == {"brown": pytest.approx(0.9)}


def test_what_is_pulled_off_is_not_worn(people: People) -> None:
    assert people("The girl pulls off her helmet and smiles.")[0]["accessories"]["helmet"] < 0.1
