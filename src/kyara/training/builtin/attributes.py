"""First stage: the trunk learns hair and eye colours from noisy labels, and what to think of crops that have none.

In the last lesson of a round the average of its weights is asked what it sees, and its answer counts beside the label
and instead of a missing one. A further round would start from the one before as its teacher for every crop, and work
harder for the same answers (Noisy Student, arXiv:1911.04252); the shipped network has one. Knows no names.
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
from kyara.training.builtin.crops import EYES, HAIR, UNLABELLED, Crops
from kyara.training.builtin.learning import Learner, Pace

BATCH = 64
ASKED_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Lesson:
    """So many epochs at `side_px`; over labelled crops alone, or over all of them with self-labels."""

    epochs: int
    side_px: int
    self_labels: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """`mix` is how much of a neighbour a crop may take up, `cooling` the share of the steps in which the rate falls."""

    lessons: tuple[Lesson, ...]
    rate: float
    how: Variation
    mix: float
    cooling: float


HARDER = Variation(scale=0.2, shift=0.1, aspect=0.1, light=0.06, contrast=0.1, saturation=0.1, covered=0.3)
FIRST = Round((Lesson(6, 64), Lesson(8, 96), Lesson(2, 96, True)), 1e-3, HARDER, 0.1, 0.6)


@dataclass(frozen=True, slots=True)
class Course:
    """`believed` is the weight of a label beside the self-label, `sharper` the power to which that is raised; with
    `imagenet` the stem begins with what it learned there."""

    rounds: tuple[Round, ...] = (FIRST,)
    imagenet: bool = True
    believed: float = 0.6
    sharper: float = 1.5
    smoothing: float = 0.05
    seed: int = 4


Say = Callable[[str], None]


def learn_attributes(shape: Shape, course: Course, crops: tuple[Crops, Crops], work: Path, say: Say) -> list[Learner]:
    """The learners of all rounds over (to learn from, to check on): the last one's `average` is the trunk. Goes on from
    WORK/trunk1.pt and so on."""
    torch.manual_seed(course.seed)
    faces = Faces(shape)
    if course.imagenet:
        faces.stem.begin_with_imagenet()
    network: torch.nn.Module = faces
    learners: list[Learner] = []
    for number, one in enumerate(course.rounds, 1):
        pace = pace_of(one, crops[0], course.seed)
        learner = Learner(network, pace, work / f"trunk{number}.pt")
        if learners and not learner.notes:
            learner.notes = self_labels(learners[-1].average, crops[0], course, shape.side_px, say)
        say(f"round {number} of {len(course.rounds)}")
        _Attributes(course, one, crops, learner, say).run()
        learners.append(learner)
        network = deepcopy(learner.average).requires_grad_(True)
    return learners


def self_labels(network: torch.nn.Module, crops: Crops, course: Course, side_px: int, say: Say) -> dict[str, Tensor]:
    """What to learn of every crop: {"hair": (n, 12), "eyes": (n, 11)}, the network's answer beside the label."""
    notes = {}
    asked = ask(network, crops.pixels, side_px)
    for name, logits, labels, known in (
        ("hair", asked.hair, crops.hair, HAIR), ("eyes", asked.eyes, crops.eyes, EYES),
    ):  # fmt: skip
        said = functional.softmax(course.sharper * logits, 1)
        truth = labels != UNLABELLED
        against = int(((said.argmax(1) != labels) & truth).sum())
        say(f"  {name}: the average disagrees with {against} of {int(truth.sum())} labels")
        weight = course.believed * truth[:, None].float()
        notes[name] = weight * one_hot(labels.clamp(min=0), known) + (1 - weight) * said
    return notes


def plan(lessons: Sequence[Lesson], crops: Crops) -> list[tuple[int, Lesson]]:
    """(first step, lesson) of every lesson."""
    starts, step = [], 0
    for lesson in lessons:
        starts.append((step, lesson))
        step += lesson.epochs * _per_epoch(lesson, crops)
    return starts


def pace_of(one: Round, crops: Crops, seed: int) -> Pace:
    steps = sum(lesson.epochs * _per_epoch(lesson, crops) for lesson in one.lessons)
    return Pace(steps, one.rate, warm_up=min(300, max(1, steps // 10)), cooling=one.cooling, seed=seed)


def _per_epoch(lesson: Lesson, crops: Crops) -> int:
    return max(1, (len(crops) if lesson.self_labels else int((crops.hair != UNLABELLED).sum())) // BATCH)


class _Attributes:
    def __init__(self, course: Course, one: Round, crops: tuple[Crops, Crops], learner: Learner, say: Say) -> None:
        self.course, self.round, self.learner, self.say = course, one, learner, say
        self.crops, self.checks = crops
        self.labelled = torch.where(self.crops.hair != UNLABELLED)[0]
        self.plan = plan(one.lessons, self.crops)

    def run(self) -> None:
        self.learner.learn(self.loss, self.before)
        self.report(self.learner.pace.steps)

    def at(self, step: int) -> tuple[int, Lesson]:
        return next((start, lesson) for start, lesson in reversed(self.plan) if start <= step)

    def loss(self, step: int, generator: Generator) -> Tensor:
        start, lesson = self.at(step)
        crops = self.crops
        if lesson.self_labels:
            rows = rows_of(step - start, len(crops))
            targets = [self.learner.notes["hair"][rows], self.learner.notes["eyes"][rows]]
        else:
            rows = self.labelled[rows_of(step - start, len(self.labelled))]
            targets = [one_hot(crops.hair[rows], HAIR), one_hot(crops.eyes[rows], EYES)]
        pixels = varied(crops.pixels[rows], lesson.side_px, self.round.how, generator)
        pixels, targets = mixed(pixels, targets, self.round.mix, generator)
        answer: Answer = self.learner.network(pixels.contiguous(memory_format=torch.channels_last))
        smoothing = 0.0 if lesson.self_labels else self.course.smoothing  # self-labels are soft already
        return soft_loss(answer.hair, targets[0], smoothing) + soft_loss(answer.eyes, targets[1], smoothing)

    def before(self, step: int) -> None:
        start, lesson = self.at(step)
        epoch, left = divmod(step - start, _per_epoch(lesson, self.crops))
        if left:
            return
        if lesson.self_labels and not self.learner.notes:
            self.learner.notes = self_labels(
                self.learner.average, self.crops, self.course, self.plan_side(step), self.say
            )
            self.learner.save()
        if epoch % 3 == 0:
            self.report(step, lesson.side_px)

    def plan_side(self, step: int) -> int:
        """The size of crops that the average knows: that of the step before."""
        return self.at(max(0, step - 1))[1].side_px

    def report(self, step: int, side_px: int | None = None) -> None:
        hair, eyes, _ = ask(self.learner.average, self.checks.pixels, side_px)
        self.say(
            f"step {step} of {self.learner.pace.steps}, {self.learner.cpu_s / 60:.1f} CPU minutes: right on"
            f" {len(self.checks)} checked rows: hair {right(hair, self.checks.hair):.3f},"
            f" eyes {right(eyes, self.checks.eyes):.3f}"
        )


def ask(network: torch.nn.Module, pixels: Tensor, side_px: int | None = None) -> Answer:
    """What `network` answers to uint8 (n, 3, h, w), without any variation."""
    network.eval()
    with torch.inference_mode():
        parts = [
            network(normalised(p, side_px).contiguous(memory_format=torch.channels_last))
            for p in torch.split(pixels, ASKED_AT_ONCE)
        ]
    return Answer(*(torch.cat(part).clone() for part in zip(*parts, strict=True)))


def one_hot(labels: Tensor, known: tuple[str, ...]) -> Tensor:
    return functional.one_hot(labels, len(known)).float()


def soft_loss(logits: Tensor, target: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy against a distribution (n, classes)."""
    return functional.cross_entropy(logits, target, label_smoothing=smoothing)


def right(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).float().mean())


def rows_of(step: int, count: int) -> Tensor:
    """The rows of a batch (at most BATCH): a new order every epoch, the same for the same step."""
    per_epoch = max(1, count // BATCH)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(7919 * (step // per_epoch) + 1))
    at = step % per_epoch * BATCH
    return order[at : at + BATCH]
