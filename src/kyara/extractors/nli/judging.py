"""Logits of an attribute's hypotheses to the chances of its labels. Pure; not calibrated beyond what the model says.

The chances are those of transformers' zero-shot-classification; what decides whether anything is said at all is the
class that the pipeline leaves out: a text that neither entails nor contradicts is silent, and so is the extractor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kyara.extractors.nli.classes import Classes

SPOKEN = 0.5  # entailment of the likeliest label, neutral included, from which on a one-of attribute is spoken of
LEAST = 0.01  # a smaller chance of a one-of attribute's label stays unsaid
DIGITS = 4

Logits = NDArray[np.float32]  # (labels, classes)


def shares(logits: Logits, classes: Classes) -> NDArray[np.float64]:
    """Of labels that exclude one another, the chance of each (labels,): the pipeline with `multi_label=False`."""
    return _softmax(logits[:, classes.entailment].astype(np.float64))


def likely(logits: Logits, classes: Classes) -> NDArray[np.float64]:
    """Of labels of their own, the chance of each (labels,): the pipeline with `multi_label=True`."""
    return _softmax(logits[:, [classes.contradiction, classes.entailment]].astype(np.float64))[:, 1]


def judged(logits: Logits, classes: Classes, labels: Sequence[str], one_of: bool) -> dict[str, float]:
    """What is said of an attribute: nothing where the text is silent.

    One-of: the shares, times how surely anything is entailed. Many-of: a label that is entailed or contradicted rather
    than neither; the latter is a denial.
    """
    outright = _softmax(logits.astype(np.float64))
    if one_of:
        sure = float(outright[:, classes.entailment].max())
        chances = shares(logits, classes) * sure
        said = chances >= LEAST if sure >= SPOKEN else np.zeros(len(labels), bool)
    else:
        chances = likely(logits, classes)
        said = outright.argmax(1) != (-1 if classes.neutral is None else classes.neutral)
        if classes.neutral is None:  # "not entailed" is silence too
            said = chances >= SPOKEN
    return {labels[i]: round(float(chances[i]), DIGITS) for i in np.flatnonzero(said).tolist()}


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    mass = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(mass / mass.sum(-1, keepdims=True))
