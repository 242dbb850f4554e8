"""Clustering: groups that are there are found, strangers stay alone, and a picture is never twice in one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kyara.identity.clustering import groups, spread


def test_groups_are_found_the_largest_first_and_strangers_stay_alone(scene: Any) -> None:
    scene.scatter = 0.3
    characters = scene.characters(3)
    sizes = (4, 9, 6)
    vectors = [v for one, size in zip(characters, sizes, strict=True) for v in scene.seen(one, size)]
    vectors += [scene.seen(one, 1)[0] for one in scene.characters(5)]
    found, firm = groups(vectors, list(range(len(vectors))))
    assert found[:19] == [3] * 4 + [1] * 9 + [2] * 6
    assert found[19:] == [None] * 5
    assert (firm[:19] > 0).all()
    assert (firm[19:] == 0).all()


def test_two_sightings_of_a_picture_never_share_a_group(scene: Any) -> None:
    vectors = scene.seen(scene.characters(1)[0], 8) + scene.seen(scene.characters(1)[0], 8)
    pictures = [0, 0, 1, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 6]
    found, _ = groups(vectors, pictures)
    pairs = [(picture, group) for picture, group in zip(pictures, found, strict=True) if group is not None]
    assert len(pairs) >= 10
    assert len(set(pairs)) == len(pairs)


def test_a_group_that_one_picture_made_up_is_none(scene: Any) -> None:
    vectors = scene.seen(scene.characters(1)[0], 4) + scene.seen(scene.characters(1)[0], 4)
    found, _ = groups(vectors, [0, 0, 0, 0, 1, 2, 3, 4])
    assert found == [None] * 4 + [1] * 4


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_are_no_group(scene: Any, count: int) -> None:
    found, firm = groups(scene.seen(scene.characters(1)[0], count), list(range(count)))
    assert found == [None] * count
    assert len(firm) == count


def test_spread_keeps_one_of_every_look(scene: Any) -> None:
    looks = scene.characters(5)
    vectors = [v for look in looks for v in scene.seen(look, 20)]
    chosen = spread(vectors, 5)
    assert sorted(i // 20 for i in chosen) == [0, 1, 2, 3, 4]
    assert spread(vectors[:4], 5) == [0, 1, 2, 3]


def test_equal_vectors_are_borne(scene: Any) -> None:
    same = [np.ones(4, np.float32)] * 6
    assert len(spread(same, 1)) == 1
    found, _ = groups([*same, *scene.characters(1)[:, :4].astype(np.float32)], list(range(7)), 3)
    assert len(found) == 7
