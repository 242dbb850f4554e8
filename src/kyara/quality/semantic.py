"""Pictures that an embedding takes for one: the same hashing as for fingerprints, over signs of random projections.

They are told apart from near duplicates because an embedding knows what is in a picture, not which picture it is: two
pictures of one character in one pose may be as close as two copies. So they are found only where asked for. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kyara.quality.groups import Pair
from kyara.quality.hashing import neighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLOSE = 0.98  # cosine; two vectors so near differ in 4 of 64 random signs
MOST = 12


def semantic_pairs(
    vectors: Iterable[tuple[str, NDArray[np.float32] | None]], numbers: Sequence[int], least: float = CLOSE
) -> list[Pair]:
    """Pairs of `numbers` whose vectors, in the same space, have a cosine of at least `least`; None has no pair."""
    spaces: dict[str, tuple[list[int], list[NDArray[np.float16]]]] = {}
    for number, (space, vector) in zip(numbers, vectors, strict=True):
        if vector is not None and (length := float(np.linalg.norm(vector))) > 0:
            there = spaces.setdefault(space, ([], []))
            there[0].append(number)
            there[1].append((vector / length).astype(np.float16))
    pairs = []
    for space, (who, some) in spaces.items():
        units = np.stack(some)
        found = neighbours(_signs(units), MOST)
        for start in range(0, len(found), 10_000):
            one, other = (rows[start : start + 10_000] for rows in (found.asked, found.found))
            cosines = np.einsum("ij,ij->i", units[one].astype(np.float32), units[other].astype(np.float32))
            close = np.flatnonzero(cosines >= least).tolist()
            pairs += [Pair(who[one[i]], who[other[i]], float(cosines[i]), space) for i in close]
    return pairs


def _signs(units: NDArray[np.float16]) -> NDArray[np.uint64]:
    """64 signs of random projections (Charikar 2002)."""
    planes = np.random.default_rng(11).normal(size=(units.shape[1], 64)).astype(np.float32)
    found = np.concatenate([units[i : i + 10_000].astype(np.float32) @ planes for i in range(0, len(units), 10_000)])
    return np.packbits(found > 0, axis=1, bitorder="little").view("<u8").ravel().astype(np.uint64, copy=False)
