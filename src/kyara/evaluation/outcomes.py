"""How answers fared against the truth of one attribute, as arrays: one entry for every example that is labelled.

An *answer* is what a Value says, decided or not; a Value that says nothing (no Value, or a one-of attribute without a
label) is none. Two questions are asked of it. `right`: is it exactly the truth, the same set of labels? `share`: which
part of its labels is true? That is what the confidence of a many-of Value claims (the mean probability of its
labels); of a one-of attribute both are the same. An answer without a label, "none of them", is true where nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyara.records import Value
from kyara.vocabulary import Attribute

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Arrays of shape (n,), two of them (n, labels). `unit` says of which sample an entry is: those are resampled."""

    unit: Places
    answered: Bools
    decided: Bools
    confidence: Floats  # 0 without an answer
    right: Bools
    share: Floats  # 0 without an answer
    said: Bools  # (n, labels): the labels of decided answers
    true: Bools  # (n, labels)

    def __len__(self) -> int:
        return len(self.unit)

    @property
    def correct(self) -> Bools:
        """Where the answer is decided and right."""
        return self.decided & self.right


def outcomes(
    attribute: Attribute, values: Sequence[Value | None], truths: Sequence[Sequence[str]], unit: Places
) -> Outcomes:
    """How `values` (None: nothing was said) fare against `truths` (empty: no label applies), all of one length."""
    n, place = len(values), {label: i for i, label in enumerate(attribute.label_names)}
    answered, decided, right = (np.zeros(n, np.bool_) for _ in range(3))
    confidence, share = np.zeros(n), np.zeros(n)
    said, true = (np.zeros((n, len(place)), np.bool_) for _ in range(2))
    for i, (value, truth) in enumerate(zip(values, truths, strict=True)):
        true[i, [place[label] for label in truth]] = True
        if value is None or not (value.labels or value.decided or not attribute.one_of):
            continue
        answered[i], decided[i], confidence[i] = True, value.decided, value.confidence
        right[i] = set(value.labels) == set(truth)
        share[i] = np.mean([label in truth for label in value.labels]) if value.labels else not truth
        if value.decided:
            said[i, [place[label] for label in value.labels]] = True
    return Outcomes(np.asarray(unit, np.int64), answered, decided, confidence, right, share, said, true)


def together(parts: Sequence[Outcomes]) -> Outcomes:
    """The outcomes of several attributes as one, every labelled attribute an entry; without columns of labels."""
    fields = ("unit", "answered", "decided", "confidence", "right", "share")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    none = np.zeros((len(columns["unit"]), 0), np.bool_)
    return Outcomes(**columns, said=none, true=none)
