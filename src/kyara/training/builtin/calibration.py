"""Temperatures that make the network's confidence the share in which it is right, found on rows it never learned from.

One number a question (as in Guo et al., arXiv:1706.04599): it moves probabilities, never the answer. It is fitted to
how often the top answer is right, and not to what is likely of the others, since a confidence is read as that. Knows
no network.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TRIED = torch.logspace(-1, 1, 401)  # 0.1 … 10 in steps of 1.2 %


def temperature(logits: Tensor, labels: Tensor) -> float:
    """What to divide logits (n, classes) by, so that confidence says best where the top answer is the label (n,)."""
    right = (logits.argmax(1) == labels).double()
    confidences = ((logits.double() / tried).softmax(1).amax(1) for tried in TRIED)
    losses = torch.stack([functional.binary_cross_entropy(one, right) for one in confidences])
    return float(TRIED[losses.argmin()])


def calibration_error(logits: Tensor, labels: Tensor, bins: int = 15) -> float:
    """ECE of the top answers: mean |confidence - share right| over bins of equal width."""
    confidence, answer = logits.softmax(1).max(1)
    gap = confidence - (answer == labels).float()
    place = (confidence * bins).long().clamp(max=bins - 1)
    return float(torch.zeros(bins).index_add_(0, place, gap).abs().sum() / len(labels))
