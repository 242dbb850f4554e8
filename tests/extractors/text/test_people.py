"""Several people are told apart where the grammar shows it; else they share what is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

People = Callable[[str], list[dict[str, dict[str, float]]]]


def best(person: dict[str, dict[str, float]], attribute: str) -> str | None:
    scores = person.get(attribute, {})
    return max(scores, key=lambda label: scores[label]) if scores else None


@pytest.mark.parametrize(
    ("text", "attribute", "labels"),
    [
        ("A tall blonde woman stands beside a bald man with a grey beard.", "hair_color", ["blonde", None]),
        ("The girl has red hair; her brother has brown hair.", "hair_color", ["red", "brown"]),
        ("Two women at a table. One has grey hair; the other has black braids.", "hair_color", ["gray", "black"]),
        ("two girls, the one in front has pink hair, the one behind has blue hair", "hair_color", ["pink", "blue"]),
        ("Alice is blonde and Bella is a redhead.", "hair_color", ["blonde", "red"]),
        ("Alice is blonde and Bella is dark. Alice wears glasses, Bella a beret.", "accessories", ["glasses", "hat"]),
        ("He has brown eyes, she has green eyes.", "eye_color", ["brown", "green"]),
        ("The mage on the left has red eyes, the mage on the right has blue eyes.", "eye_color", ["red", "blue"]),
        ("Three friends: a boy with a cap, a boy with glasses and a girl with a scarf.", "accessories",
         ["hat", "glasses", "scarf"]),
        ("A boy and a girl. Both wear masks.", "accessories", ["mask", "mask"]),
    ],
)  # fmt: skip
def test_told_apart(people: People, text: str, attribute: str, labels: list[str | None]) -> None:
    assert [best(person, attribute) for person in people(text)] == labels


@pytest.mark.parametrize(
    "text",
    [
        "Akari is a teenage girl with black hair. The girl wears a hat. She is a student.",
        "Lord Vexis, a tall man with red eyes, wields a sword. He wears armour.",
        "My oc is a catgirl, she has white hair and her tail is fluffy",
        "She envied her sister's blonde hair; her own hair is brown.",
        "She's an athletic swimmer with goggles.",
        "A woman in a maid outfit with a witch hat and blonde hair",
    ],
)
def test_one_person_named_in_many_ways(people: People, text: str) -> None:
    assert len(people(text)) == 1


def test_a_sisters_hair_is_the_sisters(people: People) -> None:
    assert best(people("She envied her sister's blonde hair; her own hair is brown.")[0], "hair_color") == "brown"


def test_what_is_said_of_both_weighs_less(people: People) -> None:
    both = people("two anime girls with pink and blue hair")
    assert len(both) == 2
    assert both[0] == both[1]
    assert both[0]["hair_color"] == pytest.approx({"pink": 0.5, "blue": 0.5})
    assert both[0]["gender"]["female"] < people("an anime girl")[0]["gender"]["female"]


def test_a_crowd_beyond_the_limit_is_bounded(people: People) -> None:
    assert len(people("a man with a hat, " * 400)) <= 12


@pytest.mark.parametrize(
    ("text", "attribute", "labels"),
    [
        ("Twin sisters. Ada wears glasses; Ida wears a hat.", "accessories", ["glasses", "hat"]),
        ("TWO MEN at a desk. RALF, blonde hair, smirking. UDO, black hair, crying.", "hair_color", ["blonde", "black"]),
        ("Two girls: Mio has red hair and a grin, Rin blue hair and a hat.", "hair_color", ["red", "blue"]),
        ("(1) Orm, human, red hair. (2) Ulf, human, black hair. (3) Tor, human, bald.", "hair_length",
         [None, None, "bald"]),
        ("Ute's hair is red. Ida's hair is blonde.", "hair_color", ["red", "blonde"]),
        ("Ute's hair is red; Ida's is blonde.", "hair_color", ["red", "blonde"]),
        ("A boy with a cap and the tall Korean with red hair.", "ethnicity", [None, "asian"]),
        ("Two women left. The first was tall. The second was short.", "body_type", ["tall", "short"]),
    ],
)  # fmt: skip
def test_named_one_by_one(people: People, text: str, attribute: str, labels: list[str | None]) -> None:
    assert [best(person, attribute) for person in people(text)] == labels


@pytest.mark.parametrize(
    "text",
    [
        "Woman Reading, 1874. A young woman in a hat holds a letter.",
        "A girl with red hair pets the bear with his big green eyes.",
        "The king gave his crown for a beggar's hood. But the rings on his fingers shone.",
        "Reborn as a witch! She has green hair.",
        "Dear Uncle, the boy has red hair.",
        "A girl with red hair. Ida's eyes are blue.",
        "The young Korean wears a hat.",
    ],
)
def test_nobody_else_is_there(people: People, text: str) -> None:
    assert len(people(text)) == 1


def test_an_animals_eyes_are_not_the_girls(people: People) -> None:
    assert "eye_color" not in people("A girl with red hair pets the bear with his big green eyes.")[0]
