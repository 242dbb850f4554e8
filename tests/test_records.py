"""The nouns: frozen, slotted, and evidence always sorted the same way."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from kyara import records
from kyara.records import Evidence, Reason, Sighting, Value, ranked

NOUNS = [noun for noun in vars(records).values() if isinstance(noun, type) and dataclasses.is_dataclass(noun)]


class Speaker:
    name, version = "me", "1"


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_every_noun_is_frozen_and_slotted(noun: type) -> None:
    first = dataclasses.fields(noun)[0].name
    blank = object.__new__(noun)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(blank, first, 1)
    assert not hasattr(blank, "__dict__")


def test_the_nouns_of_the_design_are_there() -> None:
    names = {noun.__name__ for noun in NOUNS}
    assert {"Sample", "Sighting", "Evidence", "Value", "Skip", "Note", "Moment", "Embedding"} <= names


def test_scores_are_ranked_the_same_way_whatever_their_order() -> None:
    pairs = [("b", 0.3), ("a", 0.3), ("c", 0.4)]
    for order in itertools.permutations(pairs):
        assert ranked(dict(order)) == (("c", 0.4), ("a", 0.3), ("b", 0.3))


def test_evidence_of_a_speaker_names_it_and_is_hashable() -> None:
    evidence = Evidence.of(Speaker(), "hair_color", {"red": 0.2, "blue": 0.7}, (word for word in ["blue", "hair"]))
    assert evidence == Evidence("me", "1", "hair_color", (("blue", 0.7), ("red", 0.2)), ("blue", "hair"))
    assert hash(evidence) == hash(dataclasses.replace(evidence))


def test_a_sighting_answers_by_attribute() -> None:
    value = Value("age", ("teen",), 0.8, True, (("teen", 0.8),), ("tags",))
    assert Sighting(values=(value,)).value("age") is value
    assert Sighting(values=(value,)).value("gender") is None


def test_a_reason_is_its_text() -> None:
    assert Reason("truncated") is Reason.TRUNCATED
    assert Reason.TRUNCATED == "truncated"
    with pytest.raises(ValueError, match="not a valid Reason"):
        Reason("tired")
