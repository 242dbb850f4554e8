"""Crops for training: nothing held out, a tenth to check on, folds without their characters and their pictures."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from kyara.errors import SourceError
from kyara.training.builtin import crops
from kyara.training.builtin.crops import (
    EYES,
    HAIR,
    UNLABELLED,
    Crops,
    decoded,
    faces,
    identities,
)


def _has(part: Crops, image: bytes) -> bool:
    return bool((part.pixels == decoded([image])).flatten(1).all(1).any())


def test_held_out_faces_are_in_neither_part(toy) -> None:
    learned, checked = faces(toy.data, toy.splits)
    rows = pq.read_table(toy.data / "faces_hair_eye.parquet").to_pylist()
    assert len(learned) + len(checked) == 298
    for identifier in (3, 10):
        assert not _has(learned, rows[identifier]["image"])
        assert not _has(checked, rows[identifier]["image"])
    assert _has(learned, rows[4]["image"])


def test_a_tenth_of_the_labelled_is_checked_on_and_all_of_it_is_labelled(toy) -> None:
    learned, checked = faces(toy.data, toy.splits)
    assert 10 <= len(checked) <= 40
    assert (checked.hair != UNLABELLED).all()
    assert (learned.hair == UNLABELLED).sum() == 60
    assert (learned.names == UNLABELLED).all()


def test_labels_stand_beside_their_pixels(toy) -> None:
    learned, _ = faces(toy.data, toy.splits)
    corner = learned.pixels[:, :, :8, :8].float().mean((2, 3))
    red = learned.hair == HAIR.index("red")
    assert (corner[red].argmax(1) == 0).all()
    assert (corner[learned.hair == HAIR.index("blue")].argmax(1) == 2).all()


def test_looks_stand_beside_their_pixels(toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = tmp_path / "once.csv", tmp_path / "again.csv"
    paths[0].write_text("id,hair_color,eye_color\ntoy4,blonde|red,unclear\n")
    paths[1].write_text("id,hair_color,eye_color\ntoy3,red,red\ntoy4,gray,black\n")
    monkeypatch.setattr(crops, "LOOKS", paths)
    learned, checked = faces(toy.data, toy.splits)
    image = pq.read_table(toy.data / "faces_hair_eye.parquet")["image"][4].as_py()
    row = int((learned.pixels == decoded([image])).flatten(1).all(1).nonzero())
    nothing = [UNLABELLED, UNLABELLED]
    hair = [[HAIR.index("blonde"), HAIR.index("red")], [HAIR.index("gray"), UNLABELLED]]
    assert learned.looks[row].tolist() == [hair, [nothing, [EYES.index("black"), UNLABELLED]]]
    others = torch.arange(len(learned)) != row
    assert (learned.looks[others] == UNLABELLED).all(), "toy3 is held out"
    assert (checked.looks == UNLABELLED).all()


def test_a_fold_learns_no_picture_that_shows_its_characters(toy) -> None:
    rows = pq.read_table(toy.data / "faces_identity.parquet").to_pylist()
    named = identities(toy.data, toy.splits)
    learned, judged = ({rows[i]["id"] for i in part} for part in (named.learned(1), named.judged(1)))
    assert judged == {f"{name}{i}" for name in "abc" for i in range(5)}
    assert "d0" not in learned, "the same picture as a0"
    assert "e1" not in learned, "a twin of a1's picture"
    assert {"k4", "l4"}.isdisjoint(learned), "stands under two names"
    assert len(learned) == 9 * 5 - 4


def test_fold_0_learns_all_names_and_a_fold_nine(toy) -> None:
    named = identities(toy.data, toy.splits)
    assert len(named.learned(0)) == 60 - 2
    assert len(named.crops.names[named.learned(0)].unique()) == 12
    assert len(named.crops.names[named.learned(2)].unique()) == 9
    assert named.crops.pixels.shape == (60, 3, 96, 96)
    assert named.crops.pixels.dtype == torch.uint8


def test_twins_are_one_picture(toy) -> None:
    named = identities(toy.data, toy.splits)
    assert named.pictures[0] == named.pictures[15], "a0 and d0"
    assert named.pictures[1] == named.pictures[21], "a1 and e1"
    assert len(named.pictures.unique()) == 58


def test_absent_pack_says_what_to_give(tmp_path: Path, toy) -> None:
    with pytest.raises(SourceError, match="--splits"):
        faces(toy.data, tmp_path)
    with pytest.raises(SourceError, match="--data"):
        faces(tmp_path, toy.splits)
