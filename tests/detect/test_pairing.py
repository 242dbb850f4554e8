"""Pairing: heads find their bodies where figures stand alone, overlap, hold each other or are cut off."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.detect import CROWD, pairing
from kyara.flow import Detection
from kyara.records import Box, Sighting

SIZE = (1000, 800)


def head(*box: float, score: float = 0.9) -> Detection:
    return Detection("head", box, score)


def body(*box: float, score: float = 0.9) -> Detection:
    return Detection("body", box, score)


def paired(detections: Sequence[Detection], width: int, height: int) -> tuple[Sighting, ...]:
    return pairing.paired(detections, width, height).sightings


def test_nothing_found_is_nobody() -> None:
    assert paired([], *SIZE) == ()


def test_a_head_on_its_body() -> None:
    one = paired([body(100, 50, 300, 700), head(150, 40, 250, 150)], *SIZE)
    assert one == (Sighting(head=(150, 40, 250, 150), body=(100, 50, 300, 700)),)


def test_head_without_body_and_body_without_head_stay() -> None:
    found = paired([head(700, 100, 760, 170), body(100, 50, 300, 700)], *SIZE)
    assert found == (Sighting(body=(100, 50, 300, 700)), Sighting(head=(700, 100, 760, 170)))


def test_a_head_at_the_feet_is_somebody_elses() -> None:
    assert len(paired([body(100, 50, 300, 700), head(150, 600, 230, 690)], *SIZE)) == 2


def test_two_who_stand_before_each_other() -> None:
    """The right one's head lies in both bodies; the left one's only in its own."""
    left, right = body(100, 60, 420, 780), body(330, 30, 620, 780)
    a, b = head(200, 60, 300, 170), head(350, 40, 440, 160)
    assert paired([a, b, left, right], *SIZE) == (Sighting(a.box, left.box), Sighting(b.box, right.box))


def test_a_head_in_two_bodies_does_not_leave_another_without() -> None:
    """Either head sits best in the wide body, and only one of them has another."""
    wide, narrow = body(100, 100, 500, 700), body(330, 90, 520, 700)
    a, b = head(150, 130, 230, 220), head(360, 100, 440, 190)
    assert paired([b, a, narrow, wide], *SIZE) == (Sighting(a.box, wide.box), Sighting(b.box, narrow.box))


def test_a_small_one_before_a_tall_one() -> None:
    tall, small = body(200, 20, 500, 780), body(280, 400, 420, 780)
    tall_head, small_head = head(300, 30, 400, 140), head(310, 400, 390, 480)
    found = paired([small, tall, small_head, tall_head], *SIZE)
    assert set(found) == {Sighting(tall_head.box, tall.box), Sighting(small_head.box, small.box)}


def test_tiny_figures_are_paired_as_large_ones() -> None:
    found = paired([head(10, 10, 14, 15), body(8, 9, 17, 40), head(30, 10, 34, 15), body(28, 9, 37, 40)], *SIZE)
    assert [sighting.head is not None and sighting.body is not None for sighting in found] == [True, True]


def test_a_portrait_whose_body_is_little_more_than_its_head() -> None:
    assert len(paired([head(100, 0, 900, 700), body(50, 0, 950, 800)], *SIZE)) == 1


def test_the_same_head_of_two_detectors_is_one() -> None:
    found = paired([head(100, 100, 200, 200, score=0.5), head(105, 95, 205, 205, score=0.8)], *SIZE)
    assert found == (Sighting(head=(105, 95, 205, 205)),)


@pytest.mark.parametrize("score", [0.0, 0.5])
def test_boxes_are_cut_at_the_border_and_empty_ones_are_nobody(score: float) -> None:
    found = paired([head(-20, -10, 50, 60, score=score), head(1100, 10, 1200, 50), head(5, 5, 5.5, 90)], *SIZE)
    assert found == (Sighting(head=(0, 0, 50, 60)),)


def test_of_a_crowd_the_surest_are_kept() -> None:
    heads = [head(10 * i, 100, 10 * i + 9, 110, score=0.3 + i / 1000) for i in range(90)]
    found = paired(heads, *SIZE)
    assert len(found) == CROWD
    assert found[0].head == (10.0 * (90 - CROWD), 100, 10.0 * (90 - CROWD) + 9, 110)


@pytest.mark.parametrize(
    ("heads", "bodies", "crowd"), [(64, 0, False), (65, 0, True), (64, 64, False), (40, 25, True), (65, 65, True)]
)
def test_a_crowd_is_known_by_its_figures_not_by_its_boxes(heads: int, bodies: int, crowd: bool) -> None:
    """Of 64 heads on 64 bodies each pair is one figure; 40 heads far from 25 bodies are 65."""
    down = 0 if heads == bodies else 400
    found = [head(12 * i + 1, 10, 12 * i + 8, 16) for i in range(heads)]
    found += [body(12 * i, 9 + down, 12 * i + 9, 60 + down) for i in range(bodies)]
    figures = pairing.paired(found, *SIZE)
    assert figures.crowd is crowd
    assert len(figures.sightings) == min(CROWD, heads if heads == bodies else heads + bodies)


def test_they_go_from_left_to_right() -> None:
    found = paired([head(500, 10, 560, 60), head(10, 400, 60, 450), body(200, 0, 300, 500)], *SIZE)
    assert [(s.head or s.body or (0.0,))[0] for s in found] == [10, 200, 500]


SIDE = st.integers(0, 40)
BOX = st.tuples(SIDE, SIDE, st.integers(0, 15), st.integers(0, 15)).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
)
FOUND = st.builds(Detection, st.sampled_from(["head", "body"]), BOX, st.sampled_from([0.3, 0.5, 0.9]))


@given(st.lists(FOUND, max_size=14), st.randoms(use_true_random=False))
def test_order_of_detections_changes_nothing(found: list[Detection], random: Random) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    assert paired(mixed, 40, 40) == paired(found, 40, 40)


@given(st.lists(FOUND, max_size=14))
def test_every_box_is_used_at_most_once_and_lies_in_the_picture(found: list[Detection]) -> None:
    sightings = paired(found, 40, 40)
    for boxes in ([s.head for s in sightings if s.head], [s.body for s in sightings if s.body]):
        assert len(boxes) == len(set(boxes))
        assert all(inside(box) for box in boxes)


def inside(box: Box) -> bool:
    return 0 <= box[0] < box[2] <= 40 and 0 <= box[1] < box[3] <= 40
