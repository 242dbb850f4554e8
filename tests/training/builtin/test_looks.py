"""What looks count: as much as labels bear them out, never more than nothing where nothing is known."""

from __future__ import annotations

import torch
from torch import Tensor

from kyara.training.builtin.crops import UNLABELLED
from kyara.training.builtin.looks import DOUBT, Belief, joined

RED, BLUE, GREEN = 0, 1, 2
EVEN = torch.full((1, 3), 1 / 3)


def _one_value(seen: Tensor) -> Tensor:
    """One look of one colour a crop."""
    return torch.stack([seen, torch.full_like(seen, UNLABELLED)], 1)[:, None]


def _asked(labels: Tensor, seen: Tensor, asked: int, heard: float = 1.0) -> Tensor:
    """What an unlabelled crop is that looks `asked`, beside crops with `labels` that look as `seen`."""
    every = torch.cat([labels, torch.tensor([UNLABELLED])])
    looks = _one_value(torch.cat([seen, torch.tensor([asked])]))
    return joined(EVEN.repeat(len(every), 1), every, looks, Belief(heard))[-1]


def test_a_look_counts_for_the_colour_it_is_met_on() -> None:
    labels = torch.tensor([RED] * 90 + [BLUE] * 90)
    seen = torch.tensor([RED] * 80 + [BLUE] * 10 + [BLUE] * 90)
    answer = _asked(labels, seen, RED)
    assert answer[RED] > 1.9 * answer[GREEN], "which looks say nothing of"
    assert answer[BLUE].isclose(answer[GREEN] * DOUBT / (90 + DOUBT))
    assert answer.sum().isclose(torch.tensor(1.0))


def test_who_says_blue_of_everything_red_is_understood() -> None:
    labels = torch.tensor([RED] * 90 + [BLUE] * 90)
    assert _asked(labels, 1 - labels, BLUE).argmax() == RED


def test_looks_that_say_one_thing_of_all_count_nothing() -> None:
    labels = torch.tensor([RED] * 90 + [BLUE] * 90)
    assert torch.allclose(_asked(labels, torch.full_like(labels, GREEN), GREEN), EVEN[0])
    assert torch.allclose(_asked(labels, labels, GREEN), EVEN[0]), "never met on a labelled crop"


def test_unheard_looks_and_no_looks_leave_the_teacher_alone() -> None:
    labels = torch.tensor([RED] * 90 + [BLUE] * 90)
    assert torch.allclose(_asked(labels, labels, RED, heard=0.0), EVEN[0])
    chances = torch.tensor([[0.2, 0.5, 0.3]])
    none = torch.empty((1, 0, 2), dtype=torch.int64)
    assert torch.allclose(joined(chances, torch.tensor([RED]), none, Belief(1.0)), chances)


def test_a_label_is_believed_where_a_look_saw_it_too() -> None:
    chances = torch.tensor([[0.2, 0.5, 0.3]]).repeat(3, 1)
    looks = torch.tensor([[[RED, BLUE]], [[BLUE, RED]], [[BLUE, UNLABELLED]]])
    answer = joined(chances, torch.tensor([RED, RED, RED]), looks, Belief(0.0))
    confirmed = torch.tensor([0.7 + 0.3 * 0.2, 0.3 * 0.5, 0.3 * 0.3])
    assert torch.allclose(answer, torch.stack([confirmed, confirmed, chances[2]]))
    tagged = joined(chances, torch.tensor([RED, RED, UNLABELLED]), looks, Belief(0.0, unseen=0.5))
    assert torch.allclose(tagged, torch.stack([confirmed, confirmed, chances[2]])), "no label, no belief"
    tagged = joined(chances, torch.tensor([RED, RED, RED]), looks, Belief(0.0, unseen=0.5))
    assert torch.allclose(tagged[2], torch.tensor([0.6, 0.25, 0.15]))
