"""Chances follow from logits as written out by hand; ranking, ties, parts and what stays unsaid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kyara.extractors.clip.chances import Chances
from kyara.extractors.clip.prompts import Question
from kyara.records import Scores

COLOUR = Question("colour", ("red", "blue", "green"), (2, 0, 1), ())
THINGS = Question("things", ("scarf", "hat"), (1, 0), (2, 2))
BOTH = Chances((COLOUR, THINGS), {"colour": "head", "things": "body"})


def found(*rows: tuple[float, ...], attributes: tuple[str, ...] = ("colour", "things")) -> dict[str, Scores]:
    return dict(BOTH(np.array(rows, np.float32), attributes))


def test_a_one_of_attribute_is_a_softmax_over_its_labels() -> None:
    total = math.exp(1) + math.exp(2) + math.exp(3)
    wanted = (("red", math.exp(3) / total), ("green", math.exp(2) / total), ("blue", math.exp(1) / total))
    assert found((1.0, 2.0, 3.0))["colour"] == tuple((label, round(p, 4)) for label, p in wanted)


def test_a_many_of_label_is_judged_against_its_contrast_alone() -> None:
    hat, scarf = 1 / (1 + math.exp(-2)), 1 / (1 + math.exp(2))
    assert found((5.0, 1.0, 3.0))["things"] == (("hat", round(hat, 4)), ("scarf", round(scarf, 4)))


def test_ties_go_by_name_and_attributes_keep_apart() -> None:
    assert found((1.0, 1.0, 1.0)) == {
        "colour": (("blue", 0.3333), ("green", 0.3333), ("red", 0.3333)),
        "things": (("hat", 0.5), ("scarf", 0.5)),
    }


def test_the_head_is_asked_of_the_last_row() -> None:
    asked = found((9.0, 0.0, 0.0), (0.0, 9.0, 0.0))
    assert asked["colour"][0][0] == "green"
    assert asked["things"][0] == ("hat", 0.9999)


def test_small_chances_of_one_of_stay_unsaid_and_denials_are_said() -> None:
    asked = found((0.0, 0.0, 20.0))
    assert asked["colour"] == (("red", 1.0),)
    assert asked["things"] == (("hat", 0.0), ("scarf", 0.0))


def test_only_what_is_asked_for_is_said() -> None:
    assert list(found((1.0, 2.0, 3.0), attributes=("things",))) == ["things"]


def test_a_bias_cancels_out_and_large_logits_do_no_harm() -> None:
    assert found((300.0, -300.0, 0.0)) == found((290.0, -310.0, -10.0))


@pytest.mark.parametrize("seed", range(20))
def test_all_at_once_is_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, 5)
    rows = iter(rng.permutation(int(sizes.sum()) * 2).tolist())
    asked = []
    for number, size in enumerate(sizes):
        labels = tuple(f"l{i}" for i in rng.permutation(size))
        mine, other = ([next(rows) for _ in labels] for _ in range(2))
        asked.append(Question(f"a{number}", labels, tuple(mine), tuple(other) if number % 2 else ()))
    logits = rng.normal(scale=3, size=(1, int(sizes.sum()) * 2)).astype(np.float32)
    alone = {q.attribute: dict(Chances([q], {q.attribute: "body"})(logits, {q.attribute}))[q.attribute] for q in asked}
    together = dict(Chances(asked, dict.fromkeys(alone, "head"))(logits, set(alone)))
    assert together == alone
