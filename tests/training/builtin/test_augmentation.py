"""Varying crops: the same for the same seed, hue untouched, within range."""

from __future__ import annotations

import pytest
import torch

from kyara.training.builtin.augmentation import Variation, mixed, normalised, varied

BARE = Variation(covered=0.0)


def _seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _noise(count: int = 8) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, 96, 96), generator=_seeded(9), dtype=torch.uint8)


@pytest.mark.parametrize("side", [64, 96])
def test_same_seed_same_pixels(side: int) -> None:
    one, again, other = (varied(_noise(), side, Variation(), _seeded(seed)) for seed in (1, 1, 2))
    assert one.shape == (8, 3, side, side)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert one.abs().max() <= 1


def test_hue_stays() -> None:
    crops = torch.tensor([200, 60, 60], dtype=torch.uint8)[None, :, None, None].expand(32, 3, 96, 96)
    red, green, blue = varied(crops, 96, BARE, _seeded()).mean((2, 3)).T
    torch.testing.assert_close(green, blue)
    assert (red > green + 0.5).all()


def test_about_as_many_are_covered_as_said() -> None:
    crops = torch.full((400, 3, 96, 96), 128, dtype=torch.uint8)
    spread = varied(crops, 32, Variation(covered=0.3), _seeded()).flatten(1).std(1)
    assert float((spread > 0.01).float().mean()) == pytest.approx(0.3, abs=0.06)


def test_framing_moves_within_its_bounds() -> None:
    crops = torch.zeros(200, 3, 96, 96, dtype=torch.uint8)
    crops[:, :, 32:64, 32:64] = 255
    light = varied(crops, 96, BARE, _seeded()).amax(1)
    bright = light > light.amin((1, 2), keepdim=True) + 0.9
    widths = bright.any(1).sum(1).float() / 32
    assert 0.75 < float(widths.min()) < 0.9
    assert 1.1 < float(widths.max()) < 1.5  # with the turn of 10 degrees


def test_mixing_mixes_answers_as_much_as_pixels() -> None:
    pixels = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
    mix, (answer,) = mixed(pixels, [torch.eye(2)], 0.4, _seeded())
    torch.testing.assert_close(mix.mean((1, 2, 3)), answer[:, 1])
    assert (answer.diagonal() >= 0.6).all()
    torch.testing.assert_close(answer.sum(1), torch.ones(2))


def test_normalised_is_from_minus_one_to_one() -> None:
    crops = torch.tensor([0, 255], dtype=torch.uint8)[:, None, None, None].expand(2, 3, 96, 96)
    assert normalised(crops).unique().tolist() == [-1.0, 1.0]
    assert normalised(crops, 48).shape == (2, 3, 48, 48)
