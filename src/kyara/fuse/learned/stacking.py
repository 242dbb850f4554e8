"""Logistic stacking: one multinomial logistic regression over what all extractors say of an attribute.

Unlike pooling it learns which labels an extractor takes for which others, and needs more labels for it. How far each is
trusted here is brought along: what one says counts by its weight in the pool. (Wolpert, Neural Networks 1992.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kyara.fuse.learned.calibration import FLOOR, Labels
from kyara.fuse.learned.dense import Floats
from kyara.fuse.learned.loglinear import logs, softmax

STRENGTH = 0.1  # of the regression (C of scikit-learn)


@dataclass(frozen=True, slots=True)
class Stack:
    """`weights` (F, L) of the features, `bias` (L,)."""

    weights: Floats
    bias: Floats

    def __call__(self, chances: Floats, trust: Floats) -> Floats:
        """Distributions (N, L) of chances (N, E, L) and trust (N, E), 0 where one is silent."""
        return softmax(features(chances, trust) @ self.weights + self.bias)


def features(chances: Floats, trust: Floats) -> Floats:
    """(N, E L + E): centred logarithms of what each says, by its trust, and the trust itself; all 0 of the silent."""
    said = trust[..., None] * logs(chances)
    return np.concatenate([said.reshape(len(chances), -1), trust], axis=1)


def fitted(chances: Floats, trust: Floats, labels: Labels, count: int) -> Stack:
    """The regression onto labels (N,) of `count` kinds; kinds that never occur keep the least probability there is."""
    from sklearn.linear_model import LogisticRegression

    found = features(chances, trust)
    model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3).fit(found, labels)
    weights, bias = np.zeros((found.shape[1], count)), np.full(count, np.log(FLOOR))
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two kinds
        weights[:, model.classes_[1]], bias[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weights[:, model.classes_], bias[model.classes_] = model.coef_.T, model.intercept_
    return Stack(weights, bias)
