"""The loop: downhill, and the same weights after a pause as without one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Generator, Tensor, nn

from kyara.training.builtin import learning
from kyara.training.builtin.learning import Learner, Pace

PACE = Pace(40, rate=0.05, warm_up=5, averaging=0.9)
WANTED = torch.tensor([[1.0, -2.0, 0.5]])


class _PausedError(Exception):
    pass


def _learner(path: Path, pace: Pace = PACE) -> Learner:
    torch.manual_seed(0)
    return Learner(nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)), pace, path)


def _learn(learner: Learner, until: int = 1000) -> None:
    def loss(step: int, generator: Generator) -> Tensor:
        rows = torch.rand(16, 3, generator=generator)
        return ((learner.network(rows) - rows @ WANTED.T) ** 2).mean()

    def before(step: int) -> None:
        if step == until:
            raise _PausedError

    learner.learn(loss, before)


def _weights(learner: Learner) -> list[Tensor]:
    return [*learner.network.state_dict().values(), *learner.average.state_dict().values()]


def test_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _learner(tmp_path / "whole.pt")
    _learn(whole)
    monkeypatch.setattr(learning, "EVERY_S", 0.0)
    first = _learner(tmp_path / "cut.pt")
    with pytest.raises(_PausedError):
        _learn(first, until=17)
    second = _learner(tmp_path / "cut.pt")
    assert second.step == 17
    _learn(second)
    for one, other in zip(_weights(whole), _weights(second), strict=True):
        assert torch.equal(one, other)
    assert not list(tmp_path.glob(".*")), "no half-written file is left"


def test_goes_downhill_and_the_average_follows(tmp_path: Path) -> None:
    learner = _learner(tmp_path / "c.pt", Pace(120, rate=0.05, warm_up=5, averaging=0.9))
    _learn(learner)
    rows = torch.rand(64, 3, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        error = ((learner.average(rows) - rows @ WANTED.T) ** 2).mean()
    assert float(error) < 0.05


def test_a_finished_run_does_nothing_more(tmp_path: Path) -> None:
    learner = _learner(tmp_path / "c.pt")
    _learn(learner)
    again = _learner(tmp_path / "c.pt")
    _learn(again, until=40)
    assert again.step == 40


def test_rate_goes_up_stays_and_comes_down() -> None:
    pace = Pace(100, warm_up=10, cooling=0.5)
    shares = [learning._share_of_rate(step, pace) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert shares[10] == shares[50] == 1
    assert shares[75] == pytest.approx(0.5, abs=0.02)
    assert 0.01 <= shares[99] < 0.02
