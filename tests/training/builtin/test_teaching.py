"""Learning from teachers: the pupil follows what they say together, hears looks in their term, goes on after a kill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from kyara.errors import SourceError
from kyara.training.builtin.attributes import ask
from kyara.training.builtin.augmentation import Variation, normalised
from kyara.training.builtin.backbone import Answer, Faces, Shape
from kyara.training.builtin.crops import COLOURS, EYES, HAIR, UNLABELLED, Crops, faces
from kyara.training.builtin.export import write_onnx, write_toml
from kyara.training.builtin.stem import TOY
from kyara.training.builtin.teaching import Schooling, Teacher, Term, learn_from

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)
TERMS = Term(14, 5e-3, Variation(), 0.1, 0.7), Term(2, 1e-3, Variation(), 0.0, 1.0)
SCHOOLING = Schooling(TERMS, imagenet=False)


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
    learn, checks = faces(toy.data, toy.splits)
    nothing = torch.full_like(learn.hair, UNLABELLED)
    return replace(learn, hair=nothing, eyes=nothing), checks


def _learned(teachers: list[RedOrBlue], crops: tuple[Crops, Crops], work: Path) -> Answer:
    torch.set_num_threads(1)
    return ask(learn_from(teachers, SMALL, SCHOOLING, crops, work, lambda line: None)[-1].average, crops[1].pixels)


def test_the_pupil_follows_its_teacher_without_labels(crops: tuple[Crops, Crops], tmp_path: Path) -> None:
    teacher = RedOrBlue(4, 7)
    answer = _learned([teacher], crops, tmp_path)
    hair, _ = teacher(normalised(crops[1].pixels))
    assert (answer.hair.argmax(1) == hair.argmax(1)).float().mean() > 0.9  # half by chance
    assert (answer.eyes.argmax(1) == 2).all()


def test_of_two_teachers_the_pupil_learns_the_mean(crops: tuple[Crops, Crops], tmp_path: Path) -> None:
    answer = _learned([RedOrBlue(4, 7), RedOrBlue(4, 9)], crops, tmp_path)
    chances = answer.hair.softmax(1)
    red = chances[:, 4] > 0.5
    assert 0.2 < red.float().mean() < 0.8
    assert (chances[~red][:, 7] - chances[~red][:, 9]).abs().max() < 0.4
    assert chances[~red][:, 7].mean() > 0.25


def test_in_a_term_of_looks_what_was_seen_counts_beside_a_teacher_who_knows_nothing(toy, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    learn, checks = faces(toy.data, toy.splits)
    labels = torch.stack([learn.hair, learn.eyes], 1)
    looks = torch.stack([labels, torch.full_like(labels, UNLABELLED)], -1)[:, :, None]
    seen = replace(learn, looks=looks)

    def clueless(pixels: Tensor) -> list[Tensor]:
        return [torch.full((len(pixels), len(known)), 1 / len(known)) for known in COLOURS.values()]

    schooling = replace(SCHOOLING, terms=(replace(TERMS[0], looks=True),))
    answer = ask(
        learn_from([clueless], SMALL, schooling, (seen, checks), tmp_path, lambda line: None)[-1].average, checks.pixels
    )
    assert (answer.hair.argmax(1) == checks.hair).float().mean() > 0.9  # a quarter by chance


def test_a_pupil_goes_on_from_its_checkpoint(crops: tuple[Crops, Crops], tmp_path: Path) -> None:
    whole = _learned([RedOrBlue(4, 7)], crops, tmp_path)
    again = _learned([RedOrBlue(0, 1)], crops, tmp_path)  # nothing is left to learn
    assert torch.equal(whole.hair, again.hair)


def test_a_teacher_speaks_with_calibrated_chances(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Faces(SMALL).eval()
    write_onnx(network, 96, tmp_path / "faces.onnx")
    write_toml({name: {"temperature": 4.0} for name in COLOURS}, tmp_path / "faces.toml", "toy")
    pixels = torch.rand(3, 3, 96, 96) * 2 - 1
    with torch.inference_mode():
        answer = network(pixels)
    for said, logits in zip(Teacher(tmp_path / "faces.onnx", 1)(pixels), (answer.hair, answer.eyes), strict=True):
        torch.testing.assert_close(said, functional.softmax(logits / 4, 1), atol=1e-5, rtol=1e-4)


def test_an_absent_teacher_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"faces\.toml beside it"):
        Teacher(tmp_path / "faces.onnx", 1)
