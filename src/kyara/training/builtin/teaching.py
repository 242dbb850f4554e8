"""First stage of a small network: it learns to answer as larger ones do, then what was seen by looking.

Teachers and pupil look at the same variation of a crop, mixed with a neighbour, so that every step asks something new
("function matching", Beyer et al., arXiv:2106.05237). What the teachers say together is the mean of their calibrated
chances. In a last term their answers on the crop as it is count beside its label and its looks. Knows no names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional

from kyara.errors import SourceError
from kyara.training.builtin.attributes import ASKED_AT_ONCE, BATCH, HARDER, Say, ask, right, rows_of
from kyara.training.builtin.augmentation import Variation, mixed, normalised, varied
from kyara.training.builtin.backbone import Answer, Faces, Shape
from kyara.training.builtin.crops import COLOURS, Crops
from kyara.training.builtin.export import INPUT
from kyara.training.builtin.learning import Learner, Pace
from kyara.training.builtin.looks import joined
from kyara.weights import Model, Runtime

# Chances (n, 12) of hair and (n, 11) of eyes for float32 (n, 3, 96, 96) from -1 to 1.
Asked = Callable[[Tensor], list[Tensor]]


@dataclass(frozen=True, slots=True)
class Term:
    """So many epochs of one kind. `mix` is how much of a neighbour a crop may take up, `cooling` the share of the steps
    in which the rate falls; with `looks` a crop's label and looks count beside what the teachers say of it."""

    epochs: int
    rate: float
    how: Variation
    mix: float
    cooling: float
    looks: bool = False


FOLLOWED, LOOKED_AT = Term(24, 1e-3, HARDER, 0.3, 0.7), Term(4, 4e-4, HARDER, 0.2, 0.8, looks=True)


@dataclass(frozen=True, slots=True)
class Schooling:
    """The terms one after another. `heard` is the power to which looks count beside teachers, `believed` the weight of
    a label that a look saw too."""

    terms: tuple[Term, ...] = (FOLLOWED, LOOKED_AT)
    heard: float = 0.5
    believed: float = 0.7
    imagenet: bool = True
    seed: int = 4


class Teacher:
    """A network of this package (faces.onnx with faces.toml beside it) that answers with calibrated chances."""

    def __init__(self, path: Path, threads: int) -> None:
        """Raises SourceError where one of the files is missing."""
        numbers = path.with_suffix(".toml")
        for file in (path, numbers):
            if not file.is_file():
                raise SourceError(f"{file} is absent; a teacher is a faces.onnx with its faces.toml beside it")
        table = tomllib.loads(numbers.read_text(encoding="utf-8"))
        self._temperatures = [float(table[name]["temperature"]) for name in COLOURS]
        self._network = Model(path, Runtime("openvino", "cpu", "f32", threads, 1))

    def __call__(self, pixels: Tensor) -> list[Tensor]:
        said = self._network.run({INPUT: np.ascontiguousarray(pixels.numpy())})
        return [
            functional.softmax(torch.from_numpy(np.array(said[name], np.float32)) / divisor, 1)
            for name, divisor in zip(COLOURS, self._temperatures, strict=True)
        ]


def learn_from(
    teachers: Sequence[Asked], shape: Shape, schooling: Schooling, crops: tuple[Crops, Crops], work: Path, say: Say
) -> list[Learner]:
    """The learners of all terms over (crops to learn from, to check on): the last one's `average` is the trunk. Goes on
    from WORK/pupil1.pt and so on."""
    torch.manual_seed(schooling.seed)
    pupil = Faces(shape)
    if schooling.imagenet:
        pupil.stem.begin_with_imagenet()
    network: torch.nn.Module = pupil
    learners: list[Learner] = []
    for number, term in enumerate(schooling.terms, 1):
        steps = term.epochs * _per_epoch(crops[0])
        pace = Pace(steps, term.rate, max(1, min(300, steps // 10)), term.cooling, seed=schooling.seed + number - 1)
        learner = Learner(network, pace, work / f"pupil{number}.pt")
        told = _told(teachers, schooling, crops[0]) if term.looks else []
        learner.learn(_loss(teachers, term, crops[0], told, learner), _reporting(learner, crops, say))
        _report(learner, crops[1], say)
        learners.append(learner)
        network = deepcopy(learner.average).requires_grad_(True)
    return learners


def _per_epoch(crops: Crops) -> int:
    return max(1, len(crops) // BATCH)


def _reporting(learner: Learner, crops: tuple[Crops, Crops], say: Say) -> Callable[[int], None]:
    def report(step: int) -> None:
        if step % (3 * _per_epoch(crops[0])) == 0:
            _report(learner, crops[1], say)

    return report


def _report(learner: Learner, checks: Crops, say: Say) -> None:
    said = ask(learner.average, checks.pixels)
    say(
        f"step {learner.step} of {learner.pace.steps}, {learner.cpu_s / 60:.1f} CPU minutes: right on {len(checks)}"
        f" checked rows: hair {right(said.hair, checks.hair):.3f}, eyes {right(said.eyes, checks.eyes):.3f}"
    )


def _together(teachers: Sequence[Asked], views: Tensor) -> list[Tensor]:
    """Mean chances (n, 12) of hair and (n, 11) of eyes."""
    said = [teacher(views) for teacher in teachers]
    return [torch.stack(chances).mean(0) for chances in zip(*said, strict=True)]


def _told(teachers: Sequence[Asked], schooling: Schooling, crops: Crops) -> list[Tensor]:
    """What to learn of every crop as it is: (n, 12) of hair and (n, 11) of eyes."""
    parts = [_together(teachers, normalised(pixels)) for pixels in torch.split(crops.pixels, ASKED_AT_ONCE)]
    chances = [torch.cat(part) for part in zip(*parts, strict=True)]
    return [
        joined(said, labels, looks, schooling.heard, schooling.believed)
        for said, labels, looks in zip(chances, (crops.hair, crops.eyes), crops.looks.unbind(1), strict=True)
    ]


def _loss(
    teachers: Sequence[Asked], term: Term, crops: Crops, told: list[Tensor], learner: Learner
) -> Callable[[int, Generator], Tensor]:
    def loss(step: int, generator: Generator) -> Tensor:
        rows = rows_of(step, len(crops))
        views = varied(crops.pixels[rows], crops.pixels.shape[-1], term.how, generator)
        views, answers = mixed(views, [answer[rows] for answer in told], term.mix, generator)
        hair, eyes = answers or _together(teachers, views)
        answer: Answer = learner.network(views.contiguous(memory_format=torch.channels_last))
        return functional.cross_entropy(answer.hair, hair) + functional.cross_entropy(answer.eyes, eyes)

    return loss
