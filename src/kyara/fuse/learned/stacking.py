"""Logistic stacking: one multinomial logistic regression over what all extractors say of an attribute.

Unlike pooling it learns which labels an extractor takes for which others, and needs more labels for it. (Wolpert 1992.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kyara.fuse.learned.calibration import FLOOR, Labels
from kyara.fuse.learned.dense import Bools, Floats
from kyara.fuse.learned.loglinear import softmax

STRENGTH = 0.1  # of the regression (C of scikit-learn)


@dataclass(frozen=True, slots=True)
class Stack:
    """`weights` (F, L) of the features, `bias` (L,)."""

    weights: Floats
    bias: Floats

    def __call__(self, chances: Floats, speaks: Bools, contexts: Floats) -> Floats:
        """Distributions (N, L) of chances (N, E, L), speaks (N, E), contexts (N, E, C)."""
        return softmax(features(chances, speaks, contexts) @ self.weights + self.bias)


def features(chances: Floats, speaks: Bools, contexts: Floats) -> Floats:
    """(N, E L + E + E C): centred logarithms, who speaks, their contexts; all 0 of the silent."""
    logs = np.log(np.maximum(chances, FLOOR))
    logs = (logs - logs.mean(-1, keepdims=True)) * speaks[..., None]
    parts = [logs, speaks[..., None].astype(float), contexts * speaks[..., None]]
    return np.concatenate([part.reshape(len(chances), -1) for part in parts], axis=1)


def fitted(said: tuple[Floats, Bools, Floats], labels: Labels, count: int) -> Stack:
    """The regression onto labels (N,) of `count` kinds; kinds that never occur keep the least probability there is."""
    from sklearn.linear_model import LogisticRegression

    found = features(*said)
    model = LogisticRegression(C=STRENGTH, max_iter=400).fit(found, labels)
    weights, bias = np.zeros((found.shape[1], count)), np.full(count, np.log(FLOOR))
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two kinds
        weights[:, model.classes_[1]], bias[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    return Stack(weights, bias)
