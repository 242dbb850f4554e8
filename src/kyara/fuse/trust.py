"""How far a learned fusion trusts each extractor, in a few numbers that a person can read. Tells, never fuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kyara.fuse.examples import About
from kyara.fuse.learned import Learned
from kyara.fuse.learned.calibration import Calibration
from kyara.fuse.learned.dense import Dense, Floats
from kyara.vocabulary import Vocabulary

TYPICAL = About(tags=20)  # of a tagged picture; weights follow the number of tags and words a little


@dataclass(frozen=True, slots=True)
class Trust:
    """Of one extractor on one attribute: its calibration in words, and the weight of its log probabilities in pooling
    where it speaks alone, where all others agree with it, on everything, and where all others say something else."""

    extractor: str
    calibration: str
    alone: float
    agreed: float
    opposed: float


def trust(learned: Learned, attribute: str, vocabulary: Vocabulary) -> tuple[Trust, ...]:
    """How far `learned` trusts each of its extractors on an attribute it was taught, for a sighting as TYPICAL."""
    taught = learned.taught[attribute]
    silent = Dense.of([((), TYPICAL)], vocabulary, learned.extractors).contexts([attribute])[attribute][0]
    everybody = 1.0 - np.eye(len(learned.extractors))
    nobody = np.zeros_like(everybody)
    agreed, opposed = (_with_pairs(silent, everybody, agreeing) for agreeing in (everybody, nobody))
    weights = [(context * taught.pooling.context).sum(1) for context in (silent, agreed, opposed)]
    told = map(calibration_in_words, taught.before)
    return tuple(
        Trust(name, said, float(a), float(b), float(c))
        for name, said, a, b, c in zip(learned.extractors, told, *weights, strict=True)
    )


def calibration_in_words(calibration: Calibration) -> str:
    """What a calibration does: a temperature above 1 makes less sure, one below more."""
    if calibration.kind == "temperature":
        return f"temperature {calibration.x[0]:.2f}"
    if calibration.kind == "isotonic":
        nearly = float(np.interp(0.9, calibration.x, calibration.y))
        return f"isotonic, 0.9 is worth {nearly:.2f}"
    return "as it is"


def _with_pairs(context: Floats, speaks: Floats, agrees: Floats) -> Floats:
    """The context (E, C) with these PAIRS of `learned.dense`, the same here and elsewhere."""
    count = 4 * len(speaks)
    return np.concatenate([context[:, :-count], speaks, agrees, speaks, agrees], axis=1)
