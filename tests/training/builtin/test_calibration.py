"""Temperatures: found again where they are known, and calibrated answers are."""

from __future__ import annotations

import pytest
import torch

from kyara.training.builtin.calibration import calibration_error, temperature


@pytest.fixture(scope="module")
def answers() -> tuple[torch.Tensor, torch.Tensor]:
    """Logits whose softmax is the chance of the labels drawn."""
    generator = torch.Generator().manual_seed(2)
    logits = 2 * torch.randn(20_000, 5, generator=generator)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_temperature_is_found_again(answers: tuple[torch.Tensor, torch.Tensor], true: float) -> None:
    logits, labels = answers
    assert temperature(logits * true, labels) == pytest.approx(true, rel=0.05)


def test_calibration_error(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    logits, labels = answers
    assert calibration_error(logits, labels) < 0.02
    assert calibration_error(logits * 4, labels) > 0.1
    sure_and_wrong = torch.tensor([[9.0, 0.0]] * 10)
    assert calibration_error(sure_and_wrong, torch.ones(10, dtype=torch.long)) == pytest.approx(1, abs=1e-3)


def test_what_is_likely_of_the_others_does_not_count(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    logits, labels = answers
    top, last = logits.argmax(1), logits.argmin(1)
    labels = torch.where(labels == top, top, last)  # whoever is wrong is so in the least likely way
    divided = logits * 3 / temperature(logits * 3, labels)
    assert calibration_error(divided, labels) < 0.02
