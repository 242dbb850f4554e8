"""Training on made pictures: it learns, and goes on after kill -9 as if nothing had been."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kyara.errors import SettingsError
from kyara.training.builtin.heads import training
from kyara.training.builtin.heads.scenes import Material
from kyara.training.builtin.heads.training import CHECKPOINT, Plan, rate, started, train

TINY = Plan(steps=6, batch=2, sides=(64, 64, 96), warm_steps=2)
RUN = """
import pickle, sys, torch
from pathlib import Path
torch.set_num_threads(1)
from kyara.training.builtin.heads import training
training.EVERY_S = 0.0
plan, material, folder = pickle.loads(Path(sys.argv[1]).read_bytes())
training.train(plan, material, folder, lambda step, wrong: print(step, flush=True))
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As many here as in the process that is killed: another number rounds differently."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def quiet(step: int, wrong: float) -> None:
    pass


def test_kill_and_resume_end_where_an_unbroken_run_ends(tmp_path: Path, material: Material) -> None:
    (tmp_path / "job").write_bytes(pickle.dumps((TINY, material, tmp_path / "broken")))
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path / "job")], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        while int(run.stdout.readline()) < 3:
            pass
        os.kill(run.pid, signal.SIGKILL)
    (tmp_path / "broken" / f"{CHECKPOINT}.new").write_bytes(b"half a checkpoint")
    left_at = started(TINY, tmp_path / "broken").step
    assert 3 <= left_at < TINY.steps
    resumed = train(TINY, material, tmp_path / "broken", quiet)
    unbroken = train(TINY, material, tmp_path / "unbroken", quiet)
    for one, other in zip(resumed.average.parameters(), unbroken.average.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_checkpoint_serves_a_longer_plan_only_before_the_rate_falls(tmp_path: Path) -> None:
    state = started(TINY, tmp_path)
    state.step = 3
    training.save(state, TINY, tmp_path)
    assert started(replace(TINY, steps=9), tmp_path).step == 3
    with pytest.raises(SettingsError, match="another plan"):
        started(replace(TINY, batch=3), tmp_path)
    state.step = 5
    training.save(state, TINY, tmp_path)
    with pytest.raises(SettingsError, match="another plan"):
        started(replace(TINY, steps=9), tmp_path)


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    plan = Plan(steps=1000, warm_steps=100)
    assert rate(plan, 0) < rate(plan, 50) < rate(plan, 100) == plan.rate
    assert rate(plan, 600) == plan.rate
    assert plan.rate > rate(plan, 800) > rate(plan, 999) >= 0
    assert rate(plan, 999) < plan.rate / 100


def test_it_learns(tmp_path: Path, material: Material) -> None:
    plan = Plan(steps=30, batch=4, sides=(64, 64, 64), warm_steps=3)
    losses: list[float] = []
    train(plan, material, tmp_path, lambda step, wrong: losses.append(wrong))
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])
