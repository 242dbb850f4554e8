"""Rows of token ids to runs of a network: sorted by length, those of one length together, padded tokens masked.

A row is padded to a multiple of `STEP` tokens: by its own length alone, never by that of its neighbours, so that no bit
of its answer depends on them (tests/extractors/language/test_rows.py), and yet runs are full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from kyara.errors import WeightsError
from kyara.extractors.language.tokens import Row
from kyara.weights import Model

STEP = 4
TOKENS_A_RUN = 1024

Feeds = dict[str, NDArray[np.int64]]


def runs(rows: Sequence[Row], pad: int) -> Iterator[tuple[list[int], Feeds]]:
    """The places of some rows, and what a network is fed for them; the longest first. Every place comes once."""
    lengths = [-(-len(row.ids) // STEP) * STEP for row in rows]
    order = sorted(range(len(rows)), key=lambda place: -lengths[place])  # stable: equal ones stay in order
    for length, group in groupby(order, key=lengths.__getitem__):
        places, most = list(group), max(1, TOKENS_A_RUN // length)
        for start in range(0, len(places), most):
            some = places[start : start + most]
            yield some, padded([rows[place] for place in some], length, pad)


def padded(rows: Sequence[Row], length: int, pad: int) -> Feeds:
    """`input_ids`, `attention_mask` and `token_type_ids`, each (rows, length)."""
    ids = np.full((len(rows), length), pad, np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for i, row in enumerate(rows):
        size = len(row.ids)
        ids[i, :size], types[i, :size], mask[i, :size] = row.ids, row.types, 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def answer(network: Model, feeds: Feeds, names: Sequence[str]) -> NDArray[np.generic]:
    """The first output called one of `names`. Raises WeightsError for a network that takes or gives something else."""
    inputs = network.session.inputs
    if missing := inputs.keys() - feeds.keys():
        raise WeightsError(f"{network.path}: takes {sorted(missing)} too; {', '.join(feeds)} are expected at most")
    outputs: Mapping[str, NDArray[np.generic]] = network.run({name: feeds[name] for name in inputs})
    for name in names:
        if name in outputs:
            return outputs[name]
    raise WeightsError(f"{network.path}: gives {', '.join(outputs)}; {' or '.join(names)} is expected")
