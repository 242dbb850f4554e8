"""The 128 numbers: where each stands (a golden list: a change of it needs a new STATE_VERSION), and what it says."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.fuse.policy.toy import VOCABULARY, said

from kyara.fuse.examples import About
from kyara.fuse.policy.state import EXTRACTORS, SIZE, STATE_VERSION, Board, layout, readable
from kyara.records import Evidence, NoteKind
from kyara.vocabulary import Vocabulary, load_vocabulary

COSTS = {"tags": 0.01, "builtin": 1.5}
EVIDENCE = (
    said("tags", "red", 0.97),
    Evidence("tags", "1", "accessories", (("hat", 0.9), ("glasses", 0.1))),
    said("builtin", "red", 0.6),
    said("own", "blue", 0.99),
)


def board(*asked: str, about: About | None = None, count: int = 1, vocabulary: Vocabulary = VOCABULARY) -> Board:
    made = Board(vocabulary, [about or About(tags=54)] * count, np.ones((count, 9), np.bool_), COSTS)
    made.hear((row, EVIDENCE) for row in range(count))
    for name in asked:
        made.asked[:, ("tags", "text", "histogram", "builtin").index(name)] = True
    return made


def numbers(made: Board) -> dict[str, float]:
    return {name: float(p) for name, p in zip(layout(), made.states()[0], strict=True) if name}


def test_the_layout_is_the_one_of_its_version() -> None:
    names = layout()
    assert (len(names), STATE_VERSION) == (SIZE, 1)
    assert names[:7] == ["tags available", "tags asked", "tags top", "tags margin", "tags entropy", "tags answered",
                         "text available"]  # fmt: skip
    assert (names[48], names[54], names[101]) == ("vlm available", "attribute 0 speakers", "attribute 15 disagreement")
    assert names[102:108] == ["tags", "words", "sightings", "measured", "quality", "spent"]
    assert names[108:] == ["several_characters", "no_character", "trimmed", "colours_normalised", "style_normalised",
                           *(f"{who} agreement" for who in EXTRACTORS), *[""] * 6]  # fmt: skip
    assert hashlib.sha256("\n".join(names).encode()).hexdigest()[:16] == "a0b49d375a6ede5a"


def test_what_was_not_asked_is_not_seen() -> None:
    seen = numbers(board())
    assert {name for name, p in seen.items() if p} == {
        *(f"{who} available" for who in EXTRACTORS),
        "tags", "sightings",
    }  # fmt: skip
    assert seen["tags"] == pytest.approx(math.log(55) / 4, abs=1e-5)


def test_what_was_asked_is() -> None:
    seen, hair = numbers(board("tags")), VOCABULARY.names.index("hair_color")
    assert seen["tags top"] == pytest.approx((0.97 + 0.9) / 2)
    assert seen["tags margin"] == pytest.approx((0.97 - 0.03 / 12 + 0.8) / 2, abs=1e-5)
    assert seen["tags answered"] == pytest.approx(2 / 11, abs=1e-5)
    assert seen["spent"] == pytest.approx(math.log1p(0.01) / math.log1p(30_000), abs=1e-5)
    assert seen[f"attribute {hair} speakers"] == pytest.approx(1 / 9, abs=1e-5)
    assert seen[f"attribute {hair} confidence"] == pytest.approx(0.97)
    assert (seen["builtin top"], seen[f"attribute {hair} disagreement"]) == (0, 0)


def test_two_that_differ_disagree() -> None:
    seen, hair = numbers(board("tags", "builtin")), VOCABULARY.names.index("hair_color")
    assert seen["builtin top"] == pytest.approx(0.6)
    assert seen[f"attribute {hair} disagreement"] == pytest.approx(0.37, abs=1e-5)
    assert seen[f"attribute {hair} speakers"] == pytest.approx(2 / 9, abs=1e-5)
    assert (seen["tags agreement"], seen["builtin agreement"], seen["text agreement"]) == pytest.approx((0.63, 0.63, 0))


def test_who_was_asked_and_said_nothing_is_known() -> None:
    seen = numbers(board("text"))
    assert (seen["text asked"], seen["text top"], seen["text answered"]) == (1, 0, 0)


def test_what_is_known_of_the_sample() -> None:
    notes = frozenset({NoteKind.TRIMMED, NoteKind.MONOCHROME})  # the second is made after fusion: no place
    seen = numbers(board(about=About(words=6, sightings=2, quality=0.25, notes=notes)))
    assert seen["words"] == pytest.approx(math.log(7) / 4, abs=1e-5)
    assert (seen["measured"], seen["quality"], seen["trimmed"], seen["several_characters"]) == (1, 0.25, 1, 0)


def test_every_sighting_has_the_state_it_has_alone() -> None:
    made, one = board("tags", "builtin", count=5), board("tags", "builtin")
    made.asked[3] = False
    states = made.states()
    assert (states[[0, 1, 2, 4]] == one.states()).all()
    assert (states[[3]] == board().states()).all()
    assert (made.states(np.array([3, 1])) == states[[3, 1]]).all()


def test_attributes_beyond_the_sixteenth_have_no_place() -> None:
    extra = [replace(VOCABULARY["hair_color"], name=f"extra_{i}") for i in range(10)]
    large = Vocabulary((*load_vocabulary().attributes, *extra))
    made = board("tags", vocabulary=large)
    before = made.states()
    made.hear([(0, [said("tags", "blue", attribute="extra_9")])])
    assert (made.states() == before).all()
    made.hear([(0, [said("tags", "blue", attribute="extra_4")])])
    assert not (made.states() == before).all()


def test_what_there_is_to_read() -> None:
    assert readable(About(tags=1), pictured=False) == [True, *[False] * 8]
    assert readable(About(words=1), pictured=True) == [False, True, True, True, True, True, True, True, True]
    assert readable(About(), pictured=True) == [False, False, True, True, True, True, False, False, True]


def test_the_table_of_the_docs_is_the_layout() -> None:
    page = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+)(?:–(\d+))? \| ([\w ,]*?)\s*\|", page, re.M)
    names, told = layout(), 0
    for first, last, of in rows:
        part = names[int(first) : int(last or first) + 1]
        assert int(first) == told
        assert all(of.split(" ")[0].removesuffix("s") in name if of else not name for name in part), of
        told += len(part)
    assert told == SIZE
    assert f"Version {STATE_VERSION} of the layout" in page
