"""Which known character each sighting of one picture is: nearest prototype, a threshold, and never one for two.

Sightings of a picture are assigned together: taking the best pair first can give a character to the wrong one of two.
It knows unit vectors and names; where thresholds come from is threshold.py's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kyara.records import Sighting

if TYPE_CHECKING:
    from kyara.records import Vector


Matrix = NDArray[np.float64]

BLOCK = 1000  # rows compared at once: with 10,000 prototypes 80 MB


class Prototypes:
    """The prototypes of every name in one space, ready to be compared with; similarity is the cosine."""

    def __init__(self, vectors: Mapping[str, Sequence[Vector]]) -> None:
        """`vectors`: at least one float (d,) for each name, all of one length."""
        self.names = tuple(vectors)
        self.counts = [len(some) for some in vectors.values()]
        self._matrix = unit(np.stack([vector for some in vectors.values() for vector in some]))
        self._starts = np.cumsum([0, *self.counts[:-1]])

    @property
    def owners(self) -> NDArray[np.intp]:
        """The place in `names` of the owner of each prototype."""
        return np.repeat(np.arange(len(self.names)), self.counts)

    def similarities(self, vectors: Sequence[Vector]) -> Matrix:
        """How near each of `vectors` is to each name, that is, to the nearest prototype of it: (vectors, names)."""
        if not vectors:
            return np.zeros((0, len(self.names)))
        every = np.clip(unit(np.stack(vectors)) @ self._matrix.T, -1.0, 1.0)
        return np.asarray(np.maximum.reduceat(every, self._starts, axis=1))

    def among_themselves(self) -> Matrix:
        """How near each prototype is to each name, itself left out: (prototypes, names); NaN where it is alone."""
        blocks = []
        for start in range(0, len(self._matrix), BLOCK):
            every = np.clip(self._matrix[start : start + BLOCK] @ self._matrix.T, -1.0, 1.0)
            rows = np.arange(len(every))
            every[rows, start + rows] = -np.inf
            blocks.append(np.maximum.reduceat(every, self._starts, axis=1))
        nearest = np.concatenate(blocks)
        return np.where(np.isneginf(nearest), np.nan, nearest)


def vector_in(sighting: Sighting, space: str) -> Vector | None:
    """The embedding of a sighting in `space`; None where it has none, or one that is no number."""
    vector = next((e.vector for e in sighting.embeddings if e.space == space), None)
    return vector if vector is not None and np.isfinite(vector).all() else None


def unit(vectors: NDArray[np.generic]) -> Matrix:
    """Rows (n, d) of unit length; a row of zeros, which is like nothing, stays one."""
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


def assigned(similarities: Matrix, threshold: float) -> list[int | None]:
    """The column each row of `similarities` (sightings, names) gets: no column twice, none below `threshold`.

    Of all such assignments the one with the most above the threshold in sum.
    """
    found: list[int | None] = [None] * len(similarities)
    if similarities.size:
        from scipy.optimize import linear_sum_assignment  # half a second, and only matching needs it

        excess = np.maximum(similarities - threshold, 0.0)
        for row, column in zip(*linear_sum_assignment(excess, maximize=True), strict=True):
            if similarities[row, column] >= threshold:
                found[row] = int(column)
    return found
