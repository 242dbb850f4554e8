"""The vocabulary alone decides what is read: a user's words need no code."""

from __future__ import annotations

from pathlib import Path

from kyara.extractors.text import grammar
from kyara.extractors.text.account import read_account
from kyara.extractors.text.lexicon import Lexicon, compile_lexicon, surface_forms
from kyara.vocabulary import load_vocabulary

OWN = """
[hair_color.labels.brown]
words = ["gravy"]

[pet]
kind = "one-of"
nouns = ["familiar"]
title = "familiar"

[pet.labels.owl]
prompts = ["with an owl"]
phrases = ["tawny owl"]
words = ["feathery"]
"""


def test_a_users_attribute_label_and_synonym_are_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    lexicon = compile_lexicon(load_vocabulary(path))
    said = read_account("A girl with gravy hair and a feathery familiar.", lexicon)[1][0]
    assert said["hair_color"].scores == {"brown": 0.95}
    assert said["pet"].scores == {"owl": 0.95}
    assert said["pet"].span == ("feathery familiar",)


def test_spellings_plurals_and_possessives() -> None:
    assert {" ".join(t) for t, _ in surface_forms("gray braid", plural=True)} == {
        "gray braid", "grey braid", "gray braids", "grey braids",
    }  # fmt: skip
    assert ("past", "her", "waist") in {t for t, _ in surface_forms("past their waist", plural=True)}


def test_a_group_takes_over_what_its_last_word_names(lexicon: Lexicon) -> None:
    lady = lexicon.forms["old"][1]["lady"][0]
    assert lady.roles & grammar.PERSON
    assert ("gender", "female") in lady.states
    assert ("age", "elderly") in lady.states


def test_less_and_un_deny(lexicon: Lexicon) -> None:
    hatless, unsmiling = lexicon.forms["hatless"][0], lexicon.forms["unsmiling"][0]
    assert hatless is not None
    assert hatless.roles & grammar.DENIED
    assert unsmiling is not None
    assert unsmiling.states == (("expression", "smiling"),)
