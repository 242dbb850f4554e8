"""The training itself: so many steps over scenes, an average of the weights, a checkpoint every minute.

Every step depends on the checkpoint and its number alone, so that a killed training goes on as if it had not been. It
knows no files of data and no thresholds.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kyara.errors import SettingsError
from kyara.training.builtin.heads.loss import Asked, loss
from kyara.training.builtin.heads.network import Network
from kyara.training.builtin.heads.scenes import Material, Scene, scene
from kyara.training.builtin.heads.seeing import as_input

CHECKPOINT = "heads.pt"
EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides what comes out, beside the data.

    The rate is level until it falls (arXiv 2405.18392): a checkpoint from before the fall serves any number of steps.
    """

    seed: int = 4
    steps: int = 2600
    batch: int = 8
    sides: tuple[int, int, int] = (256, 320, 384)  # small is cheap; as large as at work only while the rate falls
    rate: float = 1.5e-3
    warm_steps: int = 200
    falling: float = 0.35  # the share of the steps, at the end, over which the rate falls to nothing
    decay: float = 0.02
    average: float = 0.998

    def fallen(self, step: int) -> float:
        """How far the fall of the rate has come, 0 to 1."""
        return max(0.0, 1 - (self.steps - step) / (self.steps * self.falling))


@dataclass(slots=True)
class State:
    """What a checkpoint holds."""

    network: Network
    average: Network
    optimiser: torch.optim.Optimizer
    step: int = 0
    cpu_s: float = 0.0


def train(plan: Plan, material: Material, folder: Path, watch: Callable[[int, float], None]) -> State:
    """Train to the end of `plan`, from the checkpoint in `folder` if there is one.

    `watch` is told the step and its loss. Raises SettingsError for a checkpoint of another plan.
    """
    state, saved = started(plan, folder), time.monotonic()
    began = time.process_time() - state.cpu_s
    while state.step < plan.steps:
        watch(state.step, one_step(state, plan, material))
        state.cpu_s = time.process_time() - began
        if time.monotonic() - saved > EVERY_S or state.step == plan.steps:
            save(state, plan, folder)
            saved = time.monotonic()
    return state


def started(plan: Plan, folder: Path) -> State:
    """A fresh state, or that of the checkpoint in `folder`."""
    torch.manual_seed(plan.seed)
    network, average = Network(), Network()
    average.load_state_dict(network.state_dict())
    state = State(network, average, torch.optim.AdamW(_groups(network, plan.decay), lr=plan.rate))
    path = folder / CHECKPOINT
    if not path.exists():
        return state
    kept: dict[str, Any] = torch.load(path, weights_only=True)
    theirs = Plan(**kept["plan"])
    falls = max(theirs.fallen(kept["step"]), plan.fallen(kept["step"])) > 0
    if theirs != plan and (falls or replace(theirs, steps=plan.steps) != plan):
        raise SettingsError(f"{path} is of another plan, {theirs}; remove it or take another folder")
    network.load_state_dict(kept["network"])
    average.load_state_dict(kept["average"])
    state.optimiser.load_state_dict(kept["optimiser"])
    state.step, state.cpu_s = kept["step"], kept["cpu_s"]
    return state


def save(state: State, plan: Plan, folder: Path) -> None:
    """Write the checkpoint, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{CHECKPOINT}.new"
    kept = {
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "step": state.step,
        "cpu_s": state.cpu_s,
        "plan": asdict(plan),
    }
    torch.save(kept, fresh)
    os.replace(fresh, folder / CHECKPOINT)


def one_step(state: State, plan: Plan, material: Material) -> float:
    """One batch; returns its loss."""
    side = plan.sides[math.ceil(2 * plan.fallen(state.step))]
    numbers = range(state.step * plan.batch, (state.step + 1) * plan.batch)
    scenes = [scene(material, side, plan.seed, number) for number in numbers]
    for group in state.optimiser.param_groups:
        group["lr"] = rate(plan, state.step)
    state.network.train()
    wrong = loss(state.network(as_input(np.stack([one.pixels for one in scenes]))), asked(scenes), side, side)
    state.optimiser.zero_grad()
    torch.autograd.backward(wrong)
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 10.0)
    state.optimiser.step()
    state.step += 1
    _follow(state, plan)
    return float(wrong.detach())


def rate(plan: Plan, step: int) -> float:
    """The learning rate: up in a line, level, down in half a cosine."""
    return plan.rate * min(1.0, (step + 1) / plan.warm_steps) * (1 + math.cos(math.pi * plan.fallen(step))) / 2


def asked(scenes: Sequence[Scene]) -> Asked:
    """The heads of the scenes in one array, filled up with empty boxes."""
    heads, real = _padded([one.heads for one in scenes])
    return Asked(heads, real, _padded([one.ignored for one in scenes])[0])


def _padded(boxes: Sequence[np.ndarray[Any, np.dtype[np.float32]]]) -> tuple[torch.Tensor, torch.Tensor]:
    most = max(1, *(len(some) for some in boxes))
    padded, real = torch.zeros(len(boxes), most, 4), torch.zeros(len(boxes), most, dtype=torch.bool)
    for row, some in enumerate(boxes):
        padded[row, : len(some)] = torch.from_numpy(some)
        real[row, : len(some)] = True
    return padded, real


def _groups(network: Network, decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases and BatchNorm do not."""
    parameters = list(network.parameters())
    return [
        {"params": [one for one in parameters if one.ndim > 1], "weight_decay": decay},
        {"params": [one for one in parameters if one.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.no_grad()
def _follow(state: State, plan: Plan) -> None:
    """The average moves towards the network, faster at first."""
    keep = plan.average * (1 - math.exp(-state.step / 400))
    now = state.network.state_dict()
    for name, value in state.average.state_dict().items():
        if value.is_floating_point():
            value.mul_(keep).add_(now[name], alpha=1 - keep)
        else:
            value.copy_(now[name])
