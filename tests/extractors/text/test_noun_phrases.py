"""Noun phrases begin at their article; names are capitalised unknown words."""

from __future__ import annotations

import pytest

from kyara.extractors.text import grammar
from kyara.extractors.text.lexicon import Lexicon
from kyara.extractors.text.mentions import mark
from kyara.extractors.text.noun_phrases import is_list_mark, is_name, of_an_animal, phrase_start, place_of, predicative


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("beside a tall, slender man", 1),
        ("hugging a crying pink-haired girl", 1),
        ("with glasses, elderly man", 3),
        ("the two girls", 0),
    ],
)
def test_phrase_start(lexicon: Lexicon, text: str, start: int) -> None:
    marked = mark(text, lexicon)
    assert phrase_start(marked, marked.mentions[-1])[0] == start


def test_place_and_name(lexicon: Lexicon) -> None:
    marked = mark("the mage on the left, Zorblax", lexicon)
    mage = next(m for m in marked.mentions if m.form.roles & grammar.PERSON)
    assert place_of(marked, mage) == grammar.LEFT
    assert is_name(marked, len(marked.tokens.words) - 1)
    assert not is_name(marked, 0)


def test_list_marks_and_animals(lexicon: Lexicon) -> None:
    listed, aged = mark("(2) Bram", lexicon), mark("KENJI (12) Bram", lexicon)
    assert is_list_mark(listed, listed.mentions[0])
    assert not is_list_mark(aged, aged.mentions[0])
    assert of_an_animal(mark("the bear with his", lexicon), 3)
    assert not of_an_animal(mark("the Bear with his", lexicon), 3)


@pytest.mark.parametrize(("text", "start", "told"), [("she is a girl", 2, True), ("he is as a girl", 3, False)])
def test_predicative(lexicon: Lexicon, text: str, start: int, told: bool) -> None:
    assert predicative(mark(text, lexicon), start, -1, listing=False) is told
