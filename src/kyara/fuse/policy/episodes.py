"""The game that a policy learns, as tables: the state after every choice of extractors, and what stopping is worth.

Made once from examples that hold the evidence of all extractors; an episode is then a walk through arrays. How anybody
learns from it, and what evidence is fused by, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kyara.errors import FusionError
from kyara.fuse.examples import About, Example, Truth
from kyara.fuse.policy.actions import ASKS, STOPS, allowed
from kyara.fuse.policy.opinions import Bools, Places
from kyara.fuse.policy.state import KINDS, SIZE, SLOTS, Board, States, readable
from kyara.records import Evidence, Value
from kyara.vocabulary import Vocabulary

Fuse = Callable[[Sequence[Evidence], About, str], Sequence[Value]]  # evidence, about, name of the strategy
Worth = Callable[[Sequence[Value], Truth], float]
Decide = Callable[[States, Bools], NDArray[np.intp]]  # as Policy.decide
Table = NDArray[np.float32]

_AT_ONCE = 1024  # examples whose states are made together: 50 MB of arrays


@dataclass(frozen=True, slots=True)
class Tables:
    """N sightings, their extractors (E, in the order of the slots), and everything that can come of asking them.

    A choice of extractors is a number whose bit i stands for `costs`' i-th. `states` (N, 2^E, 128), `worths`
    (N, 2^E, stops), `available` (N, 9).
    """

    costs: Mapping[str, float]
    stops: tuple[str, ...]
    states: States
    worths: Table
    available: Bools

    def __len__(self) -> int:
        return len(self.states)

    @property
    def slots(self) -> list[int]:
        """The slot of each extractor."""
        return [SLOTS[name] for name in self.costs]

    @property
    def spent(self) -> NDArray[np.float64]:
        """(2^E,) what each choice costs."""
        return np.asarray(np.where(choices(len(self.costs)), list(self.costs.values()), 0.0).sum(-1))

    def take(self, rows: Places | Bools) -> Tables:
        """Those sightings alone."""
        return replace(self, states=self.states[rows], worths=self.worths[rows], available=self.available[rows])

    def masks(self, rows: Places, chosen: Places) -> Bools:
        """(…, 17) what can be done with those sightings after those choices."""
        asked = np.zeros((len(rows), len(SLOTS)), np.bool_)
        asked[:, self.slots] = choices(len(self.costs))[chosen]
        return allowed(self.available[rows], asked, self.stops)

    def step(self, rows: Places, chosen: Places, actions: Places, cost_weight: float) -> tuple[Places, Table, Bools]:
        """The choices after those actions, the rewards, and who stopped."""
        bits, prices = np.zeros(ASKS, np.intp), np.zeros(ASKS)
        bits[self.slots] = 1 << np.arange(len(self.costs))
        prices[self.slots] = list(self.costs.values())
        column = np.array([self.stops.index(name) if name in self.stops else 0 for name in STOPS])
        stopped, ask = actions >= ASKS, np.minimum(actions, ASKS - 1)
        worths = self.worths[rows, chosen, column[np.maximum(actions - ASKS, 0)]]
        rewards = np.where(stopped, worths, -cost_weight * prices[ask]).astype(np.float32)
        return np.where(stopped, chosen, chosen | bits[ask]), rewards, stopped


@dataclass(frozen=True, slots=True)
class Walk:
    """What a policy did with N sightings: its `rewards`, what the answers alone are worth and cost, whom it `chose`."""

    rewards: NDArray[np.float64]
    worths: NDArray[np.float64]
    spent: NDArray[np.float64]
    chosen: Places
    stops: Places  # into Tables.stops


def choices(extractors: int) -> Bools:
    """(2^E, E) who is in each choice."""
    return np.asarray(np.arange(1 << extractors)[:, None] >> np.arange(extractors) & 1, np.bool_)


def tabled(
    examples: Sequence[Example], vocabulary: Vocabulary, costs: Mapping[str, float], worths: Table, stops: Sequence[str]
) -> Tables:
    """The tables of examples whose `worths` (N, 2^E, stops) are known: `worths_of` makes them, or somebody faster.

    `costs` names the extractors, in the order of the slots. Raises FusionError where they cannot be a policy's.
    """
    _see_extractors(costs)
    if worths.shape != (shape := (len(examples), 1 << len(costs), len(stops))):
        raise FusionError(f"worths of shape {worths.shape} found; {shape} is expected: examples, choices, stops")
    states = np.empty((len(examples), 1 << len(costs), SIZE), np.float32)
    available = available_of(examples, costs)
    slots = [SLOTS[name] for name in costs]
    for start in range(0, len(examples), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        board = Board(vocabulary, [one.about for one in examples[rows]], available[rows], costs)
        board.hear((i, one.evidence) for i, one in enumerate(examples[rows]))
        for choice, chosen in enumerate(choices(len(costs))):
            board.asked[:, slots] = chosen
            board.asked &= available[rows]
            states[rows, choice] = board.states()
    return Tables(dict(costs), tuple(stops), states, worths.astype(np.float32), available)


def worths_of(
    examples: Sequence[Example],
    costs: Mapping[str, float],
    stops: Sequence[str],
    fuse: Fuse,
    worth: Worth | None = None,
) -> Table:
    """(N, 2^E, stops) what stopping is worth, for every choice among those who can be asked (NaN for the others).

    `fuse` is called once for every set of extractors that said something: who was silent changes no answer.
    """
    judge = worth or worth_of
    found = np.full((len(examples), 1 << len(costs), len(stops)), np.nan, np.float32)
    names, available = list(costs), available_of(examples, costs)
    for row, example in enumerate(examples):
        speakers = {item.extractor for item in example.evidence}
        known: dict[frozenset[str], list[float]] = {}
        for choice, asked in _open(names, available[row]):
            heard = asked & speakers
            if heard not in known:
                evidence = [item for item in example.evidence if item.extractor in heard]
                known[heard] = [judge(fuse(evidence, example.about, stop), example.truth) for stop in stops]
            found[row, choice] = known[heard]
    return found


def worth_of(values: Sequence[Value], truth: Truth) -> float:
    """Mean over the labelled attributes of: is it answered and right, plus 1 - (confidence - right)² (Brier).

    Between 0 and 2. An abstention is not answered, yet its confidence is judged; of what nobody spoke there is
    neither, so it is worth nothing.
    """
    by_name = {value.attribute: value for value in values}
    total = 0.0
    for name, labels in truth.items():
        if (value := by_name.get(name)) is not None:
            total += value.decided * _found(value, labels) + 1.0 - (value.confidence - _right(value, labels)) ** 2
    return total / max(len(truth), 1)


def walked(tables: Tables, decide: Decide, cost_weight: float, begin: int = 0) -> Walk:
    """Every sighting to the stop, in rounds, from nobody asked or the choice `begin`, which `rewards` leave out."""
    count = len(tables)
    chosen, stops = np.full(count, begin, np.intp), np.zeros(count, np.intp)
    rewards, worths = np.zeros(count), np.zeros(count)
    rows = np.arange(count)
    while len(rows):
        actions = decide(tables.states[rows, chosen[rows]], tables.masks(rows, chosen[rows]))
        chosen[rows], given, stopped = tables.step(rows, chosen[rows], actions, cost_weight)
        rewards[rows] += given
        ended = rows[stopped]
        worths[ended] = given[stopped]
        stops[ended] = [tables.stops.index(STOPS[action - ASKS]) for action in actions[stopped]]
        rows = rows[~stopped]
    return Walk(rewards, worths, tables.spent[chosen], chosen, stops)


def available_of(examples: Sequence[Example], extractors: Mapping[str, float]) -> Bools:
    """(N, 9) whom of `extractors` there is anything to ask about each example.

    One had a picture if anybody who looks at pixels said something: whether he himself did must not be told beforehand.
    """
    wanted = np.array([name in extractors for name in KINDS])
    rows = [
        readable(one.about, any(KINDS.get(item.extractor) == "pixels" for item in one.evidence)) for one in examples
    ]
    return np.asarray(np.array(rows, np.bool_).reshape(-1, len(KINDS)) & wanted)


def _open(names: Sequence[str], available: Bools) -> Iterator[tuple[int, frozenset[str]]]:
    """Every choice with nobody in it who cannot be asked."""
    for choice, chosen in enumerate(choices(len(names))):
        asked = frozenset(name for name, here in zip(names, chosen, strict=True) if here)
        if all(available[SLOTS[name]] for name in asked):
            yield choice, asked


def _see_extractors(costs: Mapping[str, float]) -> None:
    if unknown := [name for name in costs if name not in SLOTS]:
        raise FusionError(f"extractor {unknown[0]!r} has no place in a policy's state; choose of {', '.join(SLOTS)}")
    if list(costs) != sorted(costs, key=lambda name: SLOTS[name]) or not costs:
        raise FusionError(f"extractors {', '.join(costs) or 'none'} found; name some, in the order {', '.join(SLOTS)}")


def _found(value: Value, labels: tuple[str, ...]) -> float:
    """How much of the truth the answer is: shared labels of all in either; two empty sets are the same."""
    said, true = set(value.labels), set(labels)
    return len(said & true) / len(said | true) if said | true else 1.0


def _right(value: Value, labels: tuple[str, ...]) -> float:
    """What `Value.confidence` is the probability of: that one of its labels, picked at random, is right."""
    return sum(label in labels for label in value.labels) / len(value.labels) if value.labels else float(not labels)
