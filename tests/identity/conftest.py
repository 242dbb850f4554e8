"""Synthetic characters: points on a sphere, and sightings scattered around them."""

from __future__ import annotations

import numpy as np
import pytest


class Scene:
    """Characters that differ in `kinds` true dimensions of 64, as embeddings do; all from one seed."""

    def __init__(self, seed: int = 0, kinds: int = 24, scatter: float = 0.6) -> None:
        self.rng = np.random.default_rng(seed)
        self.basis = self.rng.normal(size=(kinds, 64))
        self.scatter = scatter

    def characters(self, count: int) -> np.ndarray:
        """(count, 64), unit length."""
        return _unit(self.rng.normal(size=(count, len(self.basis))) @ self.basis)

    def seen(self, character: np.ndarray, count: int) -> list[np.ndarray]:
        """So many sightings of one character, float32 (64,) of unit length."""
        noise = self.scatter * self.rng.normal(size=(count, 64)) / 8
        return list(_unit(character + noise).astype(np.float32))


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture
def scene() -> Scene:
    return Scene()
