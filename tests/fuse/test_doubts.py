"""What a person is asked first: the doubtful before the sure, the disputed before the rest, few of one pattern."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.doubts import Doubt, disagreement, doubt_of, picked
from kyara.records import Evidence, Value, ranked


def says(extractor: str, attribute: str = "hair_color", **scores: float) -> Evidence:
    return Evidence(extractor, "1", attribute, ranked(scores))


def doubt(uncertain: float, disagree: float = 0.0, pattern: str = "", attribute: str = "hair_color") -> Doubt:
    return Doubt(attribute, uncertain, disagree, (attribute, pattern))


def places(*args: object, **kwargs: object) -> list[int]:
    return [pick.place for pick in picked(*args, **kwargs)]  # type: ignore[arg-type]


def test_who_speaks_alone_or_agrees_is_not_disputed() -> None:
    assert disagreement([], True) == disagreement([says("a", red=0.9)], True) == 0
    assert disagreement([says("a", red=0.6, blue=0.1), says("b", red=0.6, blue=0.1)], True) == pytest.approx(0)
    assert disagreement([says("a", hat=0.9), says("b", glasses=0.1)], False) == 0, "of different labels"


def test_sure_of_different_labels_is_the_most_two_can_disagree() -> None:
    assert disagreement([says("a", red=1.0), says("b", blue=1.0)], True) == pytest.approx(1)
    assert disagreement([says("a", hat=1.0), says("b", hat=0.0, glasses=1.0)], False) == pytest.approx(1)


def test_an_unsure_extractor_that_leans_elsewhere_counts_less_than_a_sure_one() -> None:
    sure, unsure = says("b", blue=0.95), says("b", blue=0.4, red=0.35, green=0.25)
    assert disagreement([says("a", red=0.9), sure], True) > 2 * disagreement([says("a", red=0.9), unsure], True) > 0


def test_a_doubt_tells_who_said_what() -> None:
    value = Value("hair_color", ("red",), 0.7, True, (("red", 0.7),), ("tags",), ("builtin",))
    evidence = [says("tags", red=0.9), says("builtin", blue=0.6, red=0.3), says("tags", "eye_color", blue=0.9)]
    one = doubt_of(value, evidence, True)
    assert one.uncertain == pytest.approx(0.3)
    assert 0.2 < one.disagree < 1
    assert one.pattern == doubt_of(value, evidence[1::-1], True).pattern, "whatever the order"
    assert one.pattern != doubt_of(value, evidence[:1], True).pattern
    assert one.pattern == doubt_of(value, [says("tags", red=0.5), says("builtin", blue=0.5)], True).pattern
    several = Value("accessories", ("hat", "ring"), 0.7, True, (), ("tags",))
    said = [says("tags", "accessories", hat=0.9, ring=0.8, glasses=0.1)]
    assert doubt_of(several, said, False).pattern == ("accessories", (("tags", ("hat", "ring")),))
    assert doubt_of(several, [], False).pattern == ("accessories", (("", ("hat", "ring")),))


def test_the_doubtful_and_the_disputed_come_first() -> None:
    assert places([doubt(0.1, 0, "a"), doubt(0.6, 0, "b"), doubt(0.4, 0.9, "c")], 3) == [2, 1, 0]
    assert places([doubt(0.1, 0, "a"), doubt(0.6, 0, "b")], 1) == [1]
    assert places([], 5) == []


def test_what_stands_for_many_comes_before_what_stands_for_itself() -> None:
    one, other = doubt(0.4, 0, "rare"), doubt(0.4, 0, "common")
    first, second = picked([one, other], 2, np.array([1.0, 500.0]))
    assert (first.place, first.common) == (1, 500)
    assert first.gain > 4 * second.gain
    assert places([one, other, other], 1) == [1], "two that are there count as well"


def test_a_pattern_is_worth_less_each_time() -> None:
    doubts = [doubt(0.5, 0, "x") for _ in range(8)] + [doubt(0.3, 0, "y")]
    assert places(doubts, 3)[2] == 8, "the same again is worth 0.84, 0.42, 0.28; the other 0.3"
    gains = [pick.gain for pick in picked(doubts, 9)]
    assert gains == sorted(gains, reverse=True)
    assert sorted(places(doubts, 9)) == list(range(9)), "all come, each once"


def test_who_looks_like_one_that_was_picked_waits() -> None:
    turn = np.eye(4, dtype=np.float32)
    vectors = np.stack([turn[0], turn[0] + 0.05 * turn[1], turn[2], 0 * turn[0]])
    doubts = [doubt(0.50, 0, "a"), doubt(0.49, 0, "b"), doubt(0.30, 0, "c"), doubt(0.20, 0, "d")]
    assert places(doubts, 4) == [0, 1, 2, 3]
    assert places(doubts, 4, None, vectors) == [0, 2, 3, 1], "one without a vector is like nobody"
    elsewhere = [doubts[0], doubt(0.49, 0, "b", "eye_color"), *doubts[2:]]
    assert places(elsewhere, 2, None, vectors) == [0, 1], "another attribute of the like is another question"


def test_who_looks_like_one_that_was_answered_waits_too() -> None:
    vectors = np.eye(3, dtype=np.float32)
    doubts = [doubt(0.5, 0, "a"), doubt(0.3, 0, "b"), doubt(0.2, 0, "c")]
    before = {"hair_color": vectors[:1], "eye_color": vectors[1:2], "gender": np.zeros((0, 3), np.float32)}
    assert places(doubts, 3, None, vectors, before) == [1, 2, 0]
    assert places(doubts, 3, None, vectors, {}) == [0, 1, 2]


def test_vectors_that_are_all_alike_tell_nothing_apart() -> None:
    doubts = [doubt(0.5 - i / 10, 0, str(i)) for i in range(4)]
    assert sorted(places(doubts, 4, None, np.eye(1, 3, dtype=np.float32).repeat(4, 0))) == [0, 1, 2, 3]
