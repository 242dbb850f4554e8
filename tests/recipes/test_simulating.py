"""Simulated examples are read by the real extractors."""

from __future__ import annotations

from kyara.fuse.simulation import profiles
from kyara.recipes.simulating import Labelled, Simulation
from kyara.records import Evidence
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
SEEN = (Evidence("builtin", "1", "hair_color", (("red", 0.6),)),)
LABELLED = [
    Labelled(f"{i}", {"hair_color": ("red",), "eye_color": ("blue",)}, SEEN, ("1girl", "smile")) for i in range(200)
]


def test_what_tags_and_text_say_is_evidence_beside_what_pixels_say() -> None:
    examples = Simulation(VOCABULARY, profiles())(LABELLED, "rich", 1)
    assert [example.key for example in examples] == [one.key for one in LABELLED]
    assert {example.group for example in examples} == {"rich"}
    said = {(e.extractor, e.attribute, e.scores[0][0]) for example in examples for e in example.evidence}
    assert {("tags", "hair_color", "red"), ("text", "eye_color", "blue"), ("tags", "gender", "female"),
            ("builtin", "hair_color", "red")} <= said  # fmt: skip
    full = [example for example in examples if example.about.tags == 4]
    assert full
    assert all(example.evidence[-1:] == SEEN for example in examples)


def test_nothing_told_is_nothing_read() -> None:
    for example in Simulation(VOCABULARY, profiles())(LABELLED[:20], "none", 1):
        assert example.evidence == SEEN
        assert (example.about.tags, example.about.words) == (0, 0)
