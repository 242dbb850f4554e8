"""Paths go where they are told."""

import numpy as np
import pytest

from kyara.demo.shapes import between, mirrored, outline, oval, ribbon, spline


def test_a_spline_passes_through_its_points() -> None:
    points = [(0.0, 0.0), (10.0, 5.0), (20.0, -3.0), (30.0, 8.0)]
    curve = spline(points, detail=8)
    assert np.allclose(curve[::8], points)


def test_an_outline_is_sharp_only_at_its_corners() -> None:
    square = outline([(0, 0, 1), (10, 0, 1), (10, 10, 1), (0, 10, 1)])
    assert np.allclose([square.min(), square.max()], [0, 10])
    round_one = outline([(0, 0), (10, 0), (10, 10), (0, 10)])
    assert round_one.max() > 10  # a smooth curve through the same points bulges


def test_a_ribbon_is_as_wide_as_it_is_told() -> None:
    path = ribbon([(0, 0), (50, 0), (100, 0)], [10, 10])
    assert np.ptp(path[:, 1]) == pytest.approx(10)
    assert np.ptp(ribbon([(0, 0), (50, 0), (100, 0)], [10, 10], round_end=True)[:, 0]) == pytest.approx(105, abs=0.5)


def test_mirrored_makes_a_half_whole() -> None:
    assert mirrored([(0, 0), (5, 1), (0, 9)]) == [(0.0, 0.0), (5.0, 1.0), (0.0, 9.0), (-5.0, 1.0)]


def test_ovals_and_points_between() -> None:
    assert np.allclose(oval(3, 4, 2, 1).mean(axis=0), [3, 4])
    assert between((0, 0), (10, 0), 0.5, 0.1) == (5.0, 1.0)
