"""Pictures with one plain head each, made here: what the tests of the training learn from in seconds."""

from __future__ import annotations

import numpy as np
import pytest

from kyara.training.builtin.heads.pictures import Picture
from kyara.training.builtin.heads.scenes import Material


def made(number: int, size: int = 160) -> Picture:
    """A dark disc with two light eyes on a pale ground."""
    rng = np.random.default_rng(number)
    x, y, radius = rng.uniform(50, 110), rng.uniform(50, 110), rng.uniform(30, 45)
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    pixels = np.full((size, size, 3), 210, np.uint8)
    pixels[(across - x) ** 2 + (down - y) ** 2 < radius**2] = (60, 40, 30)
    for side in (-0.4, 0.4):
        pixels[(across - x - side * radius) ** 2 + (down - y) ** 2 < (radius / 5) ** 2] = 250
    box = np.array([[x - radius, y - radius, x + radius, y + radius]], np.float32)
    return Picture(f"made/{number}", pixels, box, np.empty((0, 4), np.float32))


@pytest.fixture(scope="session")
def picture() -> Picture:
    return made(1)


@pytest.fixture(scope="session")
def material() -> Material:
    return Material([made(number) for number in range(8)], [])
