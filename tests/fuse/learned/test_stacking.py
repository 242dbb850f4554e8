"""Stacking learns what one extractor takes for what."""

from __future__ import annotations

import numpy as np

from kyara.fuse.learned.stacking import features, fitted


def said(count: int, seed: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """One extractor that always names the next label."""
    labels = np.random.default_rng(seed).integers(0, 4, count)
    chances = np.full((count, 1, 4), 0.05)
    chances[np.arange(count), 0, (labels + 1) % 4] = 0.85
    return (chances, np.ones((count, 1))), labels


def test_who_is_always_off_by_one_is_understood() -> None:
    there, labels = said(400, 1)
    stack = fitted(*there, labels, 4)
    fresh, truth = said(100, 2)
    assert (stack(*fresh).argmax(1) == truth).all()


def test_labels_that_never_occur_are_hardly_answered() -> None:
    there, labels = said(400, 1)
    two = labels < 2
    stack = fitted(*(part[two] for part in there), labels[two], 5)
    fused = stack(*(part[two] for part in there))
    assert (fused.argmax(1) == labels[two]).all()
    assert fused[:, 2:].max() < 0.01


def test_the_silent_have_no_features() -> None:
    (chances, trust), _ = said(3, 1)
    assert not features(chances, 0 * trust).any()
