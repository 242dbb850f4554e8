"""The second stage: batches of classes, pairs that count, a head that names on a trunk that stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kyara.training.builtin import embedding
from kyara.training.builtin.augmentation import normalised
from kyara.training.builtin.backbone import Faces, Shape
from kyara.training.builtin.crops import faces, identities
from kyara.training.builtin.embedding import Lessons, Practice, drawn, learn_embedding, lessons_of, similarities
from kyara.training.builtin.stem import TOY

SMALL = Shape(TOY, 20, layers=1, heads=5, mlp=20, embedding=16)
PRACTICE = Practice(60, characters=4, of_each=2, weak_classes=4, rate=5e-3)


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


@pytest.fixture(scope="module")
def taught(toy, tmp_path_factory: pytest.TempPathFactory) -> tuple[Faces, Lessons, Path]:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    file = tmp_path_factory.mktemp("work") / "seen.pt"
    trunk = Faces(SMALL)
    named = identities(toy.data, toy.splits)
    with torch.no_grad():  # batch norms that have seen pictures; untaught ones let nearly nothing through
        for _ in range(20):
            trunk(normalised(named.crops.pixels))
    lessons = lessons_of(trunk, named.crops, faces(toy.data, toy.splits)[0], PRACTICE, file)
    return trunk, lessons.only(named.learned(1)), file


def test_lessons_are_what_the_trunk_sees_in_labelled_faces_and_learned_names(taught) -> None:
    _, lessons, _ = taught
    assert lessons.named.shape == (41, 2, 4 * 20 + 3 * 4 * 48)
    assert len(lessons.faces) == len(lessons.colours)
    assert (lessons.colours >= 0).all()
    assert not torch.equal(lessons.named[:, 0], lessons.named[:, 1]), "two variations"


def test_lessons_are_found_once(taught, toy, monkeypatch: pytest.MonkeyPatch) -> None:
    trunk, lessons, file = taught
    monkeypatch.setattr(embedding, "_seen", None)
    again = lessons_of(trunk, identities(toy.data, toy.splits).crops, faces(toy.data, toy.splits)[0], PRACTICE, file)
    assert torch.equal(again.faces, lessons.faces)


def test_practice_draws_characters_together_and_goes_on(taught, tmp_path: Path) -> None:
    trunk, lessons, _ = taught

    def apart(head: torch.nn.Module) -> float:
        with torch.inference_mode():
            named = torch.nn.functional.normalize(head(lessons.named[:, 0]), dim=1)
        same, different = similarities(named, lessons.names, torch.arange(len(named)))
        return float(same.mean() - different.mean())

    learner = learn_embedding(trunk, PRACTICE, lessons, tmp_path / "fold1.pt")
    assert learner.step == 60
    assert apart(learner.average) > apart(trunk.who) + 0.1
    again = learn_embedding(trunk, PRACTICE, lessons, tmp_path / "fold1.pt")
    for one, other in zip(again.average.parameters(), learner.average.parameters(), strict=True):
        assert torch.equal(one, other)
