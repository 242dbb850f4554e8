"""Log-linear pooling whose weights follow the context, and their fit: a conditional logit, so there is one optimum.

The score of a label is its bias plus, over all who speak, weight × log probability; a weight is a linear function of
the extractor's context (learned.dense). (Genest and Zidek, Statistical Science 1986; McFadden 1974 for the logit.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kyara.fuse.learned.calibration import FLOOR, Labels
from kyara.fuse.learned.dense import Bools, Floats

# What is believed without labels: everybody's logarithms count this much whatever the context. Two that say 0.9 of
# one label together come to 0.96, where independent errors would give 0.99 and equal errors 0.90.
PRIOR = 0.7


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviations of the normal prior about it: of a weight where the context is nothing, and the biases;
    and of what each part of the context adds."""

    alone: float
    context: float

    @property
    def freely(self) -> Spread:
        """The same for the context as for the weight itself."""
        return Spread(self.alone, self.alone)


# The context carries over to data sets of another kind the better the less freely it is learned: on learning pictures
# 0.02 left profiles never met 0.8935 right, 0.1 0.8927, 0.5 0.8918 (0.8962, 0.8966, 0.8965 of those met). So it is
# learned freely only where that saves much of the loss on examples that do not teach.
FIRST = Spread(0.5, 0.03)
AGAIN = Spread(0.15, 0.03)  # about weights that were learned before
MUCH = 0.05


@dataclass(frozen=True, slots=True)
class Weights:
    """`context` (E, C) for extractors and parts of the context, `bias` (L,) for labels."""

    context: Floats
    bias: Floats

    @classmethod
    def prior(cls, extractors: int, context: int, labels: int) -> Weights:
        weights = np.zeros((extractors, context))
        weights[:, 0] = PRIOR
        return cls(weights, np.zeros(labels))

    def __call__(self, chances: Floats, speaks: Bools, contexts: Floats) -> Floats:
        """The pooled distributions (N, L) of chances (N, E, L), speaks (N, E), contexts (N, E, C)."""
        return softmax(np.einsum("ne,nel->nl", self.trust(speaks, contexts), logs(chances)) + self.bias)

    def trust(self, speaks: Bools, contexts: Floats) -> Floats:
        """The weight (N, E) of each extractor in its context, 0 where it is silent."""
        return np.where(speaks, np.einsum("nec,ec->ne", contexts, self.context), 0.0)


def softmax(scores: Floats) -> Floats:
    """Distributions (…, L) of scores (…, L)."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def fitted(prior: Weights, spread: Spread, said: tuple[Floats, Bools, Floats], labels: Labels) -> Weights:
    """The most probable weights given labels (N,) and what was said (as for `Weights.__call__`)."""
    from scipy.optimize import minimize

    chances, speaks, contexts = said
    said_logs, heard = logs(chances), contexts * speaks[..., None]
    start = np.concatenate([prior.context.ravel(), prior.bias])
    free = np.full(prior.context.shape, spread.context)
    free[:, 0] = spread.alone
    doubt = np.concatenate([free.ravel(), np.full(len(prior.bias), spread.alone)]) ** -2
    size = prior.context.size
    right = np.zeros((len(labels), len(prior.bias)))
    right[np.arange(len(labels)), labels] = 1.0

    def downhill(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        context, bias = values[:size].reshape(prior.context.shape), values[size:]
        scores = np.einsum("ne,nel->nl", np.einsum("nec,ec->ne", heard, context), said_logs) + bias
        pooled = softmax(scores)
        off = values - start
        cost = -np.log(np.maximum((pooled * right).sum(1), 1e-300)).sum() + (off * doubt) @ off / 2
        error = pooled - right
        slope = np.einsum("ne,nec->ec", np.einsum("nl,nel->ne", error, said_logs), heard)
        return float(cost), np.concatenate([slope.ravel(), error.sum(0)]) + off * doubt

    found = minimize(downhill, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return Weights(found.x[:size].reshape(prior.context.shape), found.x[size:])


def logs(chances: Floats) -> Floats:
    """Logarithms (…, L) about their mean over the labels, so that who knows nothing adds nothing."""
    plain = np.log(np.maximum(chances, FLOOR))
    return np.asarray(plain - plain.mean(-1, keepdims=True))
