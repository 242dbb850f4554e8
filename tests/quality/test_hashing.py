"""Fingerprints, hashes and groups: poses by arithmetic are those of turned pixels, copies meet, strangers do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from kyara.quality.alike import ALIKE, likeness
from kyara.quality.fingerprint import MIRROR, decoded, directions, distances, fingerprint, hashes, mirrored, turned
from kyara.quality.groups import Drop, Pair, confirmed, dropped, near_pairs
from kyara.quality.hashing import candidates
from kyara.quality.semantic import semantic_pairs

Grey = NDArray[np.uint8]


def drawn(seed: int) -> Grey:
    """A smooth picture (90, 70) like no other."""
    small = np.random.default_rng(seed).integers(0, 255, (9, 7)).astype(np.uint8)
    return np.kron(small, np.ones((10, 10), np.uint8))


def prints(*pictures: Grey) -> NDArray[np.int8]:
    return np.frombuffer(b"".join(fingerprint(picture) for picture in pictures), np.int8).reshape(-1, 256)


STRANGERS = [drawn(seed) for seed in range(40)]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turning_coefficients_is_turning_pixels(quarters: int) -> None:
    by_pixels = decoded(prints(*(np.ascontiguousarray(np.rot90(one, quarters)) for one in STRANGERS)))
    by_arithmetic = turned(decoded(prints(*STRANGERS)), quarters)
    assert np.abs(directions(by_pixels) - directions(by_arithmetic)).max() < 0.02


def test_a_mirror_changes_known_bits_of_the_hash() -> None:
    own, other = decoded(prints(*STRANGERS)), decoded(prints(*(np.fliplr(one).copy() for one in STRANGERS)))
    assert distances(hashes(own) ^ MIRROR, hashes(other)).max() <= 1
    assert distances(hashes(mirrored(own)), hashes(own) ^ MIRROR).max() <= 1, "a coefficient of 0 has no sign"


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (lambda one: one // 2 + 30, "as it is"),
        (np.fliplr, "mirrored"),
        (lambda one: np.rot90(one, 1), "turned by 90°"),
        (lambda one: one[4:85, 2:65], "cropped"),
        (lambda one: np.fliplr(one[0:81, 7:70]), "cropped, mirrored"),
    ],
    ids=["darker", "mirrored", "turned", "cropped", "both"],
)
def test_copies_are_found_and_strangers_are_not(change: Callable[[Grey], Grey], how: str) -> None:
    copies = [np.ascontiguousarray(change(one)) for one in STRANGERS]
    pairs = near_pairs(prints(*STRANGERS, *copies), np.arange(80))
    assert all(pair.other == pair.one + 40 for pair in pairs)
    assert len(pairs) >= (30 if "cropped" in how else 38), "these are busier than pictures: crops are harder"
    assert sum(pair.how == how for pair in pairs) > 20


def test_the_best_pose_of_strangers_is_far_from_alike() -> None:
    found = prints(*STRANGERS)
    assert (likeness(found, candidates(found)) < ALIKE - 0.1).all()


def test_a_frame_is_left_out_a_margin_is_not_and_nothing_has_no_fingerprint() -> None:
    inner = (20 / 110, 20 / 130, 90 / 110, 110 / 130)
    assert fingerprint(np.pad(drawn(1), 20), inner) == fingerprint(drawn(1))
    figure = np.full((90, 70), 255, np.uint8)
    figure[20:70, 10:60] = np.tril(drawn(1)[:50, :50])
    margined = np.pad(np.where(figure == 0, 255, figure), 20, constant_values=255).astype(np.uint8)
    assert len(fingerprint(margined, (30 / 110, 40 / 130, 80 / 110, 90 / 130))) == 512
    assert fingerprint(np.full((50, 50), 200, np.uint8)) == b""
    assert len(candidates(np.empty((0, 256), np.int8))) == 0


def test_the_best_is_kept_and_a_chain_is_no_group() -> None:
    pairs = [Pair(0, 1, 0.9, "a"), Pair(1, 2, 0.9, "b"), Pair(2, 3, 0.95, "c")]
    goodness = [(0.1,), (0.9,), (0.5,), (0.4,)]
    assert list(dropped(pairs, goodness)) == [Drop(0, 1, 0.9, "a"), Drop(2, 1, 0.9, "b")]
    assert list(dropped(pairs[:1], [(0.5,), (0.5,)])) == [Drop(1, 0, 0.9, "a")], "the first of equals"


def test_who_differs_on_a_look_stays_or_goes_for_another() -> None:
    pairs = [Pair(0, 1, 0.9, "a"), Pair(0, 2, 0.9, "b"), Pair(1, 2, 0.9, "c"), Pair(0, 3, 0.9, "d")]
    goodness = [(0.9,), (0.5,), (0.4,), (0.3,)]
    asked: list[tuple[int, int]] = []

    def same(drops: list[Drop]) -> list[bool]:
        asked.extend(drop.pair for drop in drops)
        return [drop.pair in {(0, 3), (1, 2)} for drop in drops]

    assert [(drop.number, drop.kept) for drop in confirmed(pairs, goodness, same)] == [(3, 0), (2, 1)]
    assert sorted(asked) == [(0, 1), (0, 2), (0, 3), (1, 2)], "each once"


def test_vectors_that_point_the_same_way_are_semantic_duplicates() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 64)).astype(np.float32)
    near = vectors[:20] * 3 + 0.1 * random.normal(size=(20, 64)).astype(np.float32)
    spaces = [("a", v) for v in vectors] + [("a", v) for v in near] + [("b", vectors[0]), ("", None)]
    pairs = semantic_pairs(spaces, range(len(spaces)))
    assert {(pair.one, pair.other) for pair in pairs} == {(i, 60 + i) for i in range(20)}
