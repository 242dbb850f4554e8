"""Makes a policy: a double deep Q-network (van Hasselt et al., arXiv:1509.06461) learns to play through tables.

Loss, replay buffer, exploration and the updates of the target network are TorchRL's (extra [train]); ours is the walk
through arrays. One thread and one seed: the same tables give the same network. Knows no extractor and no file of truth.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kyara.extras import need
from kyara.fuse.policy.actions import ACTIONS, ASKS, STOPS
from kyara.fuse.policy.episodes import Tables, walked
from kyara.fuse.policy.opinions import Bools, Places
from kyara.fuse.policy.policy import INPUT, METADATA, OUTPUT, Made
from kyara.fuse.policy.state import SIZE, States
from kyara.results.atomic import write_atomically

if TYPE_CHECKING:
    from tensordict import TensorDict
    from torch import nn

_LEAST_SPREAD = 0.05  # of a number of the state: what hardly varies is not blown up
OPSET, IR_VERSION = 17, 8  # what ONNX Runtime 1.14 reads


@dataclass(frozen=True, slots=True)
class Lessons:
    """How long and how fast. Each step plays one move of `players` episodes, then learns from `batch` kept moves.

    `exploring` is the share of steps over which chance moves fall from all to `least_chance`; `following` how far the
    target network goes towards the other at each step; `amid` the share of episodes that begin with some asked already.
    """

    cost_weight: float = 0.0
    steps: int = 3000
    players: int = 256
    batch: int = 512
    kept: int = 100_000
    width: int = 128
    rate: float = 1e-3
    exploring: float = 0.6
    least_chance: float = 0.05
    following: float = 0.01
    amid: float = 0.5
    judged_every: int = 250
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the learning curve: mean reward on held-out sightings, what its answers are worth, what they cost."""

    step: int
    reward: float
    worth: float
    spent: float


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """The trained `network` (128 → 17) with its learning curve."""

    network: nn.Module
    curve: tuple[Mark, ...]
    costs: dict[str, float]
    stops: tuple[str, ...]
    cost_weight: float

    def decide(self, states: States, masks: Bools) -> NDArray[np.intp]:
        """As Policy.decide, by torch."""
        return _greedy(self.network, states, masks)


def learn(tables: Tables, held_out: Tables, lessons: Lessons, progress: Callable[[Mark], None] | None = None) -> Learnt:
    """Learn on `tables`, marked on `held_out` along the way, which decides nothing.

    Raises MissingExtraError without TorchRL.
    """
    need("torchrl", "learning a policy")
    import torch

    curve: list[Mark] = []
    with torch.random.fork_rng(devices=[]), _one_thread():
        torch.manual_seed(lessons.seed)
        pupil = _Pupil(tables, lessons)
        for step in range(lessons.steps + 1):
            if step % lessons.judged_every == 0 or step == lessons.steps:
                curve.append(_mark(step, pupil.network(), held_out, lessons.cost_weight))
                if progress is not None:
                    progress(curve[-1])
            if step < lessons.steps:
                pupil.play()
                pupil.study()
    return Learnt(pupil.network(), tuple(curve), dict(tables.costs), tables.stops, lessons.cost_weight)


def write(learnt: Learnt, vocabulary: str, path: Path) -> None:
    """ONNX: `state` (n, 128) → `worth` (n, 17), and in its metadata all that Policy.load asks for."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from torch import nn

    layers = [layer for layer in learnt.network.modules() if isinstance(layer, nn.Linear)]
    nodes, weights, last = [], [], INPUT
    for i, layer in enumerate(layers):
        ends = i == len(layers) - 1
        names = [f"weight{i}", f"bias{i}"]
        values = [np.ascontiguousarray(one.detach().numpy()) for one in (layer.weight, layer.bias)]
        weights += [numpy_helper.from_array(value, name) for value, name in zip(values, names, strict=True)]
        out = OUTPUT if ends else f"sum{i}"
        nodes.append(helper.make_node("Gemm", [last, *names], [out], transB=1))
        if not ends:
            last = f"active{i}"
            nodes.append(helper.make_node("Relu", [out], [last]))
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
        for name, size in ((INPUT, SIZE), (OUTPUT, len(ACTIONS)))
    ]
    graph = helper.make_graph(nodes, "policy", ports[:1], ports[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    made = Made(vocabulary, learnt.costs, learnt.stops, learnt.cost_weight)
    helper.set_model_props(model, {METADATA: json.dumps(asdict(made))})
    onnx.checker.check_model(model)

    def save(temporary: Path) -> None:
        temporary.write_bytes(model.SerializeToString())

    write_atomically(path, save)


class _Pupil:
    """A network, whom it plays, and what it remembers of it."""

    def __init__(self, tables: Tables, lessons: Lessons) -> None:
        import torch
        from tensordict.nn import TensorDictModule, TensorDictSequential
        from torchrl.data import Categorical, LazyTensorStorage, TensorDictReplayBuffer
        from torchrl.modules import EGreedyModule, QValueModule
        from torchrl.objectives import DQNLoss, SoftUpdate

        logging.getLogger("torchrl").setLevel(logging.WARNING)  # its import sets it so that every buffer is announced
        self._tables, self._lessons = tables, lessons
        seen = tables.states.reshape(-1, SIZE)
        self._mean = seen.mean(0, np.float64).astype(np.float32)
        self._spread = np.maximum(seen.std(0), _LEAST_SPREAD)
        self._network = network(lessons.width)
        values = TensorDictModule(self._network, in_keys=["observation"], out_keys=["action_value"])
        space = Categorical(len(ACTIONS))
        chooser = QValueModule(spec=space, action_mask_key="action_mask")
        actor = TensorDictSequential(values, chooser)
        exploring = max(1, round(lessons.exploring * lessons.steps))
        self._chance = EGreedyModule(
            Categorical(len(ACTIONS)), 1.0, lessons.least_chance, exploring, action_mask_key="action_mask"
        )
        self._player = TensorDictSequential(actor, self._chance)
        self._loss = DQNLoss(actor, action_space="categorical", delay_value=True, double_dqn=True)
        self._loss.make_value_estimator(gamma=1.0)  # an episode has ten moves at most: nothing is discounted
        self._target = SoftUpdate(self._loss, tau=lessons.following)
        self._kept = TensorDictReplayBuffer(storage=LazyTensorStorage(lessons.kept), batch_size=lessons.batch)
        self._optimiser = torch.optim.Adam(self._loss.parameters(), lr=lessons.rate)
        self._pace = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, lessons.steps)
        self._rows, self._chosen = self._begun()

    def network(self) -> nn.Module:
        """The network as it is now, for states as they are: it learns from states of mean 0 and spread 1."""
        import torch
        from torch import nn

        network = deepcopy(self._network)
        first = next(one for one in network.modules() if isinstance(one, nn.Linear))
        with torch.no_grad():
            first.weight.div_(torch.from_numpy(self._spread))
            first.bias.sub_(first.weight @ torch.from_numpy(self._mean))
        return network.requires_grad_(False)

    def play(self) -> None:
        """One move of every player; who stopped begins anew with another sighting."""
        import torch
        from torchrl.envs.utils import ExplorationType, set_exploration_type

        seen = self._seen(self._rows, self._chosen)
        with torch.no_grad(), set_exploration_type(ExplorationType.RANDOM):
            actions = self._player(seen)["action"].numpy()
        self._chance.step()
        self._keep(actions)
        chosen, _, stopped = self._tables.step(self._rows, self._chosen, actions, self._lessons.cost_weight)
        rows, begun = self._begun()
        self._rows, self._chosen = np.where(stopped, rows, self._rows), np.where(stopped, begun, chosen)

    def _begun(self) -> tuple[Places, Places]:
        """A sighting for every player to begin with; in some, some were asked already, whoever can be.

        By chance moves alone it is rarely seen what it is worth to have asked many.
        """
        import torch

        rows = torch.randint(len(self._tables), (self._lessons.players,)).numpy()
        anyhow = torch.randint(1 << len(self._tables.costs), rows.shape).numpy()
        there = self._tables.available[rows][:, self._tables.slots] @ (1 << np.arange(len(self._tables.costs)))
        return rows, np.where(torch.rand(rows.shape).numpy() < self._lessons.amid, anyhow & there, 0)

    def _keep(self, actions: Places) -> None:
        """Remember these moves; of who stops, all ways to stop: the tables know what the others would have brought."""
        import torch
        from tensordict import TensorDict

        stops = np.array([ASKS + STOPS.index(name) for name in self._tables.stops])
        ends = np.flatnonzero(actions >= ASKS)
        asks = np.flatnonzero(actions < ASKS)
        players = np.concatenate([asks, np.repeat(ends, len(stops))])
        made = np.concatenate([actions[asks], np.tile(stops, len(ends))])
        rows, chosen = self._rows[players], self._chosen[players]
        then, rewards, stopped = self._tables.step(rows, chosen, made, self._lessons.cost_weight)
        moves = {"row": rows, "chosen": chosen, "action": made, "then": then, "reward": rewards, "stopped": stopped}
        kept = {name: torch.from_numpy(of) for name, of in moves.items()}
        self._kept.extend(TensorDict(kept, batch_size=[len(rows)]))

    def study(self) -> None:
        """One step downhill on moves picked at random."""
        from tensordict import TensorDict
        from torch.nn.utils import clip_grad_norm_

        moves = self._kept.sample()
        rows = moves["row"].numpy()
        batch = self._seen(rows, moves["chosen"].numpy())
        ends = moves["stopped"].unsqueeze(-1)
        batch["action"] = moves["action"]
        after = {"reward": moves["reward"].unsqueeze(-1), "done": ends, "terminated": ends}
        batch["next"] = self._seen(rows, moves["then"].numpy()).update(TensorDict(after, batch_size=batch.batch_size))
        loss = self._loss(batch)["loss"]
        self._optimiser.zero_grad()
        loss.backward()
        clip_grad_norm_(self._loss.parameters(), 10.0)
        self._optimiser.step()
        self._pace.step()
        self._target.step()

    def _seen(self, rows: Places, chosen: Places) -> TensorDict:
        import torch
        from tensordict import TensorDict

        seen = {
            "observation": torch.from_numpy((self._tables.states[rows, chosen] - self._mean) / self._spread),
            "action_mask": torch.from_numpy(self._tables.masks(rows, chosen)),
        }
        return TensorDict(seen, batch_size=[len(rows)])


def network(width: int) -> nn.Module:
    """128 → 17, with two hidden layers of `width`, untaught."""
    from torch import nn

    return nn.Sequential(
        nn.Linear(SIZE, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, len(ACTIONS))
    )


def _mark(step: int, network: nn.Module, tables: Tables, cost_weight: float) -> Mark:
    walk = walked(tables, lambda states, masks: _greedy(network, states, masks), cost_weight)
    return Mark(step, *(round(float(x.mean()), 6) for x in (walk.rewards, walk.worths, walk.spent)))


def _greedy(network: nn.Module, states: States, masks: Bools) -> NDArray[np.intp]:
    import torch

    with torch.no_grad():
        worth = network(torch.from_numpy(states)).numpy()
    return np.asarray(np.where(masks, worth, -np.inf).argmax(-1))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Small matrices: more threads are slower, and add up in another order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
