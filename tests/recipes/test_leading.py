"""A policy decides whom to ask: in rounds, each sighting on its own; whom it does not know is asked of everything."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fuse.policy.toy import VOCABULARY, fixed

from kyara.errors import FusionError
from kyara.flow import NOTHING, Input, Reading, View
from kyara.fuse import Fuser
from kyara.fuse.policy.policy import Policy
from kyara.images import Limits
from kyara.recipes.asking import Asking
from kyara.recipes.extract import Recipe
from kyara.recipes.ordering import Ordering
from kyara.records import Evidence, Sample, Sighting
from kyara.settings import PATIENCE

KINDS = {"tags": "tags", "text": "text", "own": "tags"}


class Sayer:
    """Says one hair colour of every view that has something for it, and keeps the calls it had."""

    version, batch_size, cost = "1", 64, 1.0

    def __init__(self, name: str, colour: str, p: float = 0.9) -> None:
        self.name, self.inputs = name, frozenset({KINDS[name]})
        self.colour, self.p = colour, p
        self.calls: list[list[str]] = []

    def read(self, views: Sequence[View], attributes: Collection[str]) -> list[Reading]:
        self.calls.append([view.sample.key for view in views])
        return [Reading((Evidence.of(self, "hair_color", {self.colour: self.p}),)) for _ in views]


def view(key: str, tags: str | None, text: str | None) -> View:
    return View(Sample(key, key, "u", tags=tags, text=text, sightings=(Sighting(),)), 0)


VIEWS = [view("both", "1girl", "a girl"), view("tags", "1girl", None), view("text", None, "a girl")]
BOTH = {"tags": 0.6, "text": 1.0}


def ordering(policy: Path, *sayers: Sayer) -> Ordering:
    made = Ordering([Asking(one, PATIENCE, False) for one in sayers], VOCABULARY.names, Fuser(VOCABULARY, kinds=KINDS))
    made.policy = Policy.load(policy, VOCABULARY.digest)
    return made


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Asks text, then tags, then stops with the priority of tags: in this order of worth, whatever is said."""
    return fixed(tmp_path / "p.onnx", {"ask text": 3.0, "ask tags": 2.0, "stop tag-priority": 1.0}, BOTH)


def test_rounds_ask_each_extractor_once_for_all_who_want_it(policy: Path) -> None:
    tags, text = Sayer("tags", "red"), Sayer("text", "blue")
    made = ordering(policy, tags, text)
    heard = made(VIEWS)
    assert text.calls == [["both", "text"]]
    assert tags.calls == [["tags"], ["both"]]  # one has no text: its tags are asked a round earlier
    assert [[a is not NOTHING for a in one.answers] for one in heard] == [[True, True], [True, False], [False, True]]
    assert [one.strategy for one in heard] == ["tag-priority"] * 3
    assert made.counts == {"tags": (2, 0), "text": (2, 0)}


def test_whom_it_need_not_ask_is_spared(tmp_path: Path) -> None:
    policy = fixed(tmp_path / "p.onnx", {"ask tags": 3.0, "stop average": 2.0}, BOTH)
    text = Sayer("text", "blue")
    made = ordering(policy, Sayer("tags", "red"), text)
    heard = made(VIEWS)
    assert text.calls == []
    assert heard[2].answers == (NOTHING, NOTHING)
    assert made.counts == {"tags": (2, 0), "text": (0, 2)}


def test_who_costs_next_to_nothing_is_asked_whatever_it_would_do(tmp_path: Path) -> None:
    tags, text = Sayer("tags", "red"), Sayer("text", "blue")
    made = ordering(fixed(tmp_path / "p.onnx", {"stop average": 2.0}, {"tags": 0.01, "text": 1.0}), tags, text)
    made(VIEWS)
    assert (tags.calls, text.calls) == ([["both", "tags"]], [])
    assert made.counts == {"tags": (2, 0), "text": (0, 2)}


def test_whom_it_did_not_learn_to_ask_it_does_not_ask(tmp_path: Path) -> None:
    policy = fixed(tmp_path / "p.onnx", {"ask text": 3.0, "ask tags": 2.0, "stop average": 1.0}, {"tags": 0.1})
    text = Sayer("text", "blue")
    made = ordering(policy, Sayer("tags", "red"), text)
    made(VIEWS)
    assert text.calls == []
    assert made.counts["text"] == (0, 2)


def test_an_extractor_without_a_place_in_the_state_is_always_asked(policy: Path) -> None:
    own = Sayer("own", "green")
    made = ordering(policy, Sayer("text", "blue"), own)
    heard = made(VIEWS)
    assert own.calls == [["both", "tags"]]
    assert [len(one.answers) for one in heard] == [2, 2, 2]
    assert heard[1].answers[1] is not NOTHING
    assert made.counts["own"] == (2, 0)


def test_nobody_to_ask_is_no_error(policy: Path) -> None:
    made = ordering(policy, Sayer("tags", "red"))
    (heard,) = made([view("empty", None, None)])
    assert (heard.answers, heard.strategy) == ((NOTHING,), "tag-priority")
    assert made([]) == []


def test_a_policy_that_needs_learned_fusion_says_so(tmp_path: Path) -> None:
    made = ordering(fixed(tmp_path / "p.onnx", {}, BOTH, stops=("pooling",)), Sayer("tags", "red"))
    with pytest.raises(FusionError, match="need learned fusion"):
        made(VIEWS)


@pytest.fixture
def looking(tmp_path: Path) -> Path:
    """Asks tags, then, where these are few, the network."""
    worths, slopes = {"ask tags": 4.0, "ask builtin": 3.0, "stop average": 1.0}, {("ask builtin", "tags"): -4.0}
    return fixed(tmp_path / "p.onnx", worths, slopes=slopes)


class Pixels(Sayer):
    """As the builtin network; text is what it reads, the picture is only there."""

    def __init__(self) -> None:
        super().__init__("text", "blue", 0.9)
        self.name, self.inputs = "builtin", frozenset({"text", "pixels"})


def toy_views() -> list[View]:
    some = [view(f"v{n}", ", ".join(["tag"] * n) if n else None, "a picture") for n in (30, 2, 31, 1, 0, 29)]
    return [replace(one, picture=object()) for one in some]  # only its presence is looked at


def test_it_looks_at_the_context(looking: Path) -> None:
    tags, pixels = Sayer("tags", "red"), Pixels()
    ordering(looking, tags, pixels)(toy_views())
    asked = {key for call in pixels.calls for key in call}
    assert asked == {"v2", "v1", "v0"}
    assert {"v30", "v31", "v29"} <= {key for call in tags.calls for key in call}


def test_neighbours_change_nothing(looking: Path) -> None:
    views = toy_views()
    alone = {one.sample.key: ordering(looking, Sayer("tags", "red"), Pixels())([one])[0] for one in views}
    for some in itertools.islice(itertools.permutations(views), 0, 720, 97):
        together = ordering(looking, Sayer("tags", "red"), Pixels())(some)
        assert {one.sample.key: heard for one, heard in zip(some, together, strict=True)} == alone


@pytest.mark.parametrize(("stop", "colour"), [("stop tag-priority", "red"), ("stop aggressive", "blue")])
def test_a_sighting_is_fused_by_the_strategy_it_stopped_with(tmp_path: Path, stop: str, colour: str) -> None:
    says: Mapping[str, float] = {"ask text": 3.0, "ask tags": 2.0, stop: 1.0}
    sayers = [Sayer("tags", "red", 0.8), Sayer("text", "blue", 0.99)]
    recipe = Recipe(VOCABULARY, sayers, Fuser(VOCABULARY, kinds=KINDS), Limits())
    recipe.ordering.policy = Policy.load(fixed(tmp_path / "p.onnx", says, BOTH), VOCABULARY.digest)
    (sample,) = recipe([Input("k", "u", tags="1girl", text="a girl")])
    (value,) = sample.sightings[0].values
    assert value.labels == (colour,)
    assert recipe.counts.order == {"tags": (1, 0), "text": (1, 0)}
