"""The threshold: of strangers about as many get a name as was asked for, and its words say what it rests on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kyara.identity.journal import GalleryError
from kyara.identity.matching import Prototypes
from kyara.identity.threshold import Shipped, borrowed, estimated, threshold

SHIPPED = Shipped(0.8, 0.9, "a big set")


def gallery(scene: Any, names: int, pictures: int) -> tuple[np.ndarray, Prototypes]:
    characters = scene.characters(names)
    return characters, Prototypes({str(i): scene.seen(one, pictures) for i, one in enumerate(characters)})


@pytest.mark.parametrize("far", [0.1, 0.01])
def test_strangers_get_a_name_as_rarely_as_asked(scene: Any, far: float) -> None:
    rates, known = [], []
    for _ in range(20):
        characters, prototypes = gallery(scene, 20, 5)
        value = threshold(prototypes, far).value
        strangers = [scene.seen(one, 1)[0] for one in scene.characters(300)]
        rates.append((prototypes.similarities(strangers).max(axis=1) >= value).mean())
        again = prototypes.similarities([scene.seen(one, 1)[0] for one in characters])
        known.append((np.diag(again) >= value).mean())
    assert far / 5 <= np.mean(rates) <= far * 1.5
    assert np.mean(known) >= 0.9


def test_a_rarer_rate_asks_for_more() -> None:
    impostors = np.random.default_rng(0).uniform(-0.5, 0.5, 200)
    values = [estimated(impostors, rate) for rate in (0.5, 0.2, 0.1, 0.01, 1e-3, 1e-6)]
    assert values == sorted(values)
    assert values[-1] <= 1


def test_the_estimate_is_the_quantile_where_there_is_enough_to_see_one() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(2, 40_000, 8))
    a, b = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
    cosines = (a * b).sum(axis=1)
    for rate in (0.2, 0.02, 0.005):
        assert estimated(cosines, rate) == pytest.approx(np.quantile(cosines, 1 - rate), abs=0.02)
    few = cosines[:500]
    assert estimated(few, 0.0005) == pytest.approx(np.quantile(cosines, 1 - 0.0005), abs=0.05)


def test_twins_under_two_names_do_not_break_it() -> None:
    assert estimated([1.0] * 10 + [0.0] * 90, 0.01) <= 1


def test_the_borrowed_line_goes_through_both_figures() -> None:
    assert borrowed(SHIPPED, 0.01) == pytest.approx(0.8)
    assert borrowed(SHIPPED, 0.001) == pytest.approx(0.9)
    assert borrowed(SHIPPED, 0.0001) == pytest.approx(0.95)


def test_a_large_gallery_speaks_for_itself_and_a_small_one_borrows(scene: Any) -> None:
    large = threshold(gallery(scene, 10, 6)[1], 0.01, SHIPPED)
    assert large.basis == "from 540 comparisons between the gallery's 10 characters"
    small = threshold(gallery(scene, 5, 6)[1], 0.01, SHIPPED)
    assert small.basis == "from a big set, as the gallery is small (5 characters, 120 comparisons between them)"
    assert small.value > SHIPPED.at_1pct  # any of 30 pictures may be mistaken
    rough = threshold(gallery(scene, 5, 6)[1], 0.01)
    assert rough.basis.endswith("a rough guess from fewer than 10")


def test_without_any_ground_there_is_no_threshold_but_a_given_one(scene: Any) -> None:
    _, one = gallery(scene, 1, 6)
    with pytest.raises(GalleryError, match=r"1 characters, 0 comparisons.*--threshold"):
        threshold(one)
    given = threshold(one, given=0.4)
    assert (given.value, given.far, given.basis) == (0.4, None, "as given")


def test_it_says_how_many_enrolled_pictures_are_mistaken(scene: Any) -> None:
    rem, ram = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    known = Prototypes({"Rem": [rem, ram], "Ram": [ram, ram + 0.1]})
    found = threshold(known, given=0.95)
    assert (found.mistaken, found.enrolled) == (3, 4)
