"""What to learn of a crop that a teacher, somebody's looks and perhaps a tag speak of.

A look counts for a colour by how much oftener it is met on crops tagged so than on any (naive Bayes, the rates
counted as Dawid & Skene, 1979, count those of observers). Knows no pixels and no network.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from kyara.training.builtin.crops import UNLABELLED

DOUBT = 5.0  # so many looks that say what looks say anywhere are counted to every colour beforehand


@dataclass(frozen=True, slots=True)
class Belief:
    """`heard` is the power to which looks count, `seen` the weight of a label that a look saw too, `unseen` that of a
    label that none saw."""

    heard: float = 0.5
    seen: float = 0.7
    unseen: float = 0.0


def joined(chances: Tensor, labels: Tensor, looks: Tensor, belief: Belief) -> Tensor:
    """What to learn of each crop, (n, classes): the teacher's `chances` (n, classes) times what the `looks` (int64
    (n, looks, 2), the likelier and the other colour, or UNLABELLED) count, beside the label (int64 (n,), or
    UNLABELLED)."""
    classes = chances.shape[1]
    said = (looks[..., 0] + 1) * (classes + 1) + looks[..., 1] + 1
    counted = belief.heard * _counting_for(said, labels, classes)
    answers = functional.softmax(chances.clamp(min=1e-6).log() + counted, 1)
    seen = (looks == labels[:, None, None]).flatten(1).any(1)
    weight = torch.where(seen, belief.seen, belief.unseen)
    weight = torch.where(labels == UNLABELLED, 0.0, weight)[:, None]
    return weight * functional.one_hot(labels.clamp(min=0), classes) + (1 - weight) * answers


def _counting_for(said: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Logarithms (n, classes): how many times as often what was `said` (n, looks) is met on a colour as anywhere."""
    tagged, sayings = labels != UNLABELLED, (classes + 1) ** 2
    met = labels[tagged, None] * sayings + said[tagged]
    counts = torch.bincount(met.flatten(), minlength=classes * sayings).view(classes, sayings).float()
    anywhere = counts.sum(0) / counts.sum().clamp(min=1)
    rates = (counts + DOUBT * anywhere) / (counts.sum(1, keepdim=True) + DOUBT)
    oftener = torch.where(anywhere > 0, rates / anywhere, 1.0)
    return oftener.log()[:, said].sum(2).T
