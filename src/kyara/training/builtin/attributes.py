"""First stage: the trunk learns hair and eye colours from noisy labels, and what to think of crops that have none.

Labels are smoothed and lightly mixed. From the middle on the average of the weights so far is asked what it sees; its
answer counts beside the noisy label and instead of a missing one (self-ensembling: arXiv:1703.01780, 1910.01842).
Knows no names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor
from torch.nn import functional

from kyara.training.builtin.augmentation import mixed, normalised, varied
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
class Course:
    """`believed` is the weight of the label beside the self-label, `sharper` the power to which that is raised,
    `ask_every` how many epochs a self-label lasts."""

    lessons: tuple[Lesson, ...] = (Lesson(16, 64), Lesson(5, 96), Lesson(2, 96, True))
    ask_every: int = 3
    believed: float = 0.6
    sharper: float = 1.5
    smoothing: float = 0.05
    mix: float = 0.05
    rate: float = 1.5e-3
    seed: int = 4


Say = Callable[[str], None]


def learn_attributes(shape: Shape, course: Course, crops: tuple[Crops, Crops], work: Path, say: Say) -> Learner:
    """The learner after the course over (to learn from, to check on): `average` is the network. Goes on from
    WORK/trunk.pt."""
    torch.manual_seed(course.seed)
    learner = Learner(Faces(shape), pace_of(course, crops[0]), work / "trunk.pt")
    _Attributes(course, crops, learner, say).run()
    return learner


def plan(course: Course, crops: Crops) -> list[tuple[int, Lesson]]:
    """(first step, lesson) of every lesson."""
    starts, step = [], 0
    for lesson in course.lessons:
        starts.append((step, lesson))
        step += lesson.epochs * _per_epoch(lesson, crops)
    return starts


def pace_of(course: Course, crops: Crops) -> Pace:
    steps = sum(lesson.epochs * _per_epoch(lesson, crops) for lesson in course.lessons)
    return Pace(steps, course.rate, warm_up=min(300, max(1, steps // 10)), seed=course.seed)


def _per_epoch(lesson: Lesson, crops: Crops) -> int:
    return max(1, (len(crops) if lesson.self_labels else int((crops.hair != UNLABELLED).sum())) // BATCH)


class _Attributes:
    def __init__(self, course: Course, crops: tuple[Crops, Crops], learner: Learner, say: Say) -> None:
        self.course, self.learner, self.say = course, learner, say
        self.crops, self.checks = crops
        self.labelled = torch.where(self.crops.hair != UNLABELLED)[0]
        self.plan = plan(course, self.crops)

    def run(self) -> None:
        self.learner.learn(self.loss, self.before)
        self.report(self.learner.pace.steps)

    def at(self, step: int) -> tuple[int, Lesson]:
        return next((start, lesson) for start, lesson in reversed(self.plan) if start <= step)

    def loss(self, step: int, generator: Generator) -> Tensor:
        start, lesson = self.at(step)
        crops = self.crops
        if lesson.self_labels:
            rows = _rows(step - start, len(crops))
            targets = [self.learner.notes["hair"][rows], self.learner.notes["eyes"][rows]]
        else:
            rows = self.labelled[_rows(step - start, len(self.labelled))]
            targets = [one_hot(crops.hair[rows], HAIR), one_hot(crops.eyes[rows], EYES)]
        pixels, targets = mixed(
            varied(crops.pixels[rows], lesson.side_px, generator), targets, self.course.mix, generator
        )
        answer: Answer = self.learner.network(pixels.contiguous(memory_format=torch.channels_last))
        smoothing = 0.0 if lesson.self_labels else self.course.smoothing  # self-labels are soft already
        return soft_loss(answer.hair, targets[0], smoothing) + soft_loss(answer.eyes, targets[1], smoothing)

    def before(self, step: int) -> None:
        start, lesson = self.at(step)
        epoch, left = divmod(step - start, _per_epoch(lesson, self.crops))
        if left:
            return
        fresh = epoch == 0 and bool(self.learner.notes)  # those of the lesson before, at a size the average knows
        if lesson.self_labels and epoch % self.course.ask_every == 0 and not fresh:
            self.label()
        if epoch % 3 == 0:
            self.report(step, lesson.side_px)

    def label(self) -> None:
        """Ask the average for every crop; keep what to learn in the checkpoint's notes."""
        hair, eyes, _ = ask(self.learner.average, self.crops.pixels, self.at(self.learner.step)[1].side_px)
        for name, logits, labels, known in (
            ("hair", hair, self.crops.hair, HAIR), ("eyes", eyes, self.crops.eyes, EYES),
        ):  # fmt: skip
            said = functional.softmax(self.course.sharper * logits, 1)
            truth = labels != UNLABELLED
            against = (said.argmax(1) != labels) & truth
            self.say(f"  {name}: the average disagrees with {int(against.sum())} of {int(truth.sum())} labels")
            weight = self.course.believed * truth[:, None].float()
            self.learner.notes[name] = weight * one_hot(labels.clamp(min=0), known) + (1 - weight) * said
        self.learner.save()

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


def _rows(step: int, count: int) -> Tensor:
    """The rows of a batch: a new order every epoch, the same for the same step."""
    per_epoch = max(1, count // BATCH)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(7919 * (step // per_epoch) + 1))
    at = step % per_epoch * BATCH
    return order[at : at + BATCH]
