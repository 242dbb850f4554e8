"""Asking as a policy decides (`fuse/policy/`): in rounds, of each sighting the extractor it picks, until it stops.

An extractor that the policy's state has no place for is asked of everything before it begins, and so is one that costs
next to nothing: a policy is taught by a few attributes, and others would be lost for a millisecond. One that the policy
never learned to ask is not asked. What a sighting is asked depends on itself alone: what is together is only the call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kyara.flow import NOTHING, Reading, View
from kyara.fuse import Fuser
from kyara.fuse.examples import About
from kyara.fuse.policy.actions import ASKS, STOPS, allowed
from kyara.fuse.policy.policy import FREE, Policy
from kyara.fuse.policy.state import SLOTS, Board, readable
from kyara.recipes.asking import Answer, Asking, Heard
from kyara.vocabulary import Vocabulary


def led(
    policy: Policy, asking: Sequence[Asking], views: Sequence[View], attributes: Collection[str], fuser: Fuser
) -> tuple[list[Heard], dict[str, list[int]]]:
    """What is heard of each view, answers in the order of `asking`; and by extractor, of which views it was asked.

    Raises FusionError where the policy knows only strategies that this fuser was not taught.
    """
    answers: dict[str, list[Answer]] = {one.extractor.name: [NOTHING] * len(views) for one in asking}
    asked: dict[str, list[int]] = {name: [] for name in answers}

    def ask(one: Asking, places: Iterable[int]) -> None:
        name, places = one.extractor.name, list(places)
        asked[name] += places
        for place, answer in zip(places, one([views[i] for i in places], attributes), strict=True):
            answers[name][place] = answer

    stops = policy.stops(fuser.learned is not None)
    for one in asking:
        if one.extractor.name not in SLOTS:
            ask(one, range(len(views)))
    board = _board(policy, answers, views, fuser.vocabulary)
    strategies = [""] * len(views)

    def put(one: Asking, chosen: NDArray[np.intp]) -> None:
        name = one.extractor.name
        ask(one, chosen.tolist())
        board.asked[chosen, SLOTS[name]] = True
        given = ((i, answers[name][i]) for i in chosen.tolist())
        board.hear((i, answer.evidence) for i, answer in given if isinstance(answer, Reading))

    for one in asking:
        if policy.made.costs.get(one.extractor.name, FREE) < FREE:
            put(one, np.flatnonzero(board.available[:, SLOTS[one.extractor.name]]))
    rows = np.arange(len(views))
    while len(rows):
        actions = policy.decide(board.states(rows), allowed(board.available[rows], board.asked[rows], stops))
        for one in asking:
            if len(chosen := rows[actions == SLOTS.get(one.extractor.name)]):
                put(one, chosen)
        for row, action in zip(rows.tolist(), actions.tolist(), strict=True):
            if action >= ASKS:
                strategies[row] = STOPS[action - ASKS]
        rows = rows[actions < ASKS]
    together = zip(*answers.values(), strict=True)
    return [Heard(given, strategy) for given, strategy in zip(together, strategies, strict=True)], asked


def _board(policy: Policy, here: Collection[str], views: Sequence[View], vocabulary: Vocabulary) -> Board:
    """Nobody asked yet. Whoever is here, has something to read, and is one the policy learned to ask, may be."""
    abouts = [About.of(view.sample) for view in views]
    there = [readable(about, view.picture is not None) for about, view in zip(abouts, views, strict=True)]
    known = np.array([name in policy.made.costs and name in here for name in SLOTS])
    available = np.array(there, np.bool_).reshape(-1, len(SLOTS)) & known
    return Board(vocabulary, abouts, available, policy.made.costs)
