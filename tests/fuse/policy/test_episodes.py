"""The game as tables: what stopping is worth after every choice of extractors, moves, walks of scripted policies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.fuse.policy.toy import COSTS, FEW, FUSER, MANY, STOPS, VOCABULARY, said, tables

from kyara.errors import FusionError
from kyara.fuse.examples import About, Example
from kyara.fuse.policy.actions import ACTIONS
from kyara.fuse.policy.episodes import Decide, Tables, available_of, choices, tabled, walked, worth_of, worths_of
from kyara.fuse.policy.state import layout
from kyara.records import Evidence, Value

TRUTH = {"hair_color": ("red",)}
ASK_TAGS, ASK_BUILTIN = ACTIONS.index("ask tags"), ACTIONS.index("ask builtin")
PRIORITY, AVERAGE = ACTIONS.index("stop tag-priority"), ACTIONS.index("stop average")


def example(*evidence: Evidence, tags: int = 9) -> Example:
    return Example("k", evidence, About(tags=tags), TRUTH)


def made(*some: Example) -> Tables:
    return tabled(some, VOCABULARY, COSTS, worths_of(some, COSTS, STOPS, FUSER), STOPS)


def scripted(*moves: int) -> Decide:
    """Plays these moves, one a round."""
    left = iter(moves)
    return lambda states, masks: np.full(len(states), next(left))


RIGHT, WRONG = said("tags", "red"), said("builtin", "blue", 0.6)


def test_stopping_is_worth_what_was_heard_says() -> None:
    game = made(example(RIGHT, WRONG))
    average, priority = STOPS.index("average"), STOPS.index("tag-priority")
    nobody, tags, builtin, both = game.worths[0]
    assert nobody.tolist() == [0.0] * 6
    assert tags[average] == pytest.approx(1 + 1 - 0.1**2)
    assert builtin[average] == pytest.approx(0 + 1 - 0.6**2)
    assert both[priority] > both[average] > builtin[average]


def test_states_see_only_the_choice() -> None:
    game, at = made(example(RIGHT, WRONG)), layout().index
    asked = game.states[0][:, [at("tags asked"), at("builtin asked")]]
    assert asked.tolist() == [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert game.states[0][:, at("builtin top")] == pytest.approx([0, 0, 0.6, 0.6])


def test_who_cannot_be_asked_makes_no_choice() -> None:
    game = made(example(WRONG, tags=0), example(RIGHT))
    assert np.isnan(game.worths[0, :, 0]).tolist() == [False, True, False, True]
    assert np.isnan(game.worths[1, :, 0]).tolist() == [False, False, True, True]  # nobody looked: there is no picture
    masks = game.masks(np.array([0, 1]), np.array([0, 0]))
    assert masks[:, [ASK_TAGS, ASK_BUILTIN]].tolist() == [[False, True], [True, False]]


def test_that_one_had_nothing_to_say_is_not_known_beforehand() -> None:
    silent = Example("k", (said("histogram", "red"),), About(), TRUTH)
    assert available_of([silent], COSTS)[0].tolist() == [False, False, False, True, *[False] * 5]


def test_a_walk_pays_for_whom_it_asks() -> None:
    game = made(example(RIGHT, WRONG), example(RIGHT, said("builtin", "red", 0.6)))
    walk = walked(game, scripted(ASK_BUILTIN, ASK_TAGS, PRIORITY), cost_weight=0.1)
    assert walk.chosen.tolist() == [3, 3]
    assert walk.spent == pytest.approx([1.51, 1.51])
    assert walk.worths == pytest.approx(game.worths[:, 3, STOPS.index("tag-priority")])
    assert walk.rewards == pytest.approx(walk.worths - 0.151)
    assert [STOPS[stop] for stop in walk.stops] == ["tag-priority"] * 2


def test_who_stops_is_out_while_the_others_go_on() -> None:
    game = made(example(RIGHT, WRONG), example(WRONG, tags=0))
    walk = walked(game, lambda states, masks: np.where(masks[:, ASK_TAGS], ASK_TAGS, AVERAGE), 0.0)
    assert walk.chosen.tolist() == [1, 0]
    assert walk.worths == pytest.approx([1.99, 0.0])


def test_taken_rows_are_the_same_game() -> None:
    game = tables(8, 0)
    part = game.take(np.array([5, 2]))
    assert (part.states == game.states[[5, 2]]).all()
    assert (part.masks(np.arange(2), np.zeros(2, int)) == game.masks(np.array([5, 2]), np.zeros(2, int))).all()


def test_choices_are_bits_in_the_order_of_the_costs() -> None:
    assert choices(2).tolist() == [[False, False], [True, False], [False, True], [True, True]]
    assert tables(1, 0).spent == pytest.approx([0, 0.01, 1.5, 1.51])


def test_the_toy_is_what_it_says() -> None:
    game, at = tables(400, 0), layout().index("tags")
    many = game.states[:, 0, at] > 0.6
    assert (MANY, FEW, many.mean()) == (30, 2, pytest.approx(0.5, abs=0.1))
    rich, poor = game.worths[many].mean(0)[:, 0], game.worths[~many].mean(0)[:, 0]
    assert rich[1] > rich[2] > poor[1]


@pytest.mark.parametrize(
    ("value", "labels", "worth"),
    [
        (Value("hair_color", ("red",), 0.8, True, (), ()), ("red",), 1 + 1 - 0.04),
        (Value("hair_color", ("red",), 0.8, True, (), ()), ("blue",), 0 + 1 - 0.64),
        (Value("hair_color", ("red",), 0.3, False, (), ()), ("blue",), 0 + 1 - 0.09),
        (Value("accessories", ("hat", "belt"), 0.7, True, (), ()), ("hat",), 0.5 + 1 - 0.04),
        (Value("accessories", (), 0.9, True, (), ()), (), 1 + 1 - 0.01),
        (None, ("red",), 0),
    ],
)
def test_the_worth_of_an_answer(value: Value | None, labels: Sequence[str], worth: float) -> None:
    name = value.attribute if value is not None else "hair_color"
    assert worth_of([value] if value is not None else [], {name: tuple(labels)}) == pytest.approx(worth)


def test_only_labelled_attributes_are_judged() -> None:
    right, other = (Value(name, ("red",), 1.0, True, (), ()) for name in ("hair_color", "eye_color"))
    assert worth_of([right, other], {"hair_color": ("red",), "age": ("adult",)}) == pytest.approx(1.0)


@pytest.mark.parametrize(("costs", "said_of"), [({"mine": 1.0}, "'mine' has no place"), ({}, "none found")])
def test_extractors_without_a_place_are_refused(costs: dict[str, float], said_of: str) -> None:
    with pytest.raises(FusionError, match=said_of):
        tabled([], VOCABULARY, costs, np.zeros((0, 2, 6), np.float32), STOPS)


def test_extractors_out_of_order_are_refused() -> None:
    with pytest.raises(FusionError, match="in the order tags, text"):
        tabled([], VOCABULARY, dict(reversed(COSTS.items())), np.zeros((0, 4, 6), np.float32), STOPS)


def test_worths_of_another_shape_are_refused() -> None:
    with pytest.raises(FusionError, match=r"\(1, 4, 6\) is expected"):
        tabled([example(RIGHT)], VOCABULARY, COSTS, np.zeros((1, 2, 6), np.float32), STOPS)
