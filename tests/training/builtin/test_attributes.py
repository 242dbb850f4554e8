"""The first stage: toy colours are learned, self-labels lean on labels and fill the gaps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kyara.training.builtin import attributes
from kyara.training.builtin.attributes import Course, Lesson, Round, ask, learn_attributes, pace_of, plan, right
from kyara.training.builtin.augmentation import Variation
from kyara.training.builtin.backbone import Shape
from kyara.training.builtin.crops import UNLABELLED, Crops, faces
from kyara.training.builtin.learning import Learner
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)
VARIATION = Variation()
ROUND = Round((Lesson(12, 32), Lesson(4, 48, True)), 5e-3, VARIATION, 0.05, 0.4)
AGAIN = Round((Lesson(2, 48, True),), 2e-3, VARIATION, 0.3, 0.7)
COURSE = Course((ROUND, AGAIN), imagenet=False)


@pytest.fixture(scope="module")
def learned(toy, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Learner], tuple[Crops, Crops], list[str]]:
    torch.set_num_threads(1)
    crops = faces(toy.data, toy.splits)
    said: list[str] = []
    return learn_attributes(SMALL, COURSE, crops, tmp_path_factory.mktemp("work"), said.append), crops, said


def test_toy_colours_are_learned(learned) -> None:
    (_, learner), (_, checks), _ = learned
    answer = ask(learner.average, checks.pixels, 48)
    assert right(answer.hair, checks.hair) > 0.6  # chance is 0.25
    assert right(answer.eyes, checks.eyes) > 0.6  # chance is 0.5


def test_self_labels_lean_on_labels_and_fill_gaps(learned) -> None:
    (learner, _), (crops, _), said = learned
    hair = learner.notes["hair"]
    torch.testing.assert_close(hair.sum(1), torch.ones(len(crops)))
    known = crops.hair != UNLABELLED
    assert (hair[known].gather(1, crops.hair[known][:, None]) >= COURSE.believed - 1e-6).all()
    assert any("disagrees" in line for line in said)


def test_the_plan_counts_unlabelled_crops_where_they_take_part(learned) -> None:
    _, (crops, _), _ = learned
    (first, _), (second, lesson) = plan(ROUND.lessons, crops)
    labelled = int((crops.hair != UNLABELLED).sum())
    assert (first, second) == (0, 12 * (labelled // attributes.BATCH))
    assert lesson.self_labels
    assert pace_of(ROUND, crops, 4).steps == second + 4 * (len(crops) // attributes.BATCH)


def test_every_row_comes_once_an_epoch() -> None:
    rows = torch.cat([attributes.rows_of(step, 3 * attributes.BATCH) for step in range(3)])
    assert sorted(rows.tolist()) == list(range(3 * attributes.BATCH))
    assert not torch.equal(rows[: attributes.BATCH], attributes.rows_of(3, 3 * attributes.BATCH))


def test_the_second_round_starts_from_the_first_and_keeps_its_labels(learned) -> None:
    (first, second), (crops, _), said = learned
    known = crops.hair != UNLABELLED
    assert (second.notes["hair"][known].gather(1, crops.hair[known][:, None]) >= COURSE.believed - 1e-6).all()
    assert not torch.equal(second.notes["hair"], first.notes["hair"])
    assert not torch.equal(second.average.hair.weight, first.average.hair.weight)
    assert "round 2 of 2" in said


def test_goes_on_from_its_checkpoints(learned, tmp_path: Path) -> None:
    learners, crops, _ = learned
    for number, learner in enumerate(learners, 1):
        learner._path = tmp_path / f"trunk{number}.pt"
        learner.save()
    again = learn_attributes(SMALL, COURSE, crops, tmp_path, lambda line: None)
    for one, other in zip(again, learners, strict=True):
        assert one.step == other.step
        assert torch.equal(one.notes["eyes"], other.notes["eyes"])
