"""From cosines to what is said: silence without a match, no green hair by green eyes."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.extractors.sentence.likeness import CEILING, HEARD, MARGIN, Likeness
from kyara.extractors.sentence.phrases import Question

HAIR = Question("hair_color", ("green", "red"), True, (0, 1), (6,))
EYES = Question("eye_color", ("green", "red"), True, (2, 3), (6,))
WORN = Question("accessories", ("glasses", "goggles"), False, (4, 5), (6, 7))
ALL = ("hair_color", "eye_color", "accessories")


def told(*clauses, asked=ALL):
    """Of clauses as {column: cosine}, all others 0.2."""
    cosines = np.full((len(clauses), 8), 0.2, np.float32)
    for row, clause in zip(cosines, clauses, strict=True):
        for column, cosine in clause.items():
            row[column] = cosine
    heard = Likeness((HAIR, EYES, WORN))(cosines, asked)
    assert set(heard) == set(asked)
    return {name: (one.scores, one.clauses) for name, one in heard.items() if one.scores}


def test_a_clear_match_is_said_up_to_the_ceiling() -> None:
    said = told({0: 0.8})
    assert list(said) == ["hair_color"]
    scores, clauses = said["hair_color"]
    assert scores == {"green": pytest.approx(CEILING, abs=0.01)}
    assert clauses == (0,)


def test_a_text_that_speaks_of_nothing_says_nothing() -> None:
    assert told({}) == {}
    assert told({6: 0.6, 0: 0.55}) == {}, "nearer to somebody than to any label"


def test_green_eyes_are_no_green_hair() -> None:
    said = told({2: 0.85, 0: 0.85 - MARGIN - 0.1, 3: 0.6, 1: 0.4})
    assert list(said) == ["eye_color"]
    assert list(said["eye_color"][0]) == ["green"]


def test_one_clause_may_speak_of_two_attributes() -> None:
    assert list(told({0: 0.7, 4: 0.68})) == ["hair_color", "accessories"]


def test_labels_that_exclude_one_another_share() -> None:
    scores, clauses = told({0: 0.8, 1: 0.8})["hair_color"]
    assert scores["green"] == scores["red"]
    assert sum(scores.values()) <= CEILING + 1e-3
    scores, clauses = told({0: 0.8}, {1: 0.8})["hair_color"]
    assert sum(scores.values()) <= CEILING + 1e-3, "said by two clauses"
    assert set(clauses) == {0, 1}


def test_many_of_labels_are_told_apart_by_a_margin() -> None:
    said = told({4: 0.85, 5: 0.85 - MARGIN - 0.1})
    assert list(said["accessories"][0]) == ["glasses"]
    assert list(told({4: 0.8}, {5: 0.8})["accessories"][0]) == ["glasses", "goggles"]


def test_only_what_is_asked_is_told() -> None:
    assert list(told({0: 0.7, 4: 0.68}, asked=["accessories"])) == ["accessories"]


def test_without_contrasts_every_text_would_say_something() -> None:
    """The broken variant: what is farther than the contrast is said once that is gone."""
    bare = Likeness((Question("hair_color", ("green", "red"), True, (0, 1), (2,)),))
    cosines = np.array([[0.3, 0.2, 0.5]], np.float32)
    assert bare(cosines, ["hair_color"])["hair_color"].scores == {}
    cosines[0, 2] = -1.0
    assert bare(cosines, ["hair_color"])["hair_color"].scores["green"] > 0.8


def test_a_whisper_is_heard_though_not_said() -> None:
    heard = Likeness((HAIR, EYES, WORN))(np.array([[0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.23, 0.23]], np.float32), ALL)
    assert heard["hair_color"].loudest > HEARD > heard["eye_color"].loudest
    assert all(one.scores == {} for one in heard.values())
