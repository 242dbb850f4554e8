"""First stage: the trunk learns hair and eye colours, alone or from larger networks. Knows no names.

Alone it learns what label and looks together say of each crop, labels more than looks. Behind teachers it first learns
to answer as they do: all look at the same variation of a crop, mixed with a neighbour, so that every step asks
something new ("function matching", Beyer et al., arXiv:2106.05237); then, in a term of looks, their answers on the crop
as it is count beside its label and its looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.nn import functional

from kyara.training.builtin.augmentation import Variation, mixed, normalised, varied
from kyara.training.builtin.backbone import Answer, Faces, Shape
from kyara.training.builtin.crops import COLOURS, SIDE_PX, Crops
from kyara.training.builtin.learning import Learner, Pace
from kyara.training.builtin.looks import Belief, joined
from kyara.training.builtin.stem import LITE0
from kyara.training.builtin.teachers import Asked, together

BATCH = 64
ASKED_AT_ONCE = 128
EPOCHS_A_REPORT = 3
SEED = 4
HARDER = Variation(scale=0.2, shift=0.1, aspect=0.1, light=0.06, contrast=0.1, saturation=0.1, covered=0.3)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Term:
    """So many epochs of one kind, at `side_px`. `mix` is how much of a neighbour a crop may take up, `cooling` the
    share of the steps in which the rate falls; with `looks` a crop's label and looks count, else teachers alone."""

    epochs: int
    rate: float
    how: Variation
    mix: float
    cooling: float
    looks: bool = True
    side_px: int = SIDE_PX


@dataclass(frozen=True, slots=True)
class Course:
    """A network, the terms in which it learns, and the belief of those with looks; with `imagenet` the stem begins with
    what it learned there."""

    shape: Shape
    terms: tuple[Term, ...]
    belief: Belief
    imagenet: bool = True
    seed: int = SEED


TAGS = Belief(seen=0.85, unseen=0.7)  # what taggers would say, before what is to be seen
ALONE = Course(
    Shape(),
    (Term(6, 1e-3, HARDER, 0.1, 0.3, side_px=64), Term(7, 1e-3, HARDER, 0.1, 0.7)),
    TAGS,
)
BEHIND_TEACHERS = Course(
    Shape(LITE0[:4], 128, heads=4, mlp=256),
    (Term(24, 1e-3, HARDER, 0.3, 0.7, looks=False), Term(4, 4e-4, HARDER, 0.2, 0.8)),
    Belief(),
)


def learn_attributes(
    course: Course, crops: tuple[Crops, Crops], work: Path, say: Say, teachers: Sequence[Asked] = ()
) -> list[Learner]:
    """The learners of all terms over (crops to learn from, to check on): the last one's `average` is the trunk. Goes on
    from WORK/trunk1.pt and so on. Without `teachers` every term must be one of looks."""
    torch.manual_seed(course.seed)
    faces = Faces(course.shape)
    if course.imagenet:
        faces.stem.begin_with_imagenet()
    network: torch.nn.Module = faces
    learners: list[Learner] = []
    for number, term in enumerate(course.terms, 1):
        steps = term.epochs * _per_epoch(crops[0])
        pace = Pace(steps, term.rate, max(1, min(300, steps // 10)), term.cooling, seed=course.seed + number - 1)
        learner = Learner(network, pace, work / f"trunk{number}.pt")
        say(f"term {number} of {len(course.terms)}")
        told = _told(teachers, course, crops[0]) if term.looks else []
        learner.learn(_loss(teachers, term, crops[0], told, learner), _reporting(learner, term, crops, say))
        _report(learner, term, crops[1], say)
        learners.append(learner)
        network = deepcopy(learner.average).requires_grad_(True)
    return learners


def ask(network: torch.nn.Module, pixels: Tensor, side_px: int = SIDE_PX) -> Answer:
    """What `network` answers to uint8 (n, 3, h, w), without any variation."""
    network.eval()
    with torch.inference_mode():
        parts = [
            network(normalised(p, side_px).contiguous(memory_format=torch.channels_last))
            for p in torch.split(pixels, ASKED_AT_ONCE)
        ]
    return Answer(*(torch.cat(part).clone() for part in zip(*parts, strict=True)))


def right(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).float().mean())


def rows_of(step: int, count: int) -> Tensor:
    """The rows of a batch (at most BATCH): a new order every epoch, the same for the same step."""
    per_epoch = max(1, count // BATCH)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(7919 * (step // per_epoch) + 1))
    at = step % per_epoch * BATCH
    return order[at : at + BATCH]


def _per_epoch(crops: Crops) -> int:
    return max(1, len(crops) // BATCH)


def _told(teachers: Sequence[Asked], course: Course, crops: Crops) -> list[Tensor]:
    """What to learn of every crop as it is: (n, 12) of hair and (n, 11) of eyes."""
    if teachers:
        parts = [together(teachers, normalised(pixels)) for pixels in torch.split(crops.pixels, ASKED_AT_ONCE)]
        chances = [torch.cat(part) for part in zip(*parts, strict=True)]
    else:
        chances = [torch.ones(len(crops), len(known)) for known in COLOURS.values()]
    return [
        joined(said, labels, looks, course.belief)
        for said, labels, looks in zip(chances, (crops.hair, crops.eyes), crops.looks.unbind(1), strict=True)
    ]


def _loss(
    teachers: Sequence[Asked], term: Term, crops: Crops, told: list[Tensor], learner: Learner
) -> Callable[[int, Generator], Tensor]:
    def loss(step: int, generator: Generator) -> Tensor:
        rows = rows_of(step, len(crops))
        views = varied(crops.pixels[rows], term.side_px, term.how, generator)
        views, answers = mixed(views, [answer[rows] for answer in told], term.mix, generator)
        hair, eyes = answers or together(teachers, views)
        answer: Answer = learner.network(views.contiguous(memory_format=torch.channels_last))
        return functional.cross_entropy(answer.hair, hair) + functional.cross_entropy(answer.eyes, eyes)

    return loss


def _reporting(learner: Learner, term: Term, crops: tuple[Crops, Crops], say: Say) -> Callable[[int], None]:
    def report(step: int) -> None:
        if step % (EPOCHS_A_REPORT * _per_epoch(crops[0])) == 0:
            _report(learner, term, crops[1], say)

    return report


def _report(learner: Learner, term: Term, checks: Crops, say: Say) -> None:
    said = ask(learner.average, checks.pixels, term.side_px)
    say(
        f"step {learner.step} of {learner.pace.steps}, {learner.cpu_s / 60:.1f} CPU minutes: right on {len(checks)}"
        f" checked rows: hair {right(said.hair, checks.hair):.3f}, eyes {right(said.eyes, checks.eyes):.3f}"
    )
