"""The second stage: batches of classes, pairs that count, and an embedding that tells toy characters apart."""

from __future__ import annotations

from pathlib import Path

import torch

from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.crops import faces, identities
from kyara.training.builtin.embedding import Practice, drawn, learn_embedding, lessons_of, similarities

SMALL = Shape((8, 8, 16, 20), layers=1, heads=5, mlp=20, embedding=16)
PRACTICE = Practice(6, 32, 2, characters=4, of_each=2, weak_classes=4)


def test_drawn_takes_so_many_of_so_many_classes() -> None:
    classes = torch.tensor([0] * 9 + [1] * 5 + [2] * 1 + [3] * 7)
    rows = drawn(classes, 3, 4, torch.Generator().manual_seed(1))
    taken = classes[rows]
    assert len(rows) == 12
    assert len(taken.unique()) == 3
    assert (taken.view(3, 4) == taken.view(3, 4)[:, :1]).all()


def test_pairs_of_one_picture_do_not_count() -> None:
    embeddings = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    names, groups = torch.tensor([0, 0, 1, 0]), torch.tensor([7, 7, 8, 9])
    same, different = similarities(embeddings, names, groups)
    assert sorted(round(float(c), 3) for c in same) == [0.6, 0.6]
    assert sorted(round(float(c), 3) for c in different) == [0.0, 0.0, 0.8]


def test_soft_colours_are_the_trunks_and_lean_on_labels(toy) -> None:
    torch.manual_seed(0)
    named, learned = identities(toy.data, toy.splits).crops, faces(toy.data, toy.splits)[0]
    lessons = lessons_of(Faces(SMALL), named, learned, believed=0.5)
    assert len(lessons.hair) == len(named) + len(lessons.faces)
    torch.testing.assert_close(lessons.eyes.sum(1), torch.ones(len(lessons.eyes)))
    labelled = lessons.hair[len(named) :].gather(1, lessons.faces.hair[:, None])
    assert (labelled >= 0.5).all()
    assert (lessons.hair[: len(named)].max(1).values < 0.5).all(), "an untrained trunk is sure of nothing"


def test_practice_moves_the_network_and_goes_on(toy, tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    trunk = Faces(SMALL)
    named = identities(toy.data, toy.splits)
    lessons = lessons_of(trunk, named.crops, faces(toy.data, toy.splits)[0], 0.5).only(named.learned(1))
    assert len(lessons.named) == 41
    assert len(lessons.hair) == 41 + len(lessons.faces)
    learner = learn_embedding(SMALL, PRACTICE, trunk, lessons, tmp_path / "fold1.pt")
    assert learner.step == 8
    assert not torch.equal(learner.network.who.weight, trunk.who.weight)
    again = learn_embedding(SMALL, PRACTICE, trunk, lessons, tmp_path / "fold1.pt")
    assert torch.equal(again.average.who.weight, learner.average.who.weight)
