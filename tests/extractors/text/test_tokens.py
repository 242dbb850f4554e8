"""Tokens remember exactly where they stood."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kyara.extractors.text.tokens import LONGEST_CHARS, tokenise


def test_hyphens_part_words_and_possessives_stand_alone() -> None:
    assert tokenise("The girl's raven-haired twin – no hat").words == [
        "the", "girl", "'s", "raven", "haired", "twin", "–", "no", "hat",
    ]  # fmt: skip


def test_contractions_and_heights_stay_whole() -> None:
    assert tokenise("She isn’t 6'4\"").words == ["she", "isn't", "6'4"]


def test_an_address_is_one_token() -> None:
    assert tokenise("see https://a.example/black-hair now").words == ["see", "https://a.example/black-hair", "now"]


@given(st.text(max_size=300))
def test_every_token_is_a_substring_where_it_says(text: str) -> None:
    tokens = tokenise(text)
    for i, word in enumerate(tokens.words):
        assert len(tokens.span(i, i + 1)) == len(word)
        assert tokens.span(i, i + 1) in text


def test_letters_that_grow_in_lower_case_do_not_shift_the_spans() -> None:
    tokens = tokenise("İİİ red hair")
    assert tokens.span(1, 3) == "red hair"


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    assert len(tokenise("a " * LONGEST_CHARS).words) == LONGEST_CHARS // 2
