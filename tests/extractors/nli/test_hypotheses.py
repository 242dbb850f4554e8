"""One hypothesis a label, in their order."""

from __future__ import annotations

from kyara.extractors.nli.hypotheses import hypotheses_of
from kyara.vocabulary import load_vocabulary


def test_each_label_has_its_own() -> None:
    for attribute in load_vocabulary().attributes:
        hypotheses = hypotheses_of(attribute)
        assert len(set(hypotheses)) == len(attribute.labels)


def test_they_read_as_sentences() -> None:
    vocabulary = load_vocabulary()
    assert hypotheses_of(vocabulary["hair_color"])[:2] == (
        "This text describes a person with black hair.",
        "This text describes a person with brown hair.",
    )
    assert hypotheses_of(vocabulary["age"])[0] == "This text describes a young child."
