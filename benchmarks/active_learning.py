"""What `kyara review next` saves a person: answers in its order beside random order and beside the least sure first.

Simulated on real heads with true labels (fusion_data.py): a collection of 1,000 heads from six data sets whose tags go
wrong in six ways, 2,000 answers fused by confidence, of which a person looks at 20 at a time and is always right. What
20 % of the answers in random order bring is the measure, and how many in another order bring as much. Two things count:

* directly: the wrong answers that are put right. Goal, set before it was measured: half as many answers are enough;
* taught: what log-linear pooling with a weight an extractor, taught by the answered alone, loses (log loss, nats) on
  heads that were never in the collection. Goal, set before it was measured: half as many are enough here as well.

Both were looked at beforehand on a third of the held-out heads: half was within reach there. At first the pooling had
all the context of `fuse.learned`; 400 random answers taught that next to nothing (0.346, untaught 0.349), which is no
measure; review next needed 0.35 of them.
A second collection is like a film: 300 of the heads, each in 1 to 16 frames that look and read the same. It was looked
at before its order was settled (what looks like an answered one waits), so it has no goal; likeness there is perfect.
In the first, likeness plays no part: heads kept out of learning have no honest embedding. Means of 10 seeds (heads,
data sets, spoiling, order), intervals by bootstrap over the seeds. `--broken`: the surest first; must fail.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_data import ATTRIBUTES, KINDS, PACKS, examples, labelled
from kyara.fuse import Fuser
from kyara.fuse.doubts import Doubt, doubt_of, picked
from kyara.fuse.examples import Example
from kyara.fuse.learned.dense import Dense
from kyara.fuse.learned.loglinear import FIRST, Weights, fitted
from kyara.fuse.simulation import profiles
from kyara.recipes.reviewing import ANSWERED
from kyara.vocabulary import load_vocabulary

DIRECT_GOAL, TAUGHT_GOAL = 0.5, 0.5  # of the answers that random order needs
REFERENCE = 0.2  # of all answers
AT = (0.0, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, REFERENCE)  # shares after which a fusion is taught
ONE_LOOK = 20  # answers
STEPS = 2000  # a curve's
NEXT, UNSURE, RANDOM = "review next", "least sure first", "random"
ORDERS = (("next", NEXT), ("unsure", UNSURE), ("random", RANDOM))
WITHOUT = {
    "disagreement": "— without disagreement",
    "pattern": "— without common and repeated patterns",
    "looks": "— without likeness of looks",
}
FILMED, FRAMES = 300, (1, 2, 4, 8, 16)  # heads of the film, and in how many frames each may be
EXTRACTORS = tuple(KINDS)
Floats = NDArray[np.float64]
Order = list[int]


@dataclass(frozen=True, slots=True)
class Collection:
    """The answers to look at, one a head and attribute: the doubt about each, whether it is right, of which example,
    and in the film what that looks like."""

    doubts: list[Doubt]
    right: NDArray[np.bool_]
    head: NDArray[np.int64]
    looks: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.doubts)


@dataclass(frozen=True, slots=True)
class Curve:
    """Of one order of so many answers: errors put right as a share of all, after each STEP of them; after each of AT,
    the taught fusion's log loss and accuracy on other heads, and the accuracy of all with what it says of the rest."""

    answers: int
    corrected: Floats
    loss: Floats
    accuracy: Floats
    whole: Floats


Curves = dict[str, Curve]


class Heads:
    """Examples as the pooling reads them: distributions, contexts and true labels by attribute."""

    def __init__(self, made: Sequence[Example]) -> None:
        vocabulary = load_vocabulary()
        dense = Dense.of([(example.evidence, example.about) for example in made], vocabulary, EXTRACTORS)
        self._contexts = dense.contexts(ATTRIBUTES)
        self._dense = dense
        self.truth = {
            name: np.array([vocabulary[name].label_names.index(example.truth[name][0]) for example in made])
            for name in ATTRIBUTES
        }

    def said(self, name: str, rows: Any) -> tuple[Any, Any, Any]:
        """Chances, who speaks, and of the context the constant alone: 400 answers are too few for the rest."""
        return self._dense.chances[name][rows], self._dense.speaks[name][rows], self._contexts[name][rows][..., :1]


def collected(made: Sequence[Example]) -> Collection:
    """What fusion by confidence answers, and what is doubtful about it."""
    fuser, doubts, right, head = Fuser(load_vocabulary(), kinds=KINDS), [], [], []
    for number, example in enumerate(made):
        for value in fuser(example.evidence, example.about):
            if value.attribute in ATTRIBUTES:
                doubts.append(doubt_of(value, example.evidence, one_of=True))
                right.append(value.labels == example.truth[value.attribute])
                head.append(number)
    return Collection(doubts, np.array(right), np.array(head))


def looked_at(doubts: Sequence[Doubt], looks: NDArray[np.float32] | None = None) -> Order:
    """The order in which `kyara review next` shows all of them, a look at a time."""
    left, order = np.arange(len(doubts)), []
    attribute = np.array([doubt.attribute for doubt in doubts])
    while len(left):
        vectors, before = None, {}
        if looks is not None:
            vectors, last = looks[left], np.array(order[-ANSWERED:], np.int64)
            before = {name: looks[last[attribute[last] == name]] for name in ATTRIBUTES}
        shown = [int(left[pick.place]) for pick in picked([doubts[i] for i in left], ONE_LOOK, None, vectors, before)]
        order += shown
        left = np.setdiff1d(left, shown)
    return order


def orders(collection: Collection, seed: int, broken: bool) -> dict[str, Order]:
    """Every order by its name; those without some part only where nothing is broken."""
    doubts, looks = collection.doubts, collection.looks
    by_chance = list(range(len(doubts)))
    random.Random(seed).shuffle(by_chance)
    unsure = sorted(by_chance, key=lambda i: -doubts[i].uncertain)
    if broken:
        return {NEXT: unsure[::-1], UNSURE: unsure, RANDOM: by_chance}
    found = {NEXT: looked_at(doubts, looks)}
    if looks is None:
        found[WITHOUT["disagreement"]] = looked_at([replace(doubt, disagree=0.0) for doubt in doubts])
        found[WITHOUT["pattern"]] = looked_at([replace(doubt, pattern=i) for i, doubt in enumerate(doubts)])
    else:
        found[WITHOUT["looks"]] = looked_at(doubts)
    return {**found, UNSURE: unsure, RANDOM: by_chance}


def curve(order: Order, collection: Collection, mine: Heads, others: Heads) -> Curve:
    """What answers in this order bring."""
    wrong = ~collection.right
    put_right = np.concatenate([[0], np.cumsum(wrong[order])]) / len(order)
    corrected = np.interp(np.linspace(0, len(order), STEPS + 1), np.arange(len(order) + 1), put_right)
    taught = [_taught(order[: round(share * len(order))], collection, mine, others) for share in AT]
    return Curve(len(order), corrected, *(np.array(column) for column in zip(*taught, strict=True)))


def _taught(answered: Order, collection: Collection, mine: Heads, others: Heads) -> tuple[float, float, float]:
    """Log loss and accuracy on other heads after these answers, accuracy of the collection."""
    losses, accuracies, right = [], [], len(answered)
    asked = np.isin(np.arange(len(collection)), answered)
    of = np.array([doubt.attribute for doubt in collection.doubts])
    for name in ATTRIBUTES:
        rows = collection.head[asked & (of == name)]
        start = Weights.prior(len(EXTRACTORS), mine.said(name, rows)[2].shape[2], len(load_vocabulary()[name].labels))
        weights = fitted(start, FIRST, mine.said(name, rows), mine.truth[name][rows])
        chances, truth = weights(*others.said(name, slice(None))), others.truth[name]
        losses.append(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-12)).mean())
        accuracies.append((chances.argmax(1) == truth).mean())
        rest = collection.head[~asked & (of == name)]
        right += int((weights(*mine.said(name, rest)).argmax(1) == mine.truth[name][rest]).sum())
    return float(np.mean(losses)), float(np.mean(accuracies)), right / len(collection)


def simulated(data: Path, heads: int, limit: int | None, seed: int, broken: bool) -> tuple[Curves, Curves, float]:
    """The curves of one seed, of the collection and of the film; the accuracy of the first before anybody answers."""
    learning, judging = labelled(data, limit)
    names = list(profiles().by_name)
    draw = random.Random(seed)
    made = examples(draw.sample(learning, min(heads, len(learning))), names, seed)
    others = Heads(examples(judging, names, seed))
    filmed = [number for number in range(len(made))[:FILMED] for _ in range(draw.choice(FRAMES))]
    collection, film = collected(made), collected([made[number] for number in filmed])
    faces = np.random.default_rng(seed).normal(size=(len(made), 64)).astype(np.float32)
    film = replace(film, looks=faces[np.array(filmed)[film.head]])
    both = []
    for one, those in ((collection, made), (film, [made[number] for number in filmed])):
        mine = Heads(those)
        both.append({name: curve(order, one, mine, others) for name, order in orders(one, seed, broken).items()})
    return both[0], both[1], float(collection.right.mean())


def needed_directly(of: Floats, random_order: Floats) -> float:
    """How many answers put as much right as REFERENCE of them in random order, as a share of these."""
    count = round(REFERENCE * STEPS)
    return float(np.searchsorted(of, random_order[count]) / count)


def needed_to_teach(of: Floats, random_order: Floats) -> float:
    """From how many answers on as much is taught as by REFERENCE of them in random order, as a share of these; 1 where
    never."""
    target = random_order[-1]
    short = np.flatnonzero(of > target)
    if not len(short):
        return AT[0] / REFERENCE
    at = int(short[-1])
    if at == len(AT) - 1:
        return 1.0
    over = (of[at] - target) / (of[at] - of[at + 1])
    return float((AT[at] + over * (AT[at + 1] - AT[at])) / REFERENCE)


def shared(curves: Sequence[Curves], name: str, field: str, beside: str = RANDOM) -> dict[str, Any]:
    """The share of the answers of order `beside` that order `name` needs, with its 95 % interval over the seeds."""
    need: Callable[[Floats, Floats], float] = needed_directly if field == "corrected" else needed_to_teach
    both = [np.array([getattr(one[which], field) for one in curves]) for which in (name, beside)]
    pick = np.random.default_rng(8)
    again = [pick.integers(len(curves), size=len(curves)) for _ in range(1000)]
    low, high = np.quantile([need(*(rows[some].mean(0) for rows in both)) for some in again], (0.025, 0.975))
    return {"share": need(*(rows.mean(0) for rows in both)), "low": float(low), "high": float(high)}


def table(title: str, curves: Sequence[Curves]) -> dict[str, Any]:
    """What each order needs, and what it has brought after two shares of the answers."""
    rows = []
    for name in curves[0]:
        shares = [shared(curves, name, field) for field in ("corrected", "loss")]
        brought = [np.mean([one[name].corrected[round(share * STEPS)] for one in curves]) for share in (0.05, 0.2)]
        taught = [
            np.mean([getattr(one[name], field)[at] for one in curves])
            for at in (AT.index(0.05), len(AT) - 1)
            for field in ("loss", "accuracy", "whole")
        ]
        cells = [f"{one['share']:.2f} ({one['low']:.2f}–{one['high']:.2f})" for one in shares]
        rows.append([name, *cells, *(f"{figure:.3f}" for figure in (*brought, *taught))])
    what = ("log loss", "accuracy, other heads", "accuracy, collection")
    columns = ["order", "directly: share of random's answers (95 %)", "to teach as much", "put right after 5 %",
               "after 20 %", *(f"{one} after {share}" for share in ("5 %", "20 %") for one in what)]  # fmt: skip
    return {"title": title, "columns": columns, "rows": rows}


def plot(curves: Sequence[Curves], before: float, path: Path) -> None:
    """Accuracy of the collection and log loss on other heads against the number of answers."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (direct, taught) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for name in (NEXT, UNSURE, RANDOM):
        corrected, loss = (np.mean([getattr(one[name], field) for one in curves], 0) for field in ("corrected", "loss"))
        direct.plot(np.linspace(0, curves[0][name].answers, STEPS + 1), before + corrected, label=name)
        taught.plot(np.array(AT) * curves[0][name].answers, loss, marker=".", label=name)
    direct.set(xlabel="answers given", ylabel="accuracy of the collection", title="put right directly")
    taught.set(xlabel="answers given", ylabel="log loss on other heads, nats", title="taught to the fusion")
    direct.legend()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main() -> int:
    """Simulate, print the table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS)
    parser.add_argument("--heads", type=int, default=1000, help="in the collection")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--limit", type=int, help="heads to draw from, and to judge by [default: all]")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw both curves (pip install 'kyara[plots]')")
    parser.add_argument("--broken", action="store_true", help="ask about the surest first: must fail")
    options = parser.parse_args()
    made = [simulated(options.data, options.heads, options.limit, s, options.broken) for s in range(options.seeds)]
    curves, films, before = (
        [one for one, _, _ in made],
        [film for _, film, _ in made],
        float(np.mean([b for *_, b in made])),
    )
    direct, taught = (shared(curves, NEXT, field) for field in ("corrected", "loss"))
    fields = (("direct", "corrected"), ("taught", "loss"))
    others = {f"of_unsure_{name}": shared(curves, NEXT, field, UNSURE)["share"] for name, field in fields}
    others["untaught_loss"] = float(np.mean([one[NEXT].loss[0] for one in curves]))
    others |= {f"loss_{name}": float(np.mean([one[order].loss[-1] for one in curves])) for name, order in ORDERS}
    others["film_direct"] = shared(films, NEXT, "corrected")["share"]
    for name, order in ORDERS:
        others[f"film_loss_{name}"] = float(np.mean([film[order].loss[AT.index(0.05)] for film in films]))
    result = {
        "benchmark": "active_learning",
        "broken": options.broken,
        "seeds": options.seeds,
        "answers": curves[0][NEXT].answers,
        "accuracy_before": round(before, 4),
        **{f"direct_{name}": round(figure, 4) for name, figure in direct.items()},
        **{f"taught_{name}": round(figure, 4) for name, figure in taught.items()},
        **{name: round(figure, 4) for name, figure in others.items()},
        "passed": direct["share"] <= DIRECT_GOAL and taught["share"] <= TAUGHT_GOAL,
    }
    for name, figure in result.items():
        print(f"{name:18} {figure}")
    tables = [table("collection of six data sets", curves), table("film: heads in 1 to 16 frames each", films)]
    for one in tables:
        for row in ([one["title"]], one["columns"], *one["rows"]):
            print(" | ".join(row))
    if options.plot:
        plot(curves, before, options.plot)
    print(json.dumps(result | {"heading": "what to ask a person next", "tables": tables}))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
