"""How many decisions a second a policy makes on one core: its network alone, and with the states it decides by.

The network is of the size that learning gives it, with random weights: what it computes takes as long. States are of
sightings on which tags, text, the builtin network and the histogram were asked, made from their evidence as a run makes
them. `--broken` decides for one sighting at a time and must fail.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kyara.fuse.examples import About
from kyara.fuse.policy.actions import STOPS, allowed
from kyara.fuse.policy.learning import Learnt, Lessons, network, write
from kyara.fuse.policy.policy import Policy
from kyara.fuse.policy.state import SLOTS, Board
from kyara.records import Evidence, ranked
from kyara.vocabulary import Vocabulary, load_vocabulary

GOAL_PER_S = 10_000
BATCH, ROUNDS = 256, 40  # the best round counts: other work on the machine only ever slows one down
COSTS = {"tags": 0.01, "text": 0.0001, "histogram": 1.0, "builtin": 1.5}


def policy(vocabulary: Vocabulary) -> Policy:
    """One that was never taught, through its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.onnx"
        write(Learnt(network(Lessons().width), (), COSTS, STOPS, 0.0), vocabulary.digest, path)
        return Policy.load(path, vocabulary.digest)


def evidence(vocabulary: Vocabulary, draw: np.random.Generator) -> tuple[Evidence, ...]:
    """What four extractors say of one sighting: tags and text of some attributes, pixels of one and two."""
    said = []
    for who, count in (("tags", 5), ("text", 4)):
        for place in draw.permutation(len(vocabulary.attributes))[:count]:
            labels = vocabulary.attributes[place].label_names
            said.append(Evidence(who, "1", vocabulary.attributes[place].name, ((draw.choice(labels), 0.9),)))
    for who, name in (("histogram", "hair_color"), ("builtin", "hair_color"), ("builtin", "eye_color")):
        labels = vocabulary[name].label_names
        scores = dict(zip(labels, draw.dirichlet(np.ones(len(labels))).tolist(), strict=True))
        said.append(Evidence(who, "1", name, ranked(scores)))
    return tuple(said)


def rate(work: Callable[[], object], decisions: int) -> float:
    """Decisions a second of processor time, of the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return decisions / best


def main() -> int:
    """Time both, print them and one JSON line; 1 where either misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sightings", type=int, default=10 * BATCH)
    parser.add_argument("--broken", action="store_true", help="one sighting at a time: must fail")
    options = parser.parse_args()
    vocabulary, draw = load_vocabulary(), np.random.default_rng(0)
    said = [evidence(vocabulary, draw) for _ in range(options.sightings)]
    decider, size = policy(vocabulary), 1 if options.broken else BATCH

    def board(some: list[tuple[Evidence, ...]]) -> Board:
        available = np.zeros((len(some), len(SLOTS)), np.bool_)
        available[:, [SLOTS[name] for name in COSTS]] = True
        made = Board(vocabulary, [About(tags=30, words=20)] * len(some), available, COSTS)
        made.hear(enumerate(some))
        made.asked[:, [SLOTS["tags"], SLOTS["text"], SLOTS["histogram"], SLOTS["builtin"]]] = True
        return made

    batches = [said[start : start + size] for start in range(0, len(said), size)]
    boards = [board(batch) for batch in batches]
    masks = [allowed(one.available, one.asked, STOPS) for one in boards]
    states = [one.states() for one in boards]
    alone = rate(lambda: [decider.decide(*one) for one in zip(states, masks, strict=True)], len(said))
    whole = rate(lambda: [decider.decide(board(b).states(), m) for b, m in zip(batches, masks, strict=True)], len(said))
    passed = min(alone, whole) >= GOAL_PER_S
    print(f"{len(said)} sightings, {size} at a time: network {alone:.0f}/s, with states {whole:.0f}/s")
    line = {"benchmark": "fusion_policy_speed", "decisions_per_s": round(alone), "with_states_per_s": round(whole),
            "state_us": round(1e6 / whole - 1e6 / alone), "goal": GOAL_PER_S, "batch": size,
            "broken": options.broken, "passed": passed}  # fmt: skip
    print(json.dumps(line))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
