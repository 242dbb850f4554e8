"""The whole account: gender, groundedness, spans, and never an exception or a slow text."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyara.extractors.text.account import read_account
from kyara.extractors.text.lexicon import Lexicon, compile_lexicon
from kyara.vocabulary import load_vocabulary

Answers = Callable[[str], dict[str, set[str]]]
DATA = Path(__file__).parents[3] / "benchmarks" / "data"
LEXICON = compile_lexicon(load_vocabulary())
PIECES = [
    "black ", "a man ", "two girls ", "Bob is ", "long, ", "no ", "her eyes ", "the other ", "18 ", "6'4 ", "\n",
    "once ", "from ", "to ", "and ", ", ", "'s ", "(", "not yet ", "both ", "İ", "years old ", "optional ",
    "(2) Bram ", "1840. ", "Mia ", "twin sisters ", "the wolf with his ", "described as ", "if he's a ",
]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "   ", "😀👍", "金髪の少女", "The quick brown fox jumps.", "https://a.example/red-hair"]
)
def test_texts_about_nobody_say_nothing(answers: Answers, text: str) -> None:
    assert answers(text) == {}


def test_a_ribbon_on_a_pie_is_nobodys(answers: Answers) -> None:
    assert answers("The blue ribbon at the fair was for the pie.") == {}


def test_no_people_is_an_announcement(lexicon: Lexicon) -> None:
    assert read_account("an empty classroom, no people", lexicon) == (0, ())
    assert read_account("a mountain lake", lexicon) == (None, ())


def test_pronouns_are_weaker_than_nouns(lexicon: Lexicon) -> None:
    pronoun = read_account("She has red hair.", lexicon)[1][0]["gender"].scores["female"]
    noun = read_account("The woman has red hair.", lexicon)[1][0]["gender"].scores["female"]
    assert 0.5 < pronoun < noun


def test_two_colours_split_the_probability(lexicon: Lexicon) -> None:
    scores = read_account("a girl with red hair. The girl has green hair.", lexicon)[1][0]["hair_color"].scores
    assert scores == pytest.approx({"red": 0.5, "green": 0.5})


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_never_raises_and_keeps_the_contract(text: str) -> None:
    announced, account = read_account(text, LEXICON)
    assert announced is None or announced == len(account)
    for person in account:
        for attribute, said in person.items():
            assert all(span in text for span in said.span)
            assert all(0 <= p <= 1 for p in said.scores.values())
            if attribute in LEXICON.one_of:
                assert sum(said.scores.values()) <= 1 + 1e-9


@pytest.mark.parametrize("piece", [*PIECES, "long black, ", "had once ", "perhaps ", "about ", "a'b'", "----"])
def test_64_kib_of_one_piece_stay_fast(piece: str) -> None:
    assert seconds((piece * 65_536)[:65_536]) < 0.5


def test_64_kib_of_anything_stay_fast() -> None:
    draw = random.Random(7)
    assert seconds("".join(draw.choice(PIECES) for _ in range(30_000))[:65_536]) < 0.5


def seconds(text: str) -> float:
    """Processor time of the faster of two readings: the machine may be busy."""
    times = []
    for _ in range(2):
        started = time.process_time()
        read_account(text, LEXICON)
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize("name", ["descriptions.jsonl", "descriptions_heldout.jsonl"])
def test_the_descriptions_name_only_labels_that_exist(name: str) -> None:
    vocabulary = load_vocabulary()
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 60
    for row in rows:
        for person in [*row["people"], *(p["not"] for p in row["people"] if "not" in p), row.get("shared", {})]:
            for attribute, labels in person.items():
                assert attribute == "not" or set(labels) <= set(vocabulary[attribute].label_names), row["id"]
