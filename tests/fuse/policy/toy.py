"""A game whose best play is known: ask tags where there are many, the builtin network otherwise.

Tags are nearly always right where there are many, worthless where there are few; the network is right nine times of
ten, at a cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from torch import nn

from kyara.fuse import Fuser
from kyara.fuse.examples import About, Example
from kyara.fuse.policy.actions import ACTIONS
from kyara.fuse.policy.episodes import Tables, tabled, worths_of
from kyara.fuse.policy.learning import Learnt, write
from kyara.fuse.policy.state import SIZE, layout
from kyara.fuse.strategies import STRATEGIES
from kyara.records import Evidence
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
COSTS = {"tags": 0.01, "builtin": 1.5}
COST_WEIGHT = 0.15
MANY, FEW = 30, 2
STOPS = tuple(STRATEGIES)
FUSER = Fuser(VOCABULARY, kinds={"tags": "tags", "builtin": "pixels"})


def said(extractor: str, label: str, p: float = 0.9, attribute: str = "hair_color") -> Evidence:
    return Evidence(extractor, "1", attribute, ((label, p),))


def examples(count: int, seed: int, shuffled: bool = False) -> list[Example]:
    """Half with many tags, half with few. `shuffled`: with the truth of somebody else."""
    draw = np.random.default_rng(seed)
    names = VOCABULARY["hair_color"].label_names
    truths = [names[i] for i in draw.integers(len(names), size=count)]
    taught = [truths[i] for i in draw.permutation(count)] if shuffled else truths
    made = []
    for i, truth in enumerate(truths):
        tags = MANY if draw.random() < 0.5 else FEW
        right = {"tags": 0.99 if tags == MANY else 0.2, "builtin": 0.9}
        evidence = [
            said(who, truth if draw.random() < share else names[draw.integers(len(names))])
            for who, share in right.items()
        ]
        made.append(Example(str(i), tuple(evidence), About(tags=tags), {"hair_color": (taught[i],)}))
    return made


def tables(count: int, seed: int, shuffled: bool = False) -> Tables:
    made = examples(count, seed, shuffled)
    return tabled(made, VOCABULARY, COSTS, worths_of(made, COSTS, STOPS, FUSER), STOPS)


def fixed(
    path: Path,
    worths: Mapping[str, float],
    costs: Mapping[str, float] = COSTS,
    stops: tuple[str, ...] = STOPS,
    vocabulary: str = VOCABULARY.digest,
    slopes: Mapping[tuple[str, str], float] = MappingProxyType({}),
) -> Path:
    """A policy file whose network gives every action a fixed worth (0 for others), and `slopes`: what a number of the
    state, times this, adds to an action."""
    layer = nn.Linear(SIZE, len(ACTIONS))
    with torch.no_grad():
        layer.weight.zero_()
        for (action, number), slope in slopes.items():
            layer.weight[ACTIONS.index(action), layout().index(number)] = slope
        layer.bias.copy_(torch.tensor([worths.get(action, 0.0) for action in ACTIONS]))
    write(Learnt(layer, (), dict(costs), stops, COST_WEIGHT), vocabulary, path)
    return path
