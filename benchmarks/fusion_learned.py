"""Learned fusion beside everything simpler, on heads that no part of it learned from.

Real evidence from pixels, tags and texts spoiled by the six profiles (fusion_data.py). For each of 5 seeds and 3
pairings it learns on four profiles and is judged on the held-out pictures under those (mixture, equal) and under the
two left out (unseen). Pictures of the learning part are split: two thirds teach calibration, weights and stack, the
rest tunes the cascade and teaches the policy. Answers are forced: accuracy is that of the best guess.

Beside: each extractor alone, the six strategies, plain stacking and plain pooling (no context), a cascade by cost with
one tuned threshold each, and the oracle that always picks the right one of the extractors. Intervals resample
pictures. Goals (issue 8): 20 % fewer errors than the average of the present extractors on the mixture, 10 % on unseen
profiles; not worse than plain pooling beyond the interval; at most 2 points below the best strategy on any profile;
calibration error at most 0.03; area under risk-coverage below that of each extractor. `--broken` learns from shuffled
labels; it must fail.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_data import ATTRIBUTES, PACKS, labelled
from fusion_tables import ALL, COSTS, STOPS, VOCABULARY, Answers, with_learned
from fusion_worlds import World, dense_of, world_of
from kyara.fuse import LEARNED, STRATEGIES
from kyara.fuse.examples import Example
from kyara.fuse.learned import loglinear, stacking
from kyara.fuse.learned.fitting import fit
from kyara.fuse.policy.episodes import tabled, walked
from kyara.fuse.simulation import profiles

SEEDS, DRAWS, BINS = 5, 1000, 15
FEWER, FEWER_UNSEEN, POINTS_BELOW, ECE = 0.20, 0.10, 0.02, 0.03
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 1.01)
POLICY = "policy"
ORACLE = "oracle of extractors"

Said = tuple[NDArray[np.int8], NDArray[np.float32]]  # labels and confidences (N, attributes)


def judged(world: World, left_out: Sequence[str], steps: int) -> dict[str, Said]:
    """What every method answers to all judging examples, when nothing was learned from the profiles left out."""
    teach = [one for one in world.teach if one.group not in left_out]
    rows = np.array([one.group not in left_out for one in world.tune])
    tune, tune_answers = [one for one in world.tune if one.group not in left_out], world.tune_answers.take(rows)
    learned = fit(teach, VOCABULARY)
    dense = {name: dense_of(some, learned.extractors) for name, some in (("tune", tune), ("judge", world.judge))}
    answers = with_learned(world.judge_answers, dense["judge"], learned)
    tune_answers = with_learned(tune_answers, dense["tune"], learned)
    found = {name: _stop(answers, ALL, name) for name in STOPS}
    found |= {f"{name} alone": _stop(answers, 1 << i, "average") for i, name in enumerate(COSTS)}
    found |= _plainly_learned(teach, world.judge, learned.extractors)
    found["cascade, tuned"] = cascade(answers, tuned(tune_answers))[0]
    found[POLICY] = policy_said(tune, tune_answers, world.judge, answers, world.seed, steps)
    return found


def policy_said(
    tune: Sequence[Example], tune_answers: Answers, judge: Sequence[Example], answers: Answers, seed: int, steps: int
) -> Said:
    """What a policy answers that learned on `tune` and pays nothing for asking."""
    from kyara.fuse.policy.learning import Lessons, learn

    tables = tabled(tune, VOCABULARY, COSTS, tune_answers.worths, STOPS)
    learnt = learn(tables, tables.take(slice(0, 500)), Lessons(steps=steps, seed=seed, judged_every=steps))
    walk = walked(tabled(judge, VOCABULARY, COSTS, answers.worths, STOPS), learnt.decide, 0.0)
    row = np.arange(len(judge))
    return answers.labels[row, walk.chosen, walk.stops], answers.confidences[row, walk.chosen, walk.stops]


def tuned(answers: Answers) -> tuple[float, ...]:
    """The thresholds (one for each extractor but the last, by cost) of the cascade that is right most often."""
    grid = product(THRESHOLDS, repeat=len(COSTS) - 1)
    right = {
        at: (float((said[0] == answers.truth).mean()), -cost) for at in grid for said, cost in [cascade(answers, at)]
    }
    return max(right, key=lambda at: right[at])


def cascade(answers: Answers, at: Sequence[float], stop: str = "aggressive") -> tuple[Said, float]:
    """What a cascade says, and its mean cost: it asks by cost until somebody reaches his threshold of every attribute;
    the answer is that of the strategy `stop`, as a rule of whoever is surest."""
    place = STOPS.index(stop)
    order = sorted(range(len(COSTS)), key=lambda i: list(COSTS.values())[i])
    choice = np.zeros(len(answers.truth), np.intp)
    going = np.ones(len(choice), np.bool_)
    spent = 0.0
    for i, extractor in enumerate(order):
        choice[going] |= 1 << extractor
        spent += going.mean() * list(COSTS.values())[extractor]
        if i < len(order) - 1:
            going &= ~(answers.confidences[np.arange(len(choice)), choice, place] >= at[i]).all(1)
    row = np.arange(len(choice))
    return (answers.labels[row, choice, place], answers.confidences[row, choice, place]), spent


def _stop(answers: Answers, choice: int, name: str) -> Said:
    stop = STOPS.index(name)
    return answers.labels[:, choice, stop], answers.confidences[:, choice, stop]


def _plainly_learned(teach: Sequence[Example], judge: Sequence[Example], extractors: Sequence[str]) -> dict[str, Said]:
    """Log-linear pooling with one weight an extractor, and logistic stacking: no context, no calibration."""
    known, asked = dense_of(teach, extractors), dense_of(judge, extractors)
    columns: dict[str, list[Any]] = {"plain pooling": [], "plain stacking": []}
    for name in ATTRIBUTES:
        place = {label: i for i, label in enumerate(VOCABULARY[name].label_names)}
        labels = np.array([place[one.truth[name][0]] for one in teach])
        ones, there = np.ones((*known.speaks[name].shape, 1)), np.ones((*asked.speaks[name].shape, 1))
        start = loglinear.Weights.prior(len(extractors), 1, len(place))
        weights = loglinear.fitted(start, loglinear.FIRST, (known.chances[name], known.speaks[name], ones), labels)
        columns["plain pooling"].append(weights(asked.chances[name], asked.speaks[name], there))
        trust, trusted = known.speaks[name].astype(float), asked.speaks[name].astype(float)
        stack = stacking.fitted(known.chances[name], trust, labels, len(place))
        columns["plain stacking"].append(stack(asked.chances[name], trusted))
    return {
        name: (np.stack([p.argmax(1) for p in fused], 1).astype(np.int8), np.stack([p.max(1) for p in fused], 1))
        for name, fused in columns.items()
    }  # fmt: skip


class Study:
    """Right and confidence of all answers in all worlds: by method, for each run (profiles, pictures, attributes)."""

    def __init__(self, pictures: Sequence[str], names: Sequence[str]) -> None:
        self.pictures, self.names = list(pictures), list(names)
        self.right: dict[str, list[NDArray[np.bool_]]] = {}
        self.confidence: dict[str, list[NDArray[np.float32]]] = {}
        self.seen: list[NDArray[np.bool_]] = []  # by run, which profiles were learned from

    def add(self, judge: Sequence[Example], said: Mapping[str, Said], left_out: Sequence[str]) -> None:
        place = {(one.group, one.key): i for i, one in enumerate(judge)}
        order = np.array([[place[name, key] for key in self.pictures] for name in self.names])
        truth = np.array([[VOCABULARY[a].label_names.index(one.truth[a][0]) for a in ATTRIBUTES] for one in judge])
        self.seen.append(np.array([name not in left_out for name in self.names]))
        oracle = np.zeros(truth.shape, np.bool_)
        for method, (labels, confidences) in said.items():
            right = labels == truth
            oracle |= right if method.endswith(" alone") else False
            self.right.setdefault(method, []).append(right[order])
            self.confidence.setdefault(method, []).append(confidences[order])
        self.right.setdefault(ORACLE, []).append(oracle[order])
        self.confidence.setdefault(ORACLE, []).append(np.ones(oracle[order].shape, np.float32))

    def errors(self, method: str, seen: bool | None) -> NDArray[np.float64]:
        """(pictures,) the share of wrong answers over runs, profiles (seen, unseen or all) and attributes."""
        parts = [~right[which if seen else ~which] if seen is not None else ~right
                 for right, which in zip(self.right[method], self.seen, strict=True)]  # fmt: skip
        return np.asarray(np.concatenate([part.mean(-1) for part in parts]).mean(0))

    def by_profile(self, method: str) -> dict[str, float]:
        """Accuracy on each profile where it was learned from."""
        runs = list(zip(self.right[method], self.seen, strict=True))
        return {
            name: float(np.mean([right[i].mean() for right, seen in runs if seen[i]]))
            for i, name in enumerate(self.names)
        }

    def flat(self, method: str) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Right and confidence of all answers on the mixture."""
        return (
            np.concatenate([r[s].ravel() for r, s in zip(self.right[method], self.seen, strict=True)]),
            np.concatenate([c[s].ravel() for c, s in zip(self.confidence[method], self.seen, strict=True)]),
        )


def interval(statistic: Any, *columns: NDArray[np.float64]) -> tuple[float, float, float]:
    """The statistic of the columns' means, and its 95 % interval over resampled pictures."""
    draw = np.random.default_rng(0)
    count = len(columns[0])
    drawn = []
    for _ in range(DRAWS):
        rows = draw.integers(0, count, count)
        drawn.append(statistic(*(column[rows].mean() for column in columns)))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(statistic(*(column.mean() for column in columns))), float(low), float(high)


def ece(right: NDArray[np.bool_], confidence: NDArray[np.float32]) -> float:
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.bincount(place, confidence - right, BINS)
    return float(np.abs(gap).sum() / len(right))


def aurc(right: NDArray[np.bool_], confidence: NDArray[np.float32]) -> float:
    """Area under risk-coverage: the mean share of errors among the surest k answers, over all k."""
    wrong = ~right[np.argsort(-confidence, kind="stable")]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


def fewer(mine: float, others: float) -> float:
    return 1 - mine / others


def summary(study: Study) -> dict[str, Any]:
    """Every method's scores, and the figures that are judged, for the best learned way (chosen by the mixture)."""
    rows = {}
    for method in study.right:
        right, confidence = study.flat(method)
        rows[method] = {
            "accuracy": interval(lambda e: 1 - e, study.errors(method, True)),
            "unseen": interval(lambda e: 1 - e, study.errors(method, False)),
            "fewer": interval(fewer, study.errors(method, True), study.errors("average", True)),
            "fewer_unseen": interval(fewer, study.errors(method, False), study.errors("average", False)),
            "ece": ece(right, confidence),
            "aurc": aurc(right, confidence),
            "profiles": study.by_profile(method),
        }
    return rows


def goals(rows: Mapping[str, Any], study: Study, method: str) -> dict[str, Any]:
    """The judged figures of one method."""
    best = {p: max(rows[s]["profiles"][p] for s in STRATEGIES) for p in study.names}
    below = max(best[p] - rows[method]["profiles"][p] for p in study.names)
    worse = interval(lambda a, b: a - b, study.errors(method, True), study.errors("plain pooling", True))
    average, oracle = (study.errors(name, True).mean() for name in ("average", ORACLE))
    return {
        "fewer_errors": round(rows[method]["fewer"][0], 4),
        "fewer_errors_low": round(rows[method]["fewer"][1], 4),
        "fewer_errors_unseen": round(rows[method]["fewer_unseen"][0], 4),
        "fewer_errors_unseen_low": round(rows[method]["fewer_unseen"][1], 4),
        "gap_to_oracle": round(float((average - study.errors(method, True).mean()) / (average - oracle)), 4),
        "worse_than_pooling_low": round(worse[1], 4),
        "points_below_best_strategy": round(below, 4),
        "ece": round(rows[method]["ece"], 4),
        "aurc": round(rows[method]["aurc"], 4),
        "aurc_best_extractor": round(min(rows[f"{name} alone"]["aurc"] for name in COSTS), 4),
    }


def missed(found: Mapping[str, float]) -> list[str]:
    met = {
        "fewer_errors": found["fewer_errors"] >= FEWER,
        "fewer_errors_unseen": found["fewer_errors_unseen"] >= FEWER_UNSEEN,
        "worse_than_pooling_low": found["worse_than_pooling_low"] <= 0,
        "points_below_best_strategy": found["points_below_best_strategy"] <= POINTS_BELOW,
        "ece": found["ece"] <= ECE,
        "aurc": found["aurc"] < found["aurc_best_extractor"],
    }
    return [name for name, fine in met.items() if not fine]


def shown(rows: Mapping[str, Any], names: Sequence[str]) -> str:
    head = ("", "mixture (95 %)", "unseen (95 %)", "errors saved", "unseen", "ECE", "AURC", *names)
    lines = [head]
    for method, row in sorted(rows.items(), key=lambda one: one[1]["accuracy"][0]):
        spans = (f"{value:.3f} ({low:.3f}–{high:.3f})" for value, low, high in (row["accuracy"], row["unseen"]))
        saved = (f"{100 * row[key][0]:.1f} %" for key in ("fewer", "fewer_unseen"))
        lines.append((method, *spans, *saved, f"{row['ece']:.3f}", f"{row['aurc']:.3f}",
                      *(f"{row['profiles'][name]:.3f}" for name in names)))  # fmt: skip
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def lived(given: tuple[int, argparse.Namespace]) -> tuple[list[Example], dict[tuple[str, ...], dict[str, Said]]]:
    """The judging examples of a seed, and what everybody said of them, by the profiles left out."""
    seed, options = given
    world = world_of(seed, options.limit, options.broken, options.data)
    found = {}
    for left_out in profiles().left_out:
        found[left_out] = judged(world, left_out, options.steps)
        print(f"seed {seed}, without {' and '.join(left_out)}: done", flush=True)
    return world.judge, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS, help="folder of the data packs")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--limit", type=int, help="so many pictures of each part: to try the script, no figures")
    parser.add_argument("--steps", type=int, default=1500, help="that a policy learns")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--broken", action="store_true", help="learns from shuffled labels: must fail")
    options = parser.parse_args()
    names = tuple(profiles().by_name)
    study = Study([one.key for one in labelled(options.data, options.limit)[1]], names)
    with ProcessPoolExecutor(options.processes) as pool:
        for world in pool.map(lived, [(seed, options) for seed in range(options.seeds)]):
            for left_out, said in world[1].items():
                study.add(world[0], said, left_out)
    rows = summary(study)
    print(shown(rows, names))
    best = max((*LEARNED, POLICY), key=lambda name: rows[name]["accuracy"][0])
    found = goals(rows, study, best)
    lacking = missed(found)
    print(json.dumps({"benchmark": "fusion_learned", "broken": options.broken, "pictures": len(study.pictures),
                      "best": best, **found, "missed": lacking}))  # fmt: skip
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
