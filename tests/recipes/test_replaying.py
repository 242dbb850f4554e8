"""A policy replayed decides as it does in a run, on evidence that a run would not have gathered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.fuse.policy.toy import FUSER, MANY, VOCABULARY, examples, fixed, said
from tests.recipes.test_leading import BOTH, KINDS, VIEWS, Sayer, ordering

from kyara.evaluation.table import ALL, Cost
from kyara.flow import Reading
from kyara.fuse import Fuser
from kyara.fuse.examples import About, Example
from kyara.fuse.policy.policy import Policy
from kyara.recipes.asking import is_asked
from kyara.recipes.evaluating import Judge, Plan, judge_of, judged
from kyara.recipes.replaying import replayed


def loaded(path: Path) -> Policy:
    return Policy.load(path, VOCABULARY.digest)


@pytest.fixture
def frugal(tmp_path: Path) -> Policy:
    """Asks tags first, and the builtin network only where there are few of them."""
    worths = {"ask tags": 9.0, "ask builtin": 5.0, "stop average": 1.0}
    return loaded(fixed(tmp_path / "p.onnx", worths, slopes={("ask builtin", "tags"): -6.0}))


def test_it_asks_as_a_run_does(tmp_path: Path) -> None:
    path = fixed(tmp_path / "p.onnx", {"ask text": 3.0, "ask tags": 2.0, "stop tag-priority": 1.0}, BOTH)
    sayers = Sayer("tags", "red"), Sayer("text", "blue"), Sayer("own", "green")
    heard = ordering(path, *sayers)(VIEWS)
    given = []
    for view in VIEWS:
        readings = [one.read([view], VOCABULARY.names)[0] for one in sayers if is_asked(one, view)]
        evidence = tuple(item for reading in readings for item in reading.evidence)
        given.append(Example(view.sample.key, evidence, About.of(view.sample), {}))
    found = replayed(loaded(path), given, Fuser(VOCABULARY, kinds=KINDS))
    for one, items, strategy in zip(heard, found.heard, found.strategies, strict=True):
        ran = {item.extractor for answer in one.answers if isinstance(answer, Reading) for item in answer.evidence}
        assert {item.extractor for item in items} == ran
        assert strategy == one.strategy
    assert found.asked == {"tags": 1.0, "text": 1.0, "own": 1.0}


def test_only_those_asked_are_heard_and_paid(frugal: Policy) -> None:
    given = examples(200, seed=0)
    found = replayed(frugal, given, FUSER)
    many = np.array([one.about.tags == MANY for one in given])
    assert [len(heard) for heard in found.heard] == [1 if one else 2 for one in many]
    assert set(found.strategies) == {"average"}
    assert found.asked == {"tags": 1.0, "builtin": pytest.approx(1 - many.mean())}
    costs = {"tags": Cost(1.0, 0.01), "builtin": Cost(1.0, 2.0)}
    judge = judge_of(frugal, given, FUSER, costs)
    assert judge.cost.seconds == pytest.approx(0.01 + 2.0 * (1 - many.mean()))
    everybody = Judge(lambda one: FUSER(one.evidence, one.about, "average"))
    table = judged(given, {"policy": judge, "all": everybody}, VOCABULARY, Plan(bootstrap=0)).table
    accuracy = {row.name: row.cells[ALL].scores["accuracy"].value for row in table.rows}
    assert 0.4 < accuracy["policy"] <= 1.0


def test_whom_the_run_does_not_have_is_not_asked(frugal: Policy) -> None:
    given = [replace(one, evidence=(said("tags", "pink"),)) for one in examples(10, seed=0)]
    found = replayed(frugal, given, Fuser(VOCABULARY, kinds={"tags": "tags"}))
    assert found.asked == {"tags": 1.0}
    assert all(len(heard) == 1 for heard in found.heard)


def test_more_examples_than_a_board_holds(frugal: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    given = examples(50, seed=3)
    whole = replayed(frugal, given, FUSER)
    monkeypatch.setattr("kyara.recipes.replaying._AT_ONCE", 7)
    assert replayed(frugal, given, FUSER) == whole


def test_nobody_is_nothing(frugal: Policy) -> None:
    assert replayed(frugal, [], FUSER).heard == ()
