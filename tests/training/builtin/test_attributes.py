"""The first stage: colours are learned from labels and looks, or from teachers; it goes on after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kyara.training.builtin.attributes import BATCH, TAGS, Course, Term, ask, learn_attributes, right, rows_of
from kyara.training.builtin.augmentation import Variation, normalised
from kyara.training.builtin.backbone import Answer, Shape
from kyara.training.builtin.crops import EYES, HAIR, UNLABELLED, Crops, faces
from kyara.training.builtin.learning import Learner
from kyara.training.builtin.looks import Belief
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)
TERM = Term(14, 5e-3, Variation(), 0.1, 0.7)
ALONE = Course(SMALL, (replace(TERM, side_px=32), replace(TERM, epochs=4, side_px=48)), TAGS, imagenet=False)
BEHIND = Course(
    SMALL, (replace(TERM, looks=False), Term(2, 1e-3, Variation(), 0.0, 1.0, looks=False)), Belief(), imagenet=False
)


class RedOrBlue:
    """The first hair for a crop whose left edge is red rather than blue, else the second; of eyes always the third."""

    def __init__(self, first: int, second: int) -> None:
        self.classes = first, second

    def __call__(self, pixels: Tensor) -> list[Tensor]:
        red = pixels[:, 0, :, :8].mean((1, 2)) > pixels[:, 2, :, :8].mean((1, 2))
        hair = torch.where(red, *(torch.tensor(one) for one in self.classes))
        return [
            functional.one_hot(hair, len(HAIR)).float(),
            functional.one_hot(torch.full_like(hair, 2), len(EYES)).float(),
        ]


@pytest.fixture(scope="module")
def crops(toy) -> tuple[Crops, Crops]:
    """To learn from: with a look each that saw what the label says; to check on."""
    torch.set_num_threads(1)
    learn, checks = faces(toy.data, toy.splits)
    labels = torch.stack([learn.hair, learn.eyes], 1)
    return replace(learn, looks=torch.stack([labels, torch.full_like(labels, UNLABELLED)], -1)[:, :, None]), checks


@pytest.fixture(scope="module")
def unlabelled(crops: tuple[Crops, Crops]) -> tuple[Crops, Crops]:
    learn, checks = crops
    nothing = torch.full_like(learn.hair, UNLABELLED)
    return replace(learn, hair=nothing, eyes=nothing), checks


@pytest.fixture(scope="module")
def alone(
    crops: tuple[Crops, Crops], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Learner], list[str], Path]:
    said: list[str] = []
    work = tmp_path_factory.mktemp("alone")
    return learn_attributes(ALONE, crops, work, said.append), said, work


def _behind(teachers: list[RedOrBlue], crops: tuple[Crops, Crops], work: Path) -> Answer:
    learners = learn_attributes(BEHIND, crops, work, lambda line: None, teachers)
    return ask(learners[-1].average, crops[1].pixels)


def test_toy_colours_are_learned_from_labels_and_looks(alone, crops: tuple[Crops, Crops]) -> None:
    (_, learner), said, _ = alone
    checks = crops[1]
    answer = ask(learner.average, checks.pixels, 48)
    assert right(answer.hair, checks.hair) > 0.6  # chance is 0.25
    assert right(answer.eyes, checks.eyes) > 0.6  # chance is 0.5
    assert "term 2 of 2" in said
    assert f"right on {len(checks)} checked rows" in said[-1]


def test_a_later_term_starts_from_the_average_of_the_one_before(alone) -> None:
    (first, second), _, _ = alone
    assert not torch.equal(second.average.hair.weight, first.average.hair.weight)
    near = (second.average.hair.weight - first.average.hair.weight).norm()
    assert near < first.average.hair.weight.norm()


def test_goes_on_from_its_checkpoints(alone, crops: tuple[Crops, Crops]) -> None:
    learners, _, work = alone
    again = learn_attributes(ALONE, crops, work, lambda line: None)
    for one, other in zip(again, learners, strict=True):
        assert one.step == other.step
        assert torch.equal(one.average.hair.weight, other.average.hair.weight)


def test_the_pupil_follows_its_teacher_without_labels(unlabelled: tuple[Crops, Crops], tmp_path: Path) -> None:
    teacher = RedOrBlue(4, 7)
    answer = _behind([teacher], unlabelled, tmp_path)
    hair, _ = teacher(normalised(unlabelled[1].pixels))
    assert (answer.hair.argmax(1) == hair.argmax(1)).float().mean() > 0.9  # half by chance
    assert (answer.eyes.argmax(1) == 2).all()
    again = _behind([RedOrBlue(0, 1)], unlabelled, tmp_path)  # nothing is left to learn
    assert torch.equal(answer.hair, again.hair)


def test_of_two_teachers_the_pupil_learns_the_mean(unlabelled: tuple[Crops, Crops], tmp_path: Path) -> None:
    answer = _behind([RedOrBlue(4, 7), RedOrBlue(4, 9)], unlabelled, tmp_path)
    chances = answer.hair.softmax(1)
    red = chances[:, 4] > 0.5
    assert 0.2 < red.float().mean() < 0.8
    assert (chances[~red][:, 7] - chances[~red][:, 9]).abs().max() < 0.4
    assert chances[~red][:, 7].mean() > 0.25


def test_in_a_term_of_looks_a_teacher_counts_beside_label_and_looks(crops: tuple[Crops, Crops], tmp_path: Path) -> None:
    learn, checks = crops
    course = replace(ALONE, terms=(replace(TERM, side_px=32),), belief=Belief())

    def wrong(pixels: Tensor) -> list[Tensor]:
        return [functional.one_hot(torch.full((len(pixels),), 2), len(known)).float() for known in (HAIR, EYES)]

    def learned(work: str, taught: Crops) -> Tensor:
        (tmp_path / work).mkdir()
        (learner,) = learn_attributes(course, (taught, checks), tmp_path / work, lambda line: None, [wrong])
        return ask(learner.average, checks.pixels, 32).hair

    assert right(learned("seen", learn), checks.hair) > 0.6  # a quarter by chance, less by the teacher
    unseen = learned("unseen", replace(learn, looks=torch.full_like(learn.looks, UNLABELLED)))
    assert (unseen.argmax(1) == 2).all()  # a label that no look saw is not learned


def test_every_row_comes_once_an_epoch() -> None:
    rows = torch.cat([rows_of(step, 3 * BATCH) for step in range(3)])
    assert sorted(rows.tolist()) == list(range(3 * BATCH))
    assert not torch.equal(rows[:BATCH], rows_of(3, 3 * BATCH))
