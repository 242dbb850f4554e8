"""The deep Q-network finds the best play of the toy, but not from the truth of others, and is written whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tests.fuse.policy.conftest import LESSONS
from tests.fuse.policy.toy import COST_WEIGHT, COSTS, FUSER, STOPS, VOCABULARY, examples, tables

from kyara.fuse.examples import About
from kyara.fuse.policy.episodes import Tables, Walk, tabled, walked, worths_of
from kyara.fuse.policy.learning import Learnt, Mark, learn, write
from kyara.fuse.policy.policy import Policy
from kyara.fuse.policy.state import layout

TAGS_ALONE, BUILTIN_ALONE = 1, 2  # choices


@pytest.fixture(scope="module")
def held_out() -> Tables:
    return tables(600, 2)


def reward_of(game: Tables, choice: np.ndarray) -> float:
    """Of asking that choice of each sighting, stopping with the average."""
    rows = np.arange(len(game))
    return float((game.worths[rows, choice, 0] - COST_WEIGHT * game.spent[choice]).mean())


def many_tags(game: Tables) -> np.ndarray:
    return np.asarray(game.states[:, 0, layout().index("tags")] > 0.6)


def test_it_finds_the_best_play(learnt: Learnt, held_out: Tables) -> None:
    walk = walked(held_out, learnt.decide, COST_WEIGHT)
    many = many_tags(held_out)
    best = reward_of(held_out, np.where(many, TAGS_ALONE, BUILTIN_ALONE))
    fixed = max(reward_of(held_out, np.full(len(held_out), choice)) for choice in range(4))
    assert best > fixed + 0.15, "the toy must reward looking at the context"
    assert walk.rewards.mean() > best - 0.01
    assert (walk.chosen[many] & BUILTIN_ALONE == 0).mean() > 0.95
    assert (walk.chosen[~many] & BUILTIN_ALONE != 0).mean() > 0.95


def test_the_curve_rises(learnt: Learnt) -> None:
    assert [mark.step for mark in learnt.curve] == [0, 40, 80, 120]
    assert learnt.curve[-1].reward > learnt.curve[0].reward + 0.15
    last = learnt.curve[-1]
    assert last.reward == pytest.approx(last.worth - COST_WEIGHT * last.spent, abs=1e-4)


def test_from_the_truth_of_others_nothing_is_learned(learnt: Learnt, held_out: Tables) -> None:
    misled = learn(tables(600, 0, shuffled=True), held_out, LESSONS)
    walk: Walk = walked(held_out, misled.decide, COST_WEIGHT)
    fixed = reward_of(held_out, np.full(len(held_out), BUILTIN_ALONE))
    assert walk.rewards.mean() < fixed < walked(held_out, learnt.decide, COST_WEIGHT).rewards.mean()


def test_a_higher_price_asks_less(held_out: Tables) -> None:
    dear = learn(tables(600, 0), held_out, replace(LESSONS, cost_weight=0.9, steps=60))
    assert walked(held_out, dear.decide, 0.9).spent.mean() < 0.1


def test_what_nobody_can_choose_is_never_played() -> None:
    """Its worth is NaN, and one of these would spoil every weight."""
    some = [replace(one, about=About()) if i % 2 else one for i, one in enumerate(examples(60, 0))]
    game = tabled(some, VOCABULARY, COSTS, worths_of(some, COSTS, STOPS, FUSER), STOPS)
    assert np.isnan(game.worths).any()
    learnt = learn(game, game, replace(LESSONS, steps=20, amid=1.0))
    assert all(np.isfinite(weight.numpy()).all() for weight in learnt.network.state_dict().values())
    assert np.isfinite(walked(game, learnt.decide, COST_WEIGHT).rewards).all()


def test_the_same_seed_gives_the_same_bytes_and_others_are_left_alone(tmp_path: Path) -> None:
    game, short = tables(50, 0), replace(LESSONS, steps=5)
    marks: list[Mark] = []
    torch.manual_seed(7)
    for name in ("one", "two", "other"):
        seed = 1 if name == "other" else 0
        write(learn(game, game, replace(short, seed=seed), marks.append), VOCABULARY.digest, tmp_path / name)
    one, two, other = ((tmp_path / name).read_bytes() for name in ("one", "two", "other"))
    assert one == two != other
    assert [mark.step for mark in marks] == [0, 5] * 3
    drawn = torch.rand(1)
    torch.manual_seed(7)
    assert drawn == torch.rand(1)


def test_onnx_decides_as_torch_does(learnt: Learnt, trained: Path, held_out: Tables) -> None:
    policy = Policy.load(trained, VOCABULARY.digest)
    rows = np.repeat(np.arange(len(held_out)), 4)
    chosen = np.tile(np.arange(4), len(held_out))
    states, masks = held_out.states[rows, chosen], held_out.masks(rows, chosen)
    assert (policy.decide(states, masks) == learnt.decide(states, masks)).all()
    (worths,) = policy._session.run(None, {"state": states})
    with torch.no_grad():
        assert np.abs(worths - learnt.network(torch.from_numpy(states)).numpy()).max() < 1e-5


def test_the_file_is_plain_onnx(trained: Path) -> None:
    model = onnx.load(trained)
    onnx.checker.check_model(model, full_check=True)
    assert [one.version for one in model.opset_import] == [17]
    assert {node.op_type for node in model.graph.node} == {"Gemm", "Relu"}
    assert trained.stat().st_size < 200_000
