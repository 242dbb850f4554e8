"""A policy learned from reviewed sightings is used only where it plays better than the one in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.fuse.policy.toy import COST_WEIGHT, COSTS, STOPS, VOCABULARY, examples, fixed
from torch import nn

from kyara.fuse import Learned
from kyara.fuse.cards import Card
from kyara.fuse.policy import learning
from kyara.fuse.policy.actions import ACTIONS
from kyara.fuse.policy.learning import Learnt
from kyara.fuse.policy.learning import Lessons as Plan
from kyara.fuse.policy.policy import Policy
from kyara.fuse.policy.state import SIZE
from kyara.fuse.versions import Versions
from kyara.recipes.learning import Lessons, split
from kyara.recipes.learning_to_ask import learn_to_ask

LEARNED = Learned(VOCABULARY.digest, ("builtin", "tags"), {})
GIVEN = split(examples(460, 0), {})


def network(worths: dict[str, float]) -> nn.Module:
    """Gives every action a fixed worth."""
    layer = nn.Linear(SIZE, len(ACTIONS))
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.copy_(torch.tensor([worths.get(action, 0.0) for action in ACTIONS]))
    return layer


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """With a version in use whose policy asks nobody."""
    versions = Versions(tmp_path / "fusion", tmp_path / "packaged")
    idle = fixed(tmp_path / "idle.onnx", {"stop average": 1.0}).read_bytes()
    versions.use(versions.add(LEARNED, Card({"reviewed": 9}), idle).name)
    return versions


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The school teaches these worths, at once."""

    def teaches(**worths: float) -> None:
        named = {name.replace("_", " "): worth for name, worth in worths.items()}
        learnt = Learnt(network(named), (), dict(COSTS), STOPS, COST_WEIGHT)
        monkeypatch.setattr(learning, "learn", lambda *rest: learnt)

    return teaches


def test_a_better_policy_goes_live(versions: Versions, taught: Callable[..., None]) -> None:
    idle = versions.current()
    taught(ask_builtin=2.0, stop_average=1.0)
    done = learn_to_ask(GIVEN, VOCABULARY, versions)
    assert done.held_back is None
    assert done.version is not None
    assert versions.current() == done.version.name != idle
    assert done.played is not None
    assert done.played.sightings == len(GIVEN.held_out)
    own, other = done.played.own, done.played.other
    assert (other.worth, other.spent) == (0.0, 0.0)
    assert own.reward == pytest.approx(own.worth - COST_WEIGHT * own.spent, abs=1e-5)
    assert own.reward > 0.0, "asking anybody is better than asking nobody"
    assert done.played.p < 1e-6
    card = done.version.card
    assert card is not None
    assert (card.parent, card.played, card.examples) == (idle, done.played, {"reviewed": 9})
    now = versions.in_use(VOCABULARY)
    assert now.policy is not None
    assert Policy.load(now.policy, VOCABULARY.digest).made.cost_weight == COST_WEIGHT
    assert versions.use(idle) == idle


def test_a_worse_policy_is_kept_but_not_used(versions: Versions, tmp_path: Path, taught: Callable[..., None]) -> None:
    asker = fixed(tmp_path / "asker.onnx", {"ask builtin": 2.0, "stop average": 1.0}).read_bytes()
    asking = versions.use(versions.add(LEARNED, Card({"reviewed": 9}), asker).name)
    taught(stop_average=1.0)
    worse = learn_to_ask(GIVEN, VOCABULARY, versions)
    assert worse.held_back == "it plays no better than the one in use"
    assert worse.played is not None
    assert worse.played.other.reward > worse.played.own.reward == 0.0
    assert worse.version in versions.list()
    assert versions.current() == asking
    taught(ask_builtin=2.0, stop_aggressive=1.0)
    same = learn_to_ask(GIVEN, VOCABULARY, versions)
    assert same.held_back == "it plays no better than the one in use"


@pytest.mark.soak
def test_who_learns_longer_plays_better(versions: Versions) -> None:
    said: list[str] = []
    plan = Plan(steps=120, width=64, rate=1e-2, following=0.1)
    done = learn_to_ask(GIVEN, VOCABULARY, versions, lessons=plan, progress=said.append)
    assert "step 120 of 120" in said
    assert done.played is not None
    assert done.played.own.reward > 1.7, "asking everybody gets 1.63"


def test_a_dry_run_keeps_nothing(versions: Versions, taught: Callable[..., None]) -> None:
    before = versions.list()
    taught(ask_builtin=2.0)
    done = learn_to_ask(GIVEN, VOCABULARY, versions, keep=False)
    assert done.played is not None
    assert done.version is None
    assert versions.list() == before


def test_what_hinders_it_is_said(versions: Versions, tmp_path: Path) -> None:
    few = Lessons(GIVEN.learning[:299], GIVEN.held_out, {})
    for given, said in (
        (few, "of 299 reviewed sightings to learn from every extractor was heard that the policy may ask, 300 are"),
        (replace(GIVEN, held_out=GIVEN.held_out[:49]), "of 49 reviewed sightings held out every"),
    ):
        done = learn_to_ask(given, VOCABULARY, versions)
        assert (done.version, done.played) == (None, None)
        assert done.held_back is not None
        assert said in done.held_back
    more = {"tags": 0.01, "histogram": 1.0, "builtin": 1.5}
    curious = fixed(tmp_path / "more.onnx", {"stop average": 1.0}, costs=more).read_bytes()
    versions.use(versions.add(LEARNED, Card({}), curious).name)
    done = learn_to_ask(GIVEN, VOCABULARY, versions)
    assert done.held_back is not None, "who was never asked would seem to have nothing to say"
    assert done.held_back.startswith("of 0 reviewed sightings to learn from every extractor")
    versions.use("none")
    done = learn_to_ask(GIVEN, VOCABULARY, versions)
    assert done.held_back is not None
    assert done.held_back.startswith("no policy is in use to go on from; kyara fusion use")


def test_who_said_nothing_by_rules_was_asked_all_the_same(versions: Versions, taught: Callable[..., None]) -> None:
    taught(ask_tags=2.0)
    silent = [replace(e, evidence=tuple(i for i in e.evidence if i.extractor != "tags")) for e in GIVEN.learning]
    given = Lessons((*silent[:150], *GIVEN.learning[150:]), GIVEN.held_out, {})
    assert learn_to_ask(given, VOCABULARY, versions, keep=False).played is not None
