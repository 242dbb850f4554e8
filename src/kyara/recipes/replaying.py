"""A policy played over examples that hold everybody's evidence: whom it would have asked, and how it would have fused.

What `leading` does while a run goes on, done afterwards: the same board, so the same decisions. Nobody is asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kyara.fuse import Fuser
from kyara.fuse.examples import Example
from kyara.fuse.policy.actions import ASKS, STOPS, allowed
from kyara.fuse.policy.episodes import available_of
from kyara.fuse.policy.policy import FREE, Policy
from kyara.fuse.policy.state import SLOTS, Board
from kyara.records import Evidence

_AT_ONCE = 1024  # examples on one board: their evidence takes a few hundred MB of it


@dataclass(frozen=True, slots=True)
class Replay:
    """For each example what was heard until the policy stopped, and the strategy it stopped with; `asked` is the share
    of the askable examples that each extractor was asked about, by name."""

    heard: tuple[tuple[Evidence, ...], ...]
    strategies: tuple[str, ...]
    asked: Mapping[str, float]


def replayed(policy: Policy, examples: Sequence[Example], fuser: Fuser) -> Replay:
    """The policy's decisions; the extractors there are those `fuser` knows the kinds of.

    Extractors that the policy's state has no place for, and those that are FREE, are heard always, those it never
    learned to ask never. Raises FusionError where the policy knows only strategies that this fuser was not taught.
    """
    stops = policy.stops(fuser.learned is not None)
    costs = {name: cost for name, cost in policy.made.costs.items() if name in fuser.kinds}
    available = available_of(examples, costs)
    asked, strategies = np.zeros_like(available), np.full(len(examples), "", object)
    for start in range(0, len(examples), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        board = Board(fuser.vocabulary, [one.about for one in examples[part]], available[part], policy.made.costs)
        board.hear((i, one.evidence) for i, one in enumerate(examples[part]))
        for name in (name for name, cost in costs.items() if cost < FREE):
            board.asked[:, SLOTS[name]] = available[part, SLOTS[name]]
        strategies[part] = _played(policy, board, stops)
        asked[part] = board.asked
    heard = tuple(
        tuple([item for item in one.evidence if item.extractor not in SLOTS or row[SLOTS[item.extractor]]])
        for one, row in zip(examples, asked, strict=True)
    )
    shares = {name: 0.0 if name in SLOTS else 1.0 for name in fuser.kinds}
    for name in costs:
        shares[name] = float(asked[:, SLOTS[name]].sum() / max(1, available[:, SLOTS[name]].sum()))
    return Replay(heard, tuple(strategies), shares)


def _played(policy: Policy, board: Board, stops: Sequence[str]) -> list[str]:
    """Ask, in rounds, until the policy stops everywhere; the strategies it stops with."""
    strategies, rows = [""] * len(board.asked), np.arange(len(board.asked))
    while len(rows):
        actions = policy.decide(board.states(rows), allowed(board.available[rows], board.asked[rows], stops))
        asks = actions < ASKS
        board.asked[rows[asks], actions[asks]] = True
        for row, action in zip(rows[~asks].tolist(), actions[~asks].tolist(), strict=True):
            strategies[row] = STOPS[action - ASKS]
        rows = rows[asks]
    return strategies
