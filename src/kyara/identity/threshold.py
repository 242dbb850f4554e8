"""From which similarity on a sighting is somebody known, so that of strangers no more than a chosen share gets a name.

What strangers look like is estimated from the gallery itself, where each picture is a stranger to every other
character; a small gallery borrows the figures that come with a space (spaces.toml). Both are read off a fitted tail, as
the rate asked for is rarer than what was seen: the chance of being nearer than a distance d (1 - cosine) falls as a
power of d (Hill, Annals of Statistics 3, 1975; as local intrinsic dimension: Amsaleg et al., KDD 2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, expm1, log, log1p

import numpy as np
from numpy.typing import NDArray

from kyara.identity.journal import GalleryError
from kyara.identity.matching import Prototypes

FAR = 0.01
FEWEST = 50  # comparisons between different characters, for a tail of at least five
# Characters, for pairs of them to stand for pairs of strangers. Of simulated galleries (4 or 5 pictures each, 12 or 40
# true dimensions of 128) asked for 1 %, those of 5 characters let 8 to 16 % in, of 10 2.4 %, of 20 0.4 %.
ENOUGH = 10
TAIL = 0.1  # this share of the comparisons, the nearest ones, is the tail
NEAREST = 1e-6  # distances are no smaller: twins would make the fit infinite


@dataclass(frozen=True, slots=True)
class Shipped:
    """What comes with a space: the similarity above which a share `far` of pairs of different characters lie, for two
    shares, and what that was measured on."""

    at_1pct: float
    at_01pct: float
    measured_on: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """`value` is a cosine; `far` the share of strangers that get a name (None: the value was given); `basis` what the
    estimate rests on, in words; `mistaken` of `enrolled` pictures reach it with another character of the gallery."""

    value: float
    far: float | None
    basis: str
    mistaken: int
    enrolled: int


def threshold(
    prototypes: Prototypes, far: float = FAR, shipped: Shipped | None = None, given: float | None = None
) -> Threshold:
    """The threshold for a gallery: `given`, else from the gallery, else `shipped`. Raises GalleryError without any."""
    among = prototypes.among_themselves()
    others = np.arange(len(prototypes.names)) != prototypes.owners[:, None]
    impostors = among[others]
    names = len(prototypes.names)
    if given is not None:
        value, basis = given, "as given"
    elif len(impostors) >= FEWEST and (names >= ENOUGH or shipped is None):
        value = estimated(impostors, _each(far, names))
        rough = "" if names >= ENOUGH else f", a rough guess from fewer than {ENOUGH}"
        basis = f"from {len(impostors):,} comparisons between the gallery's {names} characters{rough}"
    elif shipped is not None:
        value = borrowed(shipped, _each(far, sum(prototypes.counts)))
        basis = f"from {shipped.measured_on}, as the gallery is small ({_size(names, len(impostors))})"
    else:
        raise GalleryError(
            f"no threshold: the gallery is too small for its own ({_size(names, len(impostors))}) and this space "
            "brings none; enrol more characters, or give --threshold"
        )
    mistaken = int((np.where(others, among, -np.inf) >= value).any(axis=1).sum())
    return Threshold(value, None if given is not None else far, basis, mistaken, len(among))


def estimated(impostors: Sequence[float] | NDArray[np.float64], rate: float) -> float:
    """The similarity above which a share `rate` of such comparisons lies."""
    distances = np.maximum(np.sort(1 - np.asarray(impostors)), NEAREST)
    tail = max(5, ceil(TAIL * len(distances)))
    if rate >= tail / len(distances):
        return 1 - float(np.quantile(distances, rate))
    edge = distances[tail]
    steepness = float(np.log(edge / distances[:tail]).mean())  # Hill's estimator
    return float(1 - edge * (rate * len(distances) / tail) ** steepness)


def borrowed(shipped: Shipped, rate: float) -> float:
    """The similarity above which a share `rate` of pairs of strangers lies: the power law through both figures."""
    wide, narrow = 1 - shipped.at_1pct, 1 - shipped.at_01pct
    return 1 - wide * exp(log(rate / 0.01) * log(wide / narrow) / log(10))


def _each(far: float, comparisons: int) -> float:
    """The rate of one comparison where any of so many may go wrong."""
    return -expm1(log1p(-far) / comparisons)


def _size(names: int, comparisons: int) -> str:
    return f"{names} characters, {comparisons} comparisons between them"
