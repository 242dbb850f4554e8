"""Mentions: the longest form wins, and a person's word before a noun names nobody."""

from __future__ import annotations

from kyara.extractors.text import grammar
from kyara.extractors.text.lexicon import Lexicon
from kyara.extractors.text.mentions import mark


def test_the_longest_form_wins(lexicon: Lexicon) -> None:
    marked = mark("a red hair ornament", lexicon)
    assert [marked.tokens.span(m.start, m.end) for m in marked.mentions] == ["a", "red", "hair ornament"]


def test_a_person_before_a_noun_is_nobody(lexicon: Lexicon) -> None:
    maid, outfit = mark("maid outfit", lexicon).mentions[0], mark("a maid smiles", lexicon).mentions[1]
    assert not maid.form.roles & grammar.PERSON
    assert outfit.form.roles & grammar.PERSON


def test_roles_of_tokens(lexicon: Lexicon) -> None:
    marked = mark("xyzzy, her", lexicon)
    assert marked.roles(0) == 0
    assert marked.roles(1) & grammar.COMMA
    assert marked.roles(2) & grammar.SHE
    assert marked.roles(99) == marked.roles(-1) == 0
