"""Matches, recall, precision and the threshold, by hand-made boxes."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.training.builtin.heads.scoring import average_precision, best_threshold, match, recall_precision

NONE = np.empty((0, 4), np.float32)


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_each_head_is_matched_once_and_by_the_best() -> None:
    found = match(boxes((0, 0, 10, 10), (1, 0, 11, 10)), scores(0.4, 0.9), boxes((0, 0, 10, 10)), NONE)
    assert found.right.tolist() == [True, False]
    assert found.heads.tolist() == pytest.approx([0.9])


def test_less_than_half_overlap_is_no_match() -> None:
    found = match(boxes((0, 0, 10, 10)), scores(0.9), boxes((4, 0, 14, 10)), NONE)
    assert found.right.tolist() == [False]
    assert found.heads.tolist() == [0]


def test_a_detection_in_an_ignored_region_is_left_out_but_a_head_there_counts() -> None:
    region = boxes((0, 0, 20, 20))
    assert len(match(boxes((2, 2, 12, 12)), scores(0.9), NONE, region).scores) == 0
    assert match(boxes((2, 2, 12, 12)), scores(0.9), boxes((2, 2, 12, 12)), region).right.tolist() == [True]
    assert match(boxes((15, 15, 35, 35)), scores(0.9), NONE, region).right.tolist() == [False]


def test_recall_and_precision_over_pictures() -> None:
    head = boxes((0, 0, 10, 10))
    one = match(head, scores(0.8), head, NONE)
    other = match(boxes((50, 50, 60, 60)), scores(0.6), head, NONE)
    assert recall_precision([one, other], 0.5) == (0.5, 0.5)
    assert recall_precision([one, other], 0.7) == (0.5, 1.0)
    assert recall_precision([one, other], 0.9) == (0.0, 1.0)
    assert average_precision([one, other]) == pytest.approx(0.5)


def test_the_threshold_lies_midway_between_what_is_wrong_and_what_is_right() -> None:
    head = boxes((0, 0, 10, 10))
    right, wrong = match(head, scores(0.8), head, NONE), match(head + 50, scores(0.605), NONE, NONE)
    assert best_threshold([right, wrong]) == pytest.approx(0.7)  # 0.61 … 0.79
    assert best_threshold([right]) == pytest.approx(0.42)  # 0.05 … 0.79
