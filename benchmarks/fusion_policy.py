"""Whom to ask, learned: accuracy and cost of the policy beside asking everybody and beside tuned cascades.

The world of fusion_learned.py with all six profiles: one part of the learning pictures teaches the fusion, the other
the policy (a double DQN at several weights of cost) and the cascades; held-out pictures judge. Costs are the
extractors' own (`cost`: milliseconds, about). A cascade asks by cost until its strategy is as sure as a threshold; its
curve is the upper envelope of all thresholds, chosen on the pictures that tune: one stops with the surest extractor,
as a cascade without learning would, one with the learned pooling.

Goals (issue 8): within 1 point of asking everybody at no more than half of its cost, and nowhere below the plain
cascade's curve by more than the interval; the learning curve rises. Beside it, with labels shuffled, it must not.
`--broken` is that: everything learned from shuffled labels; it must fail.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_data import PACKS
from fusion_learned import THRESHOLDS, cascade
from fusion_tables import ALL, COSTS, STOPS, VOCABULARY, Answers, with_learned
from fusion_worlds import dense_of, world_of
from kyara.fuse.learned.fitting import fit
from kyara.fuse.policy.episodes import Tables, tabled, walked
from kyara.fuse.policy.learning import Lessons, Mark, learn
from kyara.fuse.policy.policy import FREE

SEEDS, STEPS = 5, 1500
WEIGHTS = (0.0, 0.03, 0.1)
POINTS, SHARE, GAINED = 0.01, 0.5, 0.1
WHOLE = sum(COSTS.values())
BEGIN = sum(1 << i for i, cost in enumerate(COSTS.values()) if cost < FREE)  # asked in any case, as in a run
CASCADES = ("aggressive", "pooling")


@dataclass(frozen=True, slots=True)
class Lived:
    """Of one seed: everybody asked (accuracy), points (cost, accuracy) of the policy by weight, the curves of the
    cascades on a grid of costs, and the learning curve at weight 0."""

    everybody: float
    policy: list[tuple[float, float]]
    cascades: dict[str, list[float]]
    curve: tuple[Mark, ...]


GRID = np.linspace(0.0, WHOLE, 109)


def lived(given: tuple[int, argparse.Namespace]) -> Lived:
    seed, options = given
    world = world_of(seed, options.limit, options.broken, options.data)
    learned = fit(world.teach, VOCABULARY)
    tune = with_learned(world.tune_answers, dense_of(world.tune, learned.extractors), learned)
    judge = with_learned(world.judge_answers, dense_of(world.judge, learned.extractors), learned)
    tables = tabled(world.tune, VOCABULARY, COSTS, tune.worths, STOPS)
    asked = tabled(world.judge, VOCABULARY, COSTS, judge.worths, STOPS)
    points, curve = [], ()
    for weight in WEIGHTS:
        lessons = Lessons(cost_weight=weight, steps=options.steps, seed=seed)
        learnt = learn(tables, asked.take(slice(0, None, 8)), lessons)
        points.append(_point(asked, judge, learnt, weight))
        curve = curve or learnt.curve
        print(f"seed {seed}, weight {weight}: cost {points[-1][0]:.3f}, accuracy {points[-1][1]:.4f}", flush=True)
    everybody = float(judge.right[:, ALL, STOPS.index(learned.best)].mean())
    return Lived(everybody, points, {stop: _envelope(tune, judge, stop) for stop in CASCADES}, curve)


def _point(tables: Tables, answers: Answers, learnt: Any, weight: float) -> tuple[float, float]:
    walk = walked(tables, learnt.decide, weight, BEGIN)
    right = answers.right[np.arange(len(tables)), walk.chosen, walk.stops]
    return float(walk.spent.mean()), float(right.mean())


def _envelope(tune: Answers, judge: Answers, stop: str) -> list[float]:
    """Accuracy on `judge` of the cascade that is best on `tune` at no more than each cost of GRID."""
    tried = []
    for at in product(THRESHOLDS, repeat=len(COSTS) - 1):
        said, cost = cascade(tune, at, stop)
        tried.append((cost, float((said[0] == tune.truth).mean()), at))
    found, known = [], dict[Any, float]()
    for most in GRID:
        there = [one for one in tried if one[0] <= most]
        if not there:
            found.append(0.0)
            continue
        best = max(there, key=lambda one: one[1])[2]
        if best not in known:
            known[best] = float((cascade(judge, best, stop)[0][0] == judge.truth).mean())
        found.append(known[best])
    return found


def summary(all_lived: Sequence[Lived]) -> dict[str, Any]:
    """Means over the seeds, and what is judged."""
    policy = np.array([one.policy for one in all_lived])  # (seeds, weights, 2)
    everybody = np.array([one.everybody for one in all_lived])
    below = everybody[:, None] - policy[..., 1]
    cheap = policy[..., 0].mean(0) <= SHARE * WHOLE
    nearest = int(np.argmin(np.where(cheap, below.mean(0), np.inf)))
    found: dict[str, Any] = {
        "everybody": round(float(everybody.mean()), 4),
        "policy": [[round(float(x), 4) for x in point] for point in policy.mean(0)],
        "points_below_everybody": round(float(below.mean(0)[nearest]), 4) if cheap.any() else 1.0,
        "share_of_cost": round(float(policy[:, nearest, 0].mean() / WHOLE), 4),
    }
    for stop in CASCADES:
        curves = np.array([one.cascades[stop] for one in all_lived])
        over = np.array([
            [accuracy - np.interp(cost, GRID, curve) for cost, accuracy in points]
            for points, curve in zip(policy, curves, strict=True)
        ])  # fmt: skip
        spread = 1.96 * over.std(0, ddof=1) / np.sqrt(len(over)) if len(over) > 1 else np.zeros(over.shape[1])
        found[f"over_{stop}"] = [round(float(x), 4) for x in over.mean(0)]
        found[f"least_over_{stop}"] = round(float((over.mean(0) + spread).min()), 4)
        found[f"cascade_{stop}"] = [round(float(x), 4) for x in curves.mean(0)[:: len(GRID) // 12]]
    rewards = np.array([[mark.reward for mark in one.curve] for one in all_lived])
    found["learning_curve"] = [round(float(x), 4) for x in rewards.mean(0)]
    found["learned"] = round(float((rewards[:, -3:].mean(1) - rewards[:, 0]).mean()), 4)
    return found


def missed(found: dict[str, Any]) -> list[str]:
    met = {
        "points_below_everybody": found["points_below_everybody"] <= POINTS,
        "least_over_aggressive": found["least_over_aggressive"] >= 0,
        "learned": found["learned"] > GAINED and found["everybody"] > 0.8,
    }
    return [name for name, fine in met.items() if not fine]


def draw(all_lived: Sequence[Lived], path: Path) -> None:
    """The plot of all: accuracy over cost, and the learning curve."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4), constrained_layout=True)
    points = np.array([one.policy for one in all_lived])
    names = {"aggressive": "cascade, surest extractor", "pooling": "cascade, learned pooling"}
    for stop, colour in zip(CASCADES, ("#8c8c8c", "#3b6ea8"), strict=True):
        curve = np.array([one.cascades[stop] for one in all_lived]).mean(0)
        left.plot(GRID[curve > 0], curve[curve > 0], color=colour, label=names[stop], drawstyle="steps-post")
    mean: NDArray[np.float64] = points.mean(0)
    left.plot(mean[:, 0], mean[:, 1], "o-", color="#c8553d", label="policy (double DQN)")
    left.axhline(np.mean([one.everybody for one in all_lived]), color="black", linewidth=0.8, linestyle=":",
                 label="everybody, learned pooling")  # fmt: skip
    left.axvline(SHARE * WHOLE, color="black", linewidth=0.5, alpha=0.4)
    left.set(xlabel="cost a sighting", ylabel="accuracy", ylim=(max(0.5, mean[:, 1].min() - 0.12), None))
    left.legend(frameon=False, fontsize=8, loc="lower right")
    steps = [mark.step for mark in all_lived[0].curve]
    for one in all_lived:
        right.plot(steps, [mark.reward for mark in one.curve], color="#c8553d", alpha=0.5, linewidth=1)
    right.set(xlabel="steps", ylabel="mean reward, held-out pictures", title="learning, one line a seed")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS, help="folder of the data packs")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--limit", type=int, help="so many pictures of each part: to try the script, no figures")
    parser.add_argument("--steps", type=int, default=STEPS, help="that each policy learns")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--plot", type=Path, default=Path("build/benchmarks/fusion_policy.png"))
    parser.add_argument("--broken", action="store_true", help="learns from shuffled labels: must fail")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        all_lived = list(pool.map(lived, [(seed, options) for seed in range(options.seeds)]))
    found = summary(all_lived)
    draw(all_lived, options.plot)
    for name, value in found.items():
        print(f"{name:24} {value}")
    lacking = missed(found)
    print(json.dumps({"benchmark": "fusion_policy", "broken": options.broken, **found, "missed": lacking}))
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
