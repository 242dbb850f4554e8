"""A policy's file: what it says of itself, what is refused and what then is to be done, and decisions by masks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from tests.fuse.policy.toy import COST_WEIGHT, COSTS, STOPS, VOCABULARY, fixed, tables

from kyara.errors import FusionError
from kyara.fuse.policy.actions import ACTIONS
from kyara.fuse.policy.policy import METADATA, Policy
from kyara.fuse.policy.state import SIZE

RISING = {action: float(place) for place, action in enumerate(ACTIONS)}


def load(path: Path) -> Policy:
    return Policy.load(path, VOCABULARY.digest)


def test_it_knows_what_it_was_made_for(trained: Path) -> None:
    made = load(trained).made
    assert (made.vocabulary, made.extractors, made.stops) == (VOCABULARY.digest, tuple(COSTS), STOPS)
    assert (made.costs, made.cost_weight) == (COSTS, COST_WEIGHT)
    assert len(load(trained).version) == 16


def test_the_version_is_that_of_the_bytes(tmp_path: Path) -> None:
    one, two = (load(fixed(tmp_path / name, {name: 1.0})) for name in ("ask tags", "ask text"))
    assert one.version != two.version == load(tmp_path / "ask text").version


def test_only_what_is_allowed_is_decided(tmp_path: Path) -> None:
    policy = load(fixed(tmp_path / "p.onnx", RISING))
    masks = np.eye(17, dtype=np.bool_)
    assert policy.decide(np.zeros((17, SIZE), np.float32), masks).tolist() == list(range(17))
    masks = np.tril(np.ones((17, 17), np.bool_))
    assert policy.decide(np.zeros((17, SIZE), np.float32), masks).tolist() == list(range(17))


def test_nothing_to_decide_is_no_error(trained: Path) -> None:
    assert load(trained).decide(np.zeros((0, SIZE), np.float32), np.zeros((0, 17), np.bool_)).shape == (0,)


def test_neighbours_change_no_bit(trained: Path) -> None:
    policy, states = load(trained), tables(64, 3).states.reshape(-1, SIZE)
    (together,) = policy._session.run(None, {"state": states})
    for start, size in ((0, 1), (3, 2), (5, 7), (20, 33), (100, 128)):
        (some,) = policy._session.run(None, {"state": states[start : start + size]})
        assert (some == together[start : start + size]).all()


def test_learned_strategies_only_where_they_were_learned(tmp_path: Path) -> None:
    policy = load(fixed(tmp_path / "p.onnx", {}, stops=("average", "pooling")))
    assert (policy.stops(learned=True), policy.stops(learned=False)) == (("average", "pooling"), ("average",))
    with pytest.raises(FusionError, match=r"stops by pooling need learned fusion.*kyara fusion"):
        load(fixed(tmp_path / "q.onnx", {}, stops=("pooling",))).stops(learned=False)


def metadata(path: Path, **changed: object) -> Path:
    """The file with other metadata."""
    model = onnx.load(path)
    told = json.loads(next(one.value for one in model.metadata_props if one.key == METADATA))
    helper.set_model_props(model, {METADATA: json.dumps(told | changed)})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"vocabulary": "beef"}, "vocabulary beef found; [0-9a-f]{16} is expected"),
        ({"state_version": 0}, "layout of the state 0 found; 1 is expected"),
        ({"actions": ["ask tags"]}, "actions .* found"),
        ({"costs": None}, "does not say what it was made for"),
        ({"cost_weight": "dear"}, "does not say what it was made for"),
    ],
)
def test_what_was_made_for_something_else_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    with pytest.raises(FusionError, match=f"{said}.*kyara fusion learn"):
        load(metadata(fixed(tmp_path / "p.onnx", {}), **changed))


def test_what_is_no_policy_is_refused(tmp_path: Path, trained: Path) -> None:
    with pytest.raises(FusionError, match=r"No such file.*kyara fusion learn"):
        load(tmp_path / "none.onnx")
    half = tmp_path / "half.onnx"
    half.write_bytes(trained.read_bytes()[:5000])
    with pytest.raises(FusionError, match="not an ONNX network"):
        load(half)
    (tmp_path / "empty.onnx").write_bytes(b"")
    with pytest.raises(FusionError, match="not an ONNX network"):
        load(tmp_path / "empty.onnx")
    bare = onnx.load(trained)
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "bare.onnx")
    with pytest.raises(FusionError, match="does not say"):
        load(tmp_path / "bare.onnx")
