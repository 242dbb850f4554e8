"""What to learn of a crop that a teacher, somebody's looks and perhaps a tag speak of.

A look counts for a colour by how much oftener it is met on crops tagged so than on any (naive Bayes, the rates
counted as Dawid & Skene, 1979, count those of observers). Knows no pixels and no network.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from kyara.training.builtin.crops import UNLABELLED

DOUBT = 5.0  # so many looks that say what looks say anywhere are counted to every colour beforehand


def joined(chances: Tensor, labels: Tensor, looks: Tensor, heard: float, believed: float) -> Tensor:
    """What to learn of each crop, (n, classes): the teacher's `chances` (n, classes) times what the `looks` (int64
    (n, looks, 2), the likelier and the other colour, or UNLABELLED) count to the power `heard`; where a look saw the
    colour of the label (int64 (n,), or UNLABELLED), `believed` of it is the label."""
    classes = chances.shape[1]
    said = (looks[..., 0] + 1) * (classes + 1) + looks[..., 1] + 1
    answers = functional.softmax(chances.clamp(min=1e-6).log() + heard * _counting_for(said, labels, classes), 1)
    seen = (looks == labels[:, None, None]).flatten(1).any(1) & (labels != UNLABELLED)
    tagged = functional.one_hot(labels[seen], classes)
    answers[seen] = believed * tagged + (1 - believed) * answers[seen]
    return answers


def _counting_for(said: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Logarithms (n, classes): how many times as often what was `said` (n, looks) is met on a colour as anywhere."""
    tagged, sayings = labels != UNLABELLED, (classes + 1) ** 2
    met = labels[tagged, None] * sayings + said[tagged]
    counts = torch.bincount(met.flatten(), minlength=classes * sayings).view(classes, sayings).float()
    anywhere = counts.sum(0) / counts.sum().clamp(min=1)
    rates = (counts + DOUBT * anywhere) / (counts.sum(1, keepdim=True) + DOUBT)
    oftener = torch.where(anywhere > 0, rates / anywhere, 1.0)
    return oftener.log()[:, said].sum(2).T
