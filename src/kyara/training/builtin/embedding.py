"""Second stage: the head that names learns who is who; the trunk, and with it every answer on colours, stays as it is.

Half of every batch are crops of a few characters, drawn together by supervised contrast (arXiv:2004.11362, the loss of
pytorch-metric-learning); half are faces in pairs of equal hair and eye colours, weak classes drawn together likewise,
since a dozen characters alone teach to tell that dozen apart. The trunk comes from the first stage, which knows no
names; what it sees in a few variations of every crop is found once. Knows nothing of folds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from pytorch_metric_learning.losses import SupConLoss
from torch import Generator, Tensor
from torch.nn import functional

from kyara.results.atomic import write_atomically
from kyara.training.builtin.attributes import ASKED_AT_ONCE
from kyara.training.builtin.augmentation import Variation, varied
from kyara.training.builtin.backbone import Faces, everything
from kyara.training.builtin.crops import EYES, UNLABELLED, Crops
from kyara.training.builtin.learning import Learner, Pace


@dataclass(frozen=True, slots=True)
class Practice:
    """How many variations of every crop; how a batch is made up; what the weak classes weigh."""

    steps: int = 800
    variations: int = 2
    characters: int = 8
    of_each: int = 6
    weak_classes: int = 32
    temperature: float = 0.1
    weak: float = 0.5
    rate: float = 1e-3
    decay: float = 0.1


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the trunk sees in `variations` of every crop, (n, variations, size), and the class (n,) of each."""

    named: Tensor
    names: Tensor
    faces: Tensor
    colours: Tensor

    def only(self, rows: Tensor) -> Lessons:
        """With those `rows` of the named crops alone."""
        return Lessons(self.named[rows], self.names[rows], self.faces, self.colours)


def lessons_of(trunk: Faces, named: Crops, faces: Crops, practice: Practice, file: Path) -> Lessons:
    """What the trunk sees in named crops and in labelled faces; kept in `file`, since it takes minutes to find."""
    faces = faces.take(torch.where(faces.hair != UNLABELLED)[0])
    pixels = torch.cat([named.pixels, faces.pixels])
    if not file.is_file():
        found = torch.stack([_seen(trunk, pixels, number) for number in range(practice.variations)], 1)
        write_atomically(file, lambda path: torch.save(found, path))
    seen = torch.load(file, weights_only=True)
    return Lessons(seen[: len(named)], named.names, seen[len(named) :], faces.hair * len(EYES) + faces.eyes)


def learn_embedding(trunk: Faces, practice: Practice, lessons: Lessons, checkpoint: Path) -> Learner:
    """The learner after its practice: `average` is the head that names. Goes on from `checkpoint`."""
    torch.manual_seed(5)
    head = Faces(trunk.shape).who
    pace = Pace(practice.steps, practice.rate, 50, cooling=0.7, decay=practice.decay, averaging=0.99, seed=5)
    learner = Learner(head, pace, checkpoint)
    learner.learn(_loss(practice, lessons, learner))
    return learner


def _seen(trunk: Faces, pixels: Tensor, seed: int) -> Tensor:
    trunk.eval()
    generator, side_px, how = torch.Generator().manual_seed(seed), trunk.shape.side_px, Variation()
    with torch.inference_mode():
        parts = [
            everything(*trunk.seen(varied(p, side_px, how, generator))) for p in torch.split(pixels, ASKED_AT_ONCE)
        ]
    return torch.cat(parts).clone()


def _loss(practice: Practice, lessons: Lessons, learner: Learner) -> Callable[[int, Generator], Tensor]:
    contrast = SupConLoss(temperature=practice.temperature)

    def together(seen: Tensor, classes: Tensor, count: int, of_each: int, generator: Generator) -> Tensor:
        rows = drawn(classes, count, of_each, generator)
        variation = torch.randint(seen.shape[1], (len(rows),), generator=generator)
        named = functional.normalize(learner.network(seen[rows, variation]), dim=1)
        return torch.as_tensor(contrast(named, classes[rows]))

    def loss(step: int, generator: Generator) -> Tensor:
        who = together(lessons.named, lessons.names, practice.characters, practice.of_each, generator)
        alike = together(lessons.faces, lessons.colours, practice.weak_classes, 2, generator)
        return who + practice.weak * alike

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


def similarities(embeddings: Tensor, names: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines of all pairs of unit vectors from different `pictures`: (of one character, of two)."""
    cosine = embeddings @ embeddings.T
    pairs = torch.triu(pictures[:, None] != pictures[None, :], diagonal=1)
    same = names[:, None] == names[None, :]
    return cosine[pairs & same], cosine[pairs & ~same]
