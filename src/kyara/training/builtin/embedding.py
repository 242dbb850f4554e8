"""Second stage: the network learns who is who on named crops, and keeps what it knows of colours.

Half of every batch are crops of a few characters, drawn together by supervised contrast (arXiv:2004.11362, the loss of
pytorch-metric-learning); half are faces in pairs of equal hair and eye colours, weak classes drawn together likewise,
since a dozen characters alone teach to tell that dozen apart. Both answer for colours too: the trunk's own soft labels
are held on to. The trunk comes from the first stage, which knows no names. Knows nothing of folds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from pytorch_metric_learning.losses import SupConLoss
from torch import Generator, Tensor
from torch.nn import functional

from kyara.training.builtin.attributes import ask, one_hot, soft_loss
from kyara.training.builtin.augmentation import Variation, varied
from kyara.training.builtin.backbone import Answer, Faces, Shape
from kyara.training.builtin.crops import EYES, HAIR, UNLABELLED, Crops
from kyara.training.builtin.learning import Learner, Pace


@dataclass(frozen=True, slots=True)
class Practice:
    """Steps at the small and at the full size; how a batch is made up; what the losses weigh."""

    small_steps: int = 200
    small_px: int = 64
    own_steps: int = 40
    characters: int = 8
    of_each: int = 4
    weak_classes: int = 16
    temperature: float = 0.1
    weak: float = 0.5
    colours: float = 1.0
    believed: float = 0.5
    rate: float = 6e-4


@dataclass(frozen=True, slots=True)
class Lessons:
    """Named crops, labelled faces, and the soft colours of both: (hair (n, 12), eyes (n, 11)), names first."""

    named: Crops
    faces: Crops
    hair: Tensor
    eyes: Tensor

    def only(self, rows: Tensor) -> Lessons:
        """With those `rows` of the named crops alone."""
        kept = torch.cat([rows, torch.arange(len(self.named), len(self.hair))])
        return Lessons(self.named.take(rows), self.faces, self.hair[kept], self.eyes[kept])


def learn_embedding(shape: Shape, practice: Practice, trunk: Faces, lessons: Lessons, checkpoint: Path) -> Learner:
    """The learner after its practice: `average` is the network. Goes on from `checkpoint`."""
    torch.manual_seed(5)
    network = Faces(shape)
    network.load_state_dict(trunk.state_dict())
    pace = Pace(
        practice.small_steps + practice.own_steps, practice.rate, warm_up=50, cooling=0.7, averaging=0.99, seed=5
    )
    learner = Learner(network, pace, checkpoint)
    learner.learn(_loss(shape, practice, lessons, learner))
    return learner


def lessons_of(trunk: Faces, named: Crops, faces: Crops, believed: float) -> Lessons:
    """What the trunk sees in all of them; beside the labels where there are some, which weigh `believed`."""
    faces = faces.take(torch.where(faces.hair != UNLABELLED)[0])
    asked = ask(trunk, torch.cat([named.pixels, faces.pixels]))
    weight = torch.cat([torch.zeros(len(named)), torch.full((len(faces),), believed)])[:, None]
    hair, eyes = (
        weight * torch.cat([torch.zeros(len(named), len(known)), one_hot(labels, known)])
        + (1 - weight) * said.softmax(1)
        for labels, known, said in ((faces.hair, HAIR, asked.hair), (faces.eyes, EYES, asked.eyes))
    )
    return Lessons(named, faces, hair, eyes)


def _loss(shape: Shape, practice: Practice, lessons: Lessons, learner: Learner) -> Callable[[int, Generator], Tensor]:
    how = Variation()
    contrast = SupConLoss(temperature=practice.temperature)
    names = lessons.named.names
    colours = lessons.faces.hair * len(EYES) + lessons.faces.eyes

    def loss(step: int, generator: Generator) -> Tensor:
        ours = drawn(names, practice.characters, practice.of_each, generator)
        theirs = drawn(colours, practice.weak_classes, 2, generator)
        pixels = torch.cat([lessons.named.pixels[ours], lessons.faces.pixels[theirs]])
        side = practice.small_px if step < practice.small_steps else shape.side_px
        answer: Answer = learner.network(
            varied(pixels, side, how, generator).contiguous(memory_format=torch.channels_last)
        )
        rows = torch.cat([ours, theirs + len(names)])
        seen = soft_loss(answer.hair, lessons.hair[rows], 0.0) + soft_loss(answer.eyes, lessons.eyes[rows], 0.0)
        who = contrast(answer.embedding[: len(ours)], names[ours])
        alike = contrast(answer.embedding[len(ours) :], colours[theirs])
        return torch.as_tensor(who + practice.weak * alike + practice.colours * seen)

    return loss


def drawn(classes: Tensor, count: int, of_each: int, generator: Generator) -> Tensor:
    """Rows of `of_each` members of `count` classes drawn by lot; of a class with fewer some come twice."""
    known = torch.unique(classes)
    chosen = known[torch.randperm(len(known), generator=generator)[:count]]
    rows = []
    for one in chosen:
        members = torch.where(classes == one)[0]
        rows.append(members[torch.randint(len(members), (of_each,), generator=generator)])
    return torch.cat(rows)


def similarities(embeddings: Tensor, names: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines of all pairs of crops from different pictures (`groups`): (of one character, of two)."""
    cosine = functional.normalize(embeddings, dim=1) @ functional.normalize(embeddings, dim=1).T
    pairs = torch.triu(groups[:, None] != groups[None, :], diagonal=1)
    same = names[:, None] == names[None, :]
    return cosine[pairs & same], cosine[pairs & ~same]
