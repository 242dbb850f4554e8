"""Suppression against the plain reading of it: every box in order of score, kept unless a kept one overlaps too far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.detect.overlap import areas, best, intersections

CORNERS = st.integers(0, 12)
ONE = st.tuples(CORNERS, CORNERS, st.integers(0, 6), st.integers(0, 6), st.sampled_from([0.0, 0.2, 0.5, 0.5001, 0.9]))
Row = tuple[int, int, int, int, float]


def plainly(rows: list[Row], iou: float) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: (-rows[i][4], i)):
        if all(overlap(rows[i], rows[j]) <= iou for j in kept):
            kept.append(i)
    return kept


def overlap(a: Row, b: Row) -> float:
    both = a[2] * a[3] + b[2] * b[3]
    if not both:
        return 1.0
    w = max(0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    h = max(0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return w * h / (both - w * h)


def boxes_of(rows: list[Row]) -> np.ndarray:
    return np.array([(x, y, x + w, y + h) for x, y, w, h, _ in rows], np.float32).reshape(-1, 4)


@given(st.lists(ONE, max_size=20), st.sampled_from([0.0, 0.31, 0.49, 0.71, 0.99]))
def test_it_keeps_what_plain_reading_keeps(rows: list[Row], iou: float) -> None:
    scores = np.array([row[4] for row in rows], np.float32)
    assert best(boxes_of(rows), scores, iou).tolist() == plainly(rows, iou)


def test_the_plain_reading_tells_wrong_from_right() -> None:
    rows: list[Row] = [(0, 0, 10, 10, 0.5), (0, 0, 10, 9, 0.9), (20, 0, 5, 5, 0.5), (20, 0, 5, 5, 0.5)]
    assert plainly(rows, 0.7) == [1, 2]
    assert plainly(rows, 0.95) == [1, 0, 2]


@given(st.lists(ONE, min_size=1, max_size=6), st.lists(ONE, min_size=1, max_size=6))
def test_areas_and_intersections(some: list[Row], others: list[Row]) -> None:
    shared = intersections(boxes_of(some), boxes_of(others))
    for i, a in enumerate(some):
        assert areas(boxes_of(some))[i] == a[2] * a[3]
        for j, b in enumerate(others):
            both = a[2] * a[3] + b[2] * b[3]
            assert shared[i, j] / max(both - shared[i, j], 1e-9) == pytest.approx(overlap(a, b) if both else 0.0)
