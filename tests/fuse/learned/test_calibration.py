"""Calibration finds the temperature there was, leaves honest confidences alone, and takes a curve where one is."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.fuse.learned.calibration import AS_IT_IS, FEWEST, Calibration, fitted, loss


def drawn(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Honest distributions (count, 4) and labels drawn from them."""
    random = np.random.default_rng(seed)
    chances = random.dirichlet([0.4] * 4, count)
    return chances, np.array([random.choice(4, p=row) for row in chances])


def halves(count: int) -> np.ndarray:
    return np.arange(count) % 2 == 0


def test_a_temperature_is_found() -> None:
    chances, labels = drawn(4000)
    sharp = chances**2 / (chances**2).sum(1, keepdims=True)
    found = fitted(sharp, labels, halves(4000))
    assert loss(found(sharp), labels) < loss(sharp, labels) - 0.02
    if found.kind == "temperature":
        assert found.x[0] == pytest.approx(2.0, rel=0.15)


def test_honest_confidences_are_left_nearly_alone() -> None:
    chances, labels = drawn(4000)
    found = fitted(chances, labels, halves(4000))
    assert np.abs(found(chances) - chances).mean() < 0.02


def test_a_curve_that_no_temperature_has_is_isotonic() -> None:
    random = np.random.default_rng(2)
    said = random.choice([0.6, 0.95], 3000)
    right = random.random(3000) < np.where(said == 0.95, 0.7, 0.65)  # hardly surer, whatever it says
    chances = np.stack([said, 1 - said], 1)
    found = fitted(chances, np.where(right, 0, 1), halves(3000))
    assert found.kind == "isotonic"
    assert found(np.array([[0.95, 0.05]]))[0, 0] == pytest.approx(0.7, abs=0.04)


def test_few_rows_say_nothing() -> None:
    chances, labels = drawn(FEWEST)
    assert fitted(chances, labels, halves(FEWEST)) == AS_IT_IS


@pytest.mark.parametrize("calibration", [AS_IT_IS, Calibration("temperature", (1.7,)),
                                         Calibration("isotonic", (0.1, 0.9), (0.2, 0.7))])  # fmt: skip
def test_distributions_stay_distributions(calibration: Calibration) -> None:
    chances, _ = drawn(100)
    assert calibration(chances).sum(1) == pytest.approx(1.0)
    assert (calibration(chances) >= 0).all()
