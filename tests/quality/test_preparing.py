"""Preparation: each function does its one thing, and leaves alone what needs nothing."""

from __future__ import annotations

import numpy as np

from kyara.quality.preparing import Preparation, flattened, gains, recoloured, trimmed_box


def test_only_borders_worth_it_are_trimmed() -> None:
    assert trimmed_box((0.1, 0.2, 0.9, 1.0), 200, 100) == (20, 20, 180, 100)
    assert trimmed_box((0.0, 0.0, 1.0, 0.999), 200, 100) is None


def test_faded_colours_are_spread_and_full_ones_left() -> None:
    table = gains((50.0, 150.0, 50.0, 150.0, 0.0, 255.0))
    assert table is not None
    pixels = np.array([[[50, 150, 77], [20, 100, 255]]], np.uint8)
    assert recoloured(pixels, table).tolist() == [[[0, 255, 77], [0, 127, 255]]]
    assert gains((0.0, 255.0) * 3) is None
    assert gains((10.0, 40.0) * 3) is None, "a night scene is dark, not faded"


def test_grain_goes_and_edges_stay() -> None:
    grain = np.random.default_rng(0).normal(0, 6, (60, 60, 1))
    halves = np.where(np.arange(60)[None, :, None] < 30, 60.0, 200.0)
    pixels = np.clip(halves + grain, 0, 255).astype(np.uint8).repeat(3, axis=2)
    flat = flattened(pixels).astype(float)
    assert flat[:, 5:25].std() < 0.5 * pixels[:, 5:25].std()
    assert flat[:, 35:55].mean() - flat[:, 5:25].mean() > 120


def test_the_version_names_what_is_on() -> None:
    assert not Preparation()
    assert Preparation(trim=True, style=True).version == "prepared 1 trim style"
