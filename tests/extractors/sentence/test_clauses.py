"""What a passage is cut into."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kyara.extractors.sentence.clauses import LONGEST_WORDS, MOST, units


def test_clauses_their_neighbours_and_the_sentence() -> None:
    assert units("A girl with red hair, green eyes and a hat. She smiles.") == (
        "A girl with red hair",
        "green eyes",
        "a hat",
        "A girl with red hair, green eyes",
        "green eyes and a hat",
        "A girl with red hair, green eyes and a hat",
        "She smiles",
    )


def test_one_clause_is_one_unit() -> None:
    assert units("A girl with red hair.") == ("A girl with red hair",)
    assert units("red hair\nred hair") == ("red hair",)


def test_a_clause_that_denies_is_left_out_with_all_that_holds_it() -> None:
    assert units("She has green eyes, no glasses, and a hat.") == ("She has green eyes", "a hat")
    for denial in ("She doesn’t wear a hat", "without a hat", "He lacks a beard", "never in a dress"):
        assert units(denial) == ()
    assert units("a notable nose") == ("a notable nose",)


def test_units_are_substrings() -> None:
    text = "Her hair — the colour of wheat (in August) — fell; her eyes: green/grey. “A hat!” he said."
    assert all(unit in text for unit in units(text))
    assert "the colour of wheat" in units(text)


@pytest.mark.parametrize("text", ["", "  ", "...", ",,,;;", "()"])
def test_of_nothing_nothing(text) -> None:
    assert units(text) == ()


def test_long_texts_are_bounded() -> None:
    words = [f"w{i}" for i in range(3000)]
    assert len(units(", ".join(words))) == MOST
    assert len(units(". ".join(words))) == MOST
    long = units(", ".join(f"{a} {b}" for a, b in pairwise(words[:60])))
    assert max(len(unit.split()) for unit in long) < LONGEST_WORDS, "no whole sentence of so many words"


def test_it_takes_no_time_whatever_the_text() -> None:
    for hostile in ("," * 50_000, "a " * 50_000, "and " * 20_000, "(" * 50_000, "- " * 20_000):
        assert len(units(hostile)) <= MOST
