"""Scenes: where boxes go when pictures are moved, what is forgotten, and that a scene depends on its number alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kyara.training.builtin.heads.pasting import cut_out, paste
from kyara.training.builtin.heads.pictures import Picture
from kyara.training.builtin.heads.scenes import Material, _moved, recoloured, scene

SIDE = 128


def test_a_scene_depends_on_its_number_alone(material: Material) -> None:
    first, again, other = (scene(material, SIDE, 4, number) for number in (7, 7, 8))
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.heads, again.heads)
    assert not np.array_equal(first.pixels, other.pixels)


def test_boxes_hold_the_heads(material: Material) -> None:
    """Every head is darker inside its box than around it, in most scenes (colours and noise change some)."""
    good = total = 0
    for number in range(60):
        made = scene(material, SIDE, 1, number)
        grey = made.pixels.astype(float).mean(2)
        for x0, y0, x1, y1 in made.heads:
            middle = grey[int(y0 + (y1 - y0) * 0.25) : int(y1), int(x0 + (x1 - x0) * 0.35) : int(x1)]
            total += 1
            good += middle.size > 0 and np.median(middle) < np.median(grey) + 5
    assert total > 60
    assert good / total > 0.9


def test_boxes_stay_inside_and_have_a_size(material: Material) -> None:
    for number in range(40):
        made = scene(material, SIDE, 2, number)
        assert made.pixels.shape == (SIDE, SIDE, 3)
        assert made.pixels.dtype == np.uint8
        for boxes in (made.heads, made.ignored):
            assert boxes.dtype == np.float32
            assert boxes.min(initial=0) >= 0
            assert boxes.max(initial=0) <= SIDE
        assert ((made.heads[:, 2:] - made.heads[:, :2]) >= 4).all()


def test_a_turned_head_is_no_turned_square() -> None:
    box = np.array([[-10.0, -10, 10, 10]], np.float32)
    angle = math.radians(45)
    turn = np.array([[math.cos(angle), -math.sin(angle), 5], [math.sin(angle), math.cos(angle), 6]])
    assert _moved(box, turn)[0].tolist() == pytest.approx([-5, -4, 15, 16], abs=1e-4)


def test_a_cut_out_head_is_laid_where_its_box_says(picture: Picture) -> None:
    rng = np.random.default_rng(3)
    piece = cut_out(picture, rng)
    assert piece is not None
    ground = np.full((SIDE, SIDE, 3), 210, np.uint8)
    made, heads, asked = paste(ground, np.empty((0, 4), np.float32), piece, rng)
    assert len(heads) == 1
    assert asked.tolist() == [True]
    changed = np.argwhere((made != ground).any(2))
    low, high = changed.min(0)[::-1], changed.max(0)[::-1] + 1
    assert heads[0].tolist() == pytest.approx([*low, *high], abs=4)
    assert np.array_equal(ground, np.full_like(ground, 210)), "the scene before is left as it was"


def test_nothing_is_laid_on_a_head(picture: Picture) -> None:
    rng = np.random.default_rng(0)
    everywhere = np.array([[0.0, 0, SIDE, SIDE]], np.float32)
    made, heads, _ = paste(np.zeros((SIDE, SIDE, 3), np.uint8), everywhere, picture.pixels, rng)
    assert len(heads) == 1
    assert made.max() == 0


def test_a_picture_without_heads_makes_scenes_without_heads(picture: Picture) -> None:
    none = np.empty((0, 4), np.float32)
    empty = Picture("empty", picture.pixels, none, none)
    assert sum(len(scene(Material([empty], []), SIDE, 0, number).heads) for number in range(10)) == 0


def test_other_light_changes_colours_only(picture: Picture) -> None:
    before = picture.pixels
    after = recoloured(before, np.random.default_rng(5))
    assert after.shape == before.shape
    assert not np.array_equal(after, before)
