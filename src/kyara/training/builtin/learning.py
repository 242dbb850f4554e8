"""The loop every network here learns in: AdamW, a running average of the weights, and no fear of kills.

A checkpoint is written whole or not at all, and everything random in a step follows from the seed and the step's
number, so a run that was killed and goes on ends with the same weights as one that was not. Knows no faces.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn

from kyara.results.atomic import write_atomically

EVERY_S = 45.0  # between checkpoints: what a kill costs at most
MOST_NORM = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long and how fast. `averaging` is the weight the past keeps at each step in the average."""

    steps: int
    rate: float = 1e-3
    warm_up: int = 300
    cooling: float = 0.4
    decay: float = 0.05
    averaging: float = 0.996
    seed: int = 4


class Learner:
    """`network` learns; `average` is what is kept."""

    def __init__(self, network: nn.Module, pace: Pace, checkpoint: Path) -> None:
        self.network = _channels_last(network)
        self.average = deepcopy(self.network).eval().requires_grad_(False)
        self.pace = pace
        self.step = 0
        self.cpu_s = 0.0
        self._path = checkpoint
        self._optimiser = torch.optim.AdamW(_groups(network, pace.decay), lr=pace.rate, betas=(0.9, 0.99))
        if checkpoint.is_file():
            self._restore()

    def learn(self, loss_at: Callable[[int, Generator], Tensor], before: Callable[[int], None] | None = None) -> None:
        """Take all steps that are left: `before(step)`, then downhill on `loss_at(step, generator)`."""
        saved, started, spent = time.monotonic(), time.process_time(), self.cpu_s
        while self.step < self.pace.steps:
            if before is not None:
                before(self.step)
            self.network.train()
            self._downhill(loss_at(self.step, torch.Generator().manual_seed(self.pace.seed * 1_000_003 + self.step)))
            self.step += 1
            self.cpu_s = spent + time.process_time() - started
            if self.step == self.pace.steps or time.monotonic() - saved > EVERY_S:
                self.save()
                saved = time.monotonic()

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state = {
            "network": self.network.state_dict(), "average": self.average.state_dict(), "step": self.step,
            "optimiser": self._optimiser.state_dict(), "cpu_s": self.cpu_s,
        }  # fmt: skip
        write_atomically(self._path, lambda path: torch.save(state, path))

    def _restore(self) -> None:
        state = torch.load(self._path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.cpu_s = state["step"], state["cpu_s"]

    def _downhill(self, loss: Tensor) -> None:
        for group in self._optimiser.param_groups:
            group["lr"] = self.pace.rate * _share_of_rate(self.step, self.pace)
        self._optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), MOST_NORM)
        self._optimiser.step()
        keep = min(self.pace.averaging, (1 + self.step) / (10 + self.step))  # a young average forgets faster
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.is_floating_point():
                    mean.lerp_(now, 1 - keep)
                else:
                    mean.copy_(now)


def _channels_last(network: nn.Module) -> nn.Module:
    """Convolutions are a third faster on CPUs so."""
    for weight in network.parameters():
        if weight.ndim == 4 and weight.shape[0] > 1:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return network


def _share_of_rate(step: int, pace: Pace) -> float:
    """Up in a line, level, down in half a cosine over the last `cooling` of all steps."""
    if step < pace.warm_up:
        return (step + 1) / pace.warm_up
    left = (pace.steps - step) / (pace.cooling * pace.steps)
    return 1.0 if left >= 1 else 0.01 + 0.99 * (1 - math.cos(math.pi * left)) / 2


def _groups(network: nn.Module, decay: float) -> list[dict[str, object]]:
    """Weights of layers shrink; biases, norms, places and questions do not."""
    weights = [p for p in network.parameters() if p.ndim > 1 and p.shape[0] > 1]
    rest = [p for p in network.parameters() if p.ndim <= 1 or p.shape[0] == 1]
    return [{"params": weights, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
