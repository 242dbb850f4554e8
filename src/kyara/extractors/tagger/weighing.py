"""How much of what tags say of one attribute holds for one character, given a probability for each label.

The same reasoning as for written tags (tags/cast.py, tags/extractor.py), with probabilities in place of said or unsaid.
Pure arithmetic; it knows neither networks nor tag names.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from kyara.extractors.tags.cast import divided, shared
from kyara.extractors.tags.extractor import AGAIN_MANY_OF, AGAIN_ONE_OF, MIXED
from kyara.vocabulary import Attribute


def weighed(
    attribute: Attribute, said: Mapping[str, float], count: int, includes: Mapping[str, str]
) -> dict[str, float]:
    """The scores of one of `count` characters, for the probabilities of the labels said of all of them together.

    `includes`: specific label → the label its tag brings along (very_long → long). Those of a one-of attribute sum to
    at most 1.
    """
    if not attribute.one_of:
        weights = dict.fromkeys(said, shared(count, AGAIN_MANY_OF))
    elif count > 1:
        weights = dict.fromkeys(said, divided(count, len(said), AGAIN_ONE_OF))
    else:
        mixes = {label.name for label in attribute.labels if label.mixes}
        return {label: round(p, 4) for label, p in _one_answer(said, mixes, includes).items()}
    return {label: round(said[label] * weight, 4) for label, weight in weights.items()}


def _one_answer(said: Mapping[str, float], mixes: set[str], includes: Mapping[str, str]) -> dict[str, float]:
    """Labels that compete for the one answer share it; an included label is left what the specific one is not."""
    kinds = {more: less for more, less in includes.items() if more in said and less in said}
    whole = {label: p for label, p in said.items() if label not in kinds}
    for more, less in kinds.items():
        whole[less] = max(whole[less], said[more])
    scores = _explained(whole, mixes)
    for more, less in kinds.items():
        scores[more] = scores[less] * said[more] / whole[less]
        scores[less] -= scores[more]
    return {label: p for label, p in scores.items() if p > 0}


def _explained(said: Mapping[str, float], mixes: set[str]) -> dict[str, float]:
    """A mix explains the others: where it and others hold, MIXED of the answer is its, the rest is theirs."""
    mixed = {label: p for label, p in said.items() if label in mixes}
    others = {label: p for label, p in said.items() if label not in mixes}
    any_mix, any_other = (1 - prod(1 - p for p in some.values()) for some in (mixed, others))
    scores = {label: share * (1 - MIXED * any_mix) for label, share in _shares(others).items()}
    return scores | {label: share * (1 - (1 - MIXED) * any_other) for label, share in _shares(mixed).items()}


def _shares(said: Mapping[str, float]) -> dict[str, float]:
    """P(a label holds) times its expected share, 1 / (labels that hold), the labels taken for independent.

    Two sure labels get half each (as with written tags), 0.9 beside 0.4 gets 0.72 and 0.22, one alone keeps what it
    has. The sum is the probability that any holds, so never above 1.
    """
    shares = {}
    for label, p in said.items():
        others = np.ones(1)  # P(so many of the others hold)
        for other in said:
            if other != label:
                others = np.convolve(others, (1 - said[other], said[other]))
        shares[label] = p * float((others / np.arange(1, len(others) + 1)).sum())
    return shares
