"""Makes the learned fusion that comes with the package, and the policy beside it: src/kyara/builtin/fusion/.

The world of fusion_learned.py with all six profiles. Two thirds of the learning pictures teach the fusion, the rest
the policy; the card has the figures on the held-out pictures, beside confidence-weighted. `--out` writes elsewhere.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from fusion_data import examples, labelled
from fusion_tables import COSTS, STOPS, VOCABULARY, with_learned
from fusion_worlds import TAUGHT_BY, dense_of, world_of
from kyara.fuse.cards import Card
from kyara.fuse.learned.fitting import fit
from kyara.fuse.policy.episodes import tabled
from kyara.fuse.policy.learning import Lessons, learn, write
from kyara.fuse.simulation import profiles
from kyara.fuse.versions import NONE, InUse, written
from kyara.recipes.learning import beside

SEED, STEPS = 0, 1500
COST_WEIGHT = 0.03  # benchmarks/fusion_policy.py has the curve
OUT = Path(__file__).resolve().parents[1] / "src" / "kyara" / "builtin" / "fusion"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--steps", type=int, default=STEPS, help="that the policy learns")
    options = parser.parse_args()
    world = world_of(SEED)
    told = {"from": "simulation", "seed": SEED, "command": "python benchmarks/fusion_shipped.py"}
    learned = fit(world.teach, VOCABULARY, told=told)
    tune = with_learned(world.tune_answers, dense_of(world.tune, learned.extractors), learned)
    tables = tabled(world.tune, VOCABULARY, COSTS, tune.worths, STOPS)
    learnt = learn(tables, tables.take(slice(0, None, 8)), Lessons(COST_WEIGHT, options.steps, seed=SEED))
    names = tuple(profiles().by_name)
    held_out = examples(labelled()[1], names, SEED, 1)
    figures = beside(learned, InUse(NONE), held_out, VOCABULARY)
    with TemporaryDirectory() as place:
        policy = Path(place) / "policy.onnx"
        write(learnt, VOCABULARY.digest, policy)
        if options.out.exists():
            shutil.rmtree(options.out)
        count = sum(len(one.truth) for one in world.teach)
        written(options.out, learned, Card({"simulated": count}, figures), policy.read_bytes())
    print(f"{learned.version}: {figures.own} beside {figures.other_name} {figures.other}; TAUGHT_BY {TAUGHT_BY}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
