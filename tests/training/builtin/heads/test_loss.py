"""Assignment and loss on answers made by hand."""

from __future__ import annotations

import pytest
import torch

from kyara.training.builtin.heads.loss import Asked, assigned, centres, complete_iou, iou, loss
from kyara.training.builtin.heads.network import Answers, Network

SIDE = 64
HEAD = torch.tensor([[[8.0, 8.0, 40.0, 40.0]]])
NOWHERE = torch.zeros(1, 1, 4)


def asked(heads: torch.Tensor = HEAD, ignored: torch.Tensor = NOWHERE) -> Asked:
    return Asked(heads, torch.ones(heads.shape[:2], dtype=torch.bool), ignored)


def answers(boxes: torch.Tensor, logit: float = 0.0) -> Answers:
    cells = len(centres(SIDE, SIDE))
    return Answers(torch.full((1, cells), logit), boxes.expand(1, cells, 4).clone())


def test_cells_come_in_the_order_of_the_answers() -> None:
    network = Network().eval()
    found = network(torch.zeros(1, 3, 64, 96))
    middles = (found.boxes[0, :, :2] + found.boxes[0, :, 2:]) / 2
    assert len(centres(64, 96)) == found.logits.shape[1] == 96 + 24 + 6
    assert (middles - centres(64, 96)).abs().max() < 32  # an untrained cell's box lies about its own middle


def test_only_cells_inside_a_head_answer_for_it() -> None:
    wanted, targets = assigned(answers(HEAD[0]), asked(), centres(SIDE, SIDE))
    chosen = centres(SIDE, SIDE)[targets[0] > 0]
    assert 0 < len(chosen) <= 10
    assert bool(((chosen > 8) & (chosen < 40)).all())
    assert torch.equal(wanted[targets > 0][0], HEAD[0, 0])
    assert float(targets.max()) == pytest.approx(1.0, abs=1e-3)


def test_a_cell_in_two_heads_answers_for_the_one_it_fits() -> None:
    heads = torch.tensor([[[0.0, 0.0, 64.0, 64.0], [8.0, 8.0, 40.0, 40.0]]])
    wanted, targets = assigned(answers(HEAD[0]), asked(heads), centres(SIDE, SIDE))
    inside = ((centres(SIDE, SIDE) > 8) & (centres(SIDE, SIDE) < 40)).all(1)
    both = (targets[0] > 0) & inside
    assert bool((wanted[0][both] == HEAD[0, 0]).all())


def test_padding_is_no_head() -> None:
    nobody = Asked(HEAD, torch.zeros(1, 1, dtype=torch.bool), NOWHERE)
    assert float(assigned(answers(HEAD[0]), nobody, centres(SIDE, SIDE))[1].max()) == 0


def test_right_answers_cost_less_than_wrong_ones() -> None:
    cells = len(centres(SIDE, SIDE))
    sure = torch.where(assigned(answers(HEAD[0]), asked(), centres(SIDE, SIDE))[1] > 0.5, 6.0, -6.0)
    right = loss(Answers(sure, HEAD[0].expand(1, cells, 4)), asked(), SIDE, SIDE)
    shifted = loss(Answers(sure, HEAD[0].expand(1, cells, 4) + 8), asked(), SIDE, SIDE)
    unsure = loss(Answers(-sure, HEAD[0].expand(1, cells, 4)), asked(), SIDE, SIDE)
    assert float(right) < 0.2 < float(shifted)
    assert float(right) < float(unsure)


def test_what_is_said_in_an_ignored_region_costs_nothing() -> None:
    nobody = torch.zeros(1, 0, 4)
    everywhere = torch.tensor([[[0.0, 0.0, 64.0, 64.0]]])
    empty = Asked(NOWHERE, torch.zeros(1, 1, dtype=torch.bool), nobody)
    loud = answers(HEAD[0], 3.0)
    assert float(loss(loud, empty, SIDE, SIDE)) > 1
    assert float(loss(loud, empty._replace(ignored=everywhere), SIDE, SIDE)) == 0


def test_overlaps() -> None:
    one, other = torch.tensor([0.0, 0, 10, 10]), torch.tensor([5.0, 0, 15, 10])
    assert float(iou(one, other)) == pytest.approx(1 / 3)
    assert float(complete_iou(one, one)) == pytest.approx(1)
    assert float(complete_iou(one, other)) == pytest.approx(1 / 3 - 25 / (15**2 + 10**2), abs=1e-4)
