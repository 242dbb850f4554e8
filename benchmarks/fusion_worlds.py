"""The examples of one seed, in parts, with the answers of the plain strategies to them: what fusion is studied on.

Two thirds of the learning pictures teach the fusion, the rest tune (a cascade, a policy), the held-out ones judge. A
world takes minutes and is kept in build/fusion/ until something that it is made by changes.
"""

from __future__ import annotations

import hashlib
import pickle
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import kyara.fuse
from fusion_data import PACKS, examples, labelled
from fusion_tables import VOCABULARY, plain_answers
from kyara.fuse.examples import Example
from kyara.fuse.learned.dense import Dense
from kyara.fuse.simulation import profiles
from kyara.results.atomic import write_atomically

TAUGHT_BY = 3  # profiles, of six, under which a picture teaches
TABLED = 4_000  # examples that tune, when two profiles of six are left out
WORLDS = Path(__file__).resolve().parents[1] / "build" / "fusion"
MAKES_WORLDS = ("fusion_data.py", "fusion_tables.py", "fusion_worlds.py", "data/fusion/builtin.parquet")


def world_of(seed: int, limit: int | None = None, broken: bool = False, packs: Path = PACKS) -> World:
    """The world of a seed, kept in build/fusion/ for the next who asks, until something it is made by changes."""
    here, fuse = Path(__file__).resolve().parent, Path(kyara.fuse.__file__).parent
    made_by = [here / name for name in MAKES_WORLDS] + [fuse / "simulation.py", fuse / "profiles.toml"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:12]
    path = WORLDS / f"world-{digest}-{seed}-{limit}-{broken}.pickle"
    if path.is_file():
        with path.open("rb") as file:
            kept: World = pickle.load(file)
            return kept
    world = World(seed, limit, broken, packs)
    WORLDS.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda fresh: fresh.write_bytes(pickle.dumps(world)))
    return world


class World:
    """The examples and plain answers of one seed: of those who teach, of those who tune, of those who judge."""

    def __init__(self, seed: int, limit: int | None, broken: bool, packs: Path) -> None:
        learn, judge = labelled(packs, limit)
        cut = len(learn) * 2 // 3
        names = tuple(profiles().by_name)
        self.seed = seed
        self.teach = examples(learn[:cut], names, seed, TAUGHT_BY)
        tune = examples(learn[cut:], names, seed, TAUGHT_BY)
        self.tune = random.Random(seed).sample(tune, min(TABLED * 6 // 4, len(tune)))
        self.judge = examples(judge, names, seed, len(names))
        if broken:
            self.teach, self.tune = _shuffled(self.teach, seed), _shuffled(self.tune, seed)
        self.tune_answers, self.judge_answers = plain_answers(self.tune), plain_answers(self.judge)


def _shuffled(some: Sequence[Example], seed: int) -> list[Example]:
    truths = [one.truth for one in some]
    random.Random(seed).shuffle(truths)
    return [replace(one, truth=truth) for one, truth in zip(some, truths, strict=True)]


def dense_of(some: Sequence[Example], extractors: Sequence[str]) -> Dense:
    """What `extractors` say in these examples."""
    return Dense.of([(one.evidence, one.about) for one in some], VOCABULARY, extractors)
