"""A small world with a known truth: tags that are wrong where there are few of them, pixels that are half sure."""

from __future__ import annotations

import numpy as np

from kyara.fuse.examples import About, Example
from kyara.records import Evidence, ranked
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
LABELS = tuple(label.name for label in VOCABULARY["hair_color"].labels if not label.mixes)


def evidence(extractor: str, attribute: str, **scores: float) -> Evidence:
    return Evidence(extractor, "1", attribute, ranked(scores))


def world(count: int, seed: int, few: float = 0.3, many: float = 0.98, seen: float = 0.8) -> list[Example]:
    """Tags name the true hair colour with probability `few` where there are 2 tags, `many` where there are 40; pixels
    with `seen`, always saying 0.6. Tags always say 0.95."""
    random = np.random.default_rng(seed)

    def said(truth: str, right: float) -> str:
        return truth if random.random() < right else str(random.choice([x for x in LABELS if x != truth]))

    found = []
    for i in range(count):
        truth, tags = str(random.choice(LABELS)), int(random.choice([2, 40]))
        told = evidence("tags", "hair_color", **{said(truth, few if tags == 2 else many): 0.95})
        shown = evidence("builtin", "hair_color", **{said(truth, seen): 0.6})
        found.append(Example(f"{seed}:{i}", (told, shown), About(tags=tags), {"hair_color": (truth,)}))
    return found
