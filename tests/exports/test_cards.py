"""Which words are marked, and where boxes fall."""

from __future__ import annotations

import pytest

from kyara.exports.cards import MOST_CHARS, Card, Piece, card, pieces
from kyara.images import Limits
from kyara.records import Evidence, Sample, Sighting


def marked(content: str, *spans: str) -> list[str]:
    return [piece.text for piece in pieces(content, dict.fromkeys(spans, ("hair_color",))) if piece.attributes]


def described(
    sighting: Sighting, tags: str | None = None, text: str | None = None, size: tuple[int, int] | None = None
) -> Card:
    width, height = size or (None, None)
    uri = "https://example.org/a.png"
    return card(Sample("k", "0" * 64, uri, width, height, tags, text, sightings=(sighting,)), Limits())


@pytest.mark.parametrize(
    ("content", "spans", "expected"),
    [
        ("1girl, blue_hair, hat", ("blue hair",), ["blue_hair"]),
        ("1girl, Blue  hair, hat", ("blue hair",), ["Blue  hair"]),
        (r"rose \(flower\), hat", ("rose (flower)",), [r"rose \(flower\)"]),
        ("chat, hat, hats, hat_", ("hat",), ["hat", "hat"]),
        ("dark blue hair", ("blue hair", "dark blue hair"), ["dark blue hair"]),
        ("(smile:1.2)", ("smile",), ["smile"]),
        ("a+b? .*", ("a+b?",), ["a+b?"]),
        ("anything", (), []),
    ],
)
def test_marked_words(content: str, spans: tuple[str, ...], expected: list[str]) -> None:
    assert marked(content, *spans) == expected


def test_pieces_put_together_are_the_content() -> None:
    content = "  a red hat,\nred  hair "
    assert "".join(p.text for p in pieces(content, {"red hair": ("hair_color",), "red": ("x",)})) == content


def test_what_is_too_long_says_how_much_is_left_out() -> None:
    *_, last = pieces("x" * (MOST_CHARS + 1234), {})
    assert last == Piece(" … and 1,234 more characters")


def test_tags_are_not_marked_in_text_nor_text_in_tags() -> None:
    said = (Evidence("tags", "1", "accessories", (), ("hat",)), Evidence("text", "1", "age", (), ("girl",)))
    made = described(Sighting(evidence=said), tags="hat, girl", text="a girl, a hat")
    assert [p for p in made.tags if p.attributes] == [("hat", ("accessories",))]
    assert [p for p in made.text if p.attributes] == [("girl", ("age",))]


def test_boxes_are_cut_at_the_border_of_the_picture() -> None:
    made = described(Sighting(head=(-50.0, 10.0, 100.0, 500.0)), size=(200, 100))
    (mark,) = made.marks
    assert (mark.x, mark.y, mark.width, mark.height) == (0.0, 10.0, 50.0, 90.0)
    assert made.picture == "no file of this machine"


def test_text_has_no_picture_and_no_boxes() -> None:
    made = described(Sighting(head=(0, 0, 1, 1)), text="a girl")
    assert (made.picture, made.marks) == (None, ())
