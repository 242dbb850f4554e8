"""How much there is to be had for a fusion: what somebody would answer who is told how the tags were spoiled.

The worlds, the held-out heads and the average of fusion_learned.py, under all six profiles. Beside the pooling, which
is told nothing: poolings learned of one profile each and told which it is; and Bayes' rule, told the profile and its
rates (fuse/profiles.toml), with the pooled opinion of those who look at pixels in the place of a prior. No fusion of
these extractors can know more than that, but for what pixels tell beyond the builtin network and the histogram.

Goal: the ceiling is one (the pooling, on the same pictures, is not above it beyond the interval). What it saves of the
average's errors is the figure to hold the goal of issue 8 (20 %) against. `--broken` tells the wrong profile; it must
fail.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusion_data import ATTRIBUTES, KINDS, PACKS, labelled
from fusion_learned import SEEDS, Said, Study, fewer, interval
from fusion_tables import ALL, PLACE, STOPS, VOCABULARY
from fusion_worlds import World, dense_of, world_of
from kyara.fuse.examples import Example
from kyara.fuse.learned.fitting import fit
from kyara.fuse.simulation import Profile, profiles

POOLING, ONE_EACH, BAYES = "pooling", "pooling, told the profile", "Bayes, told profile and rates"
Table = NDArray[np.float64]


def answers(world: World, broken: bool) -> dict[str, Said]:
    """What everybody answers to all judging examples; every one of them learned from all profiles."""
    names = list(profiles().by_name)
    told = {name: names[(i + broken) % len(names)] for i, name in enumerate(names)}
    average = STOPS.index("average")
    found = {
        "average": (world.judge_answers.labels[:, ALL, average], world.judge_answers.confidences[:, ALL, average]),
        POOLING: _pooled(world.teach, world.judge),
    }
    groups = np.array([one.group for one in world.judge])
    prior = _distributions([_by(one, "pixels") for one in world.teach], [_by(one, "pixels") for one in world.judge])
    for way in (ONE_EACH, BAYES):
        labels = np.empty_like(found["average"][0])
        confidences = np.empty_like(found["average"][1])
        for name in names:
            rows = groups == name
            judge = [one for one, here in zip(world.judge, rows, strict=True) if here]
            if way == BAYES:
                said = _best(bayes(judge, {a: p[rows] for a, p in prior.items()}, told[name], world))
            else:
                said = _pooled([one for one in world.teach if one.group == told[name]], judge)
            labels[rows], confidences[rows] = said
        found[way] = labels, confidences
    return found


def bayes(judge: Sequence[Example], prior: Mapping[str, Table], name: str, world: World) -> dict[str, Table]:
    """The chances (N, labels) of each attribute, given what pixels say, the tags, the text, and the profile's rates."""
    profile = profiles().by_name[name]
    truths = np.array([[PLACE[a][one.truth[a][0]] for a in ATTRIBUTES] for one in world.teach])
    hair, eyes = (_likelihood(profile, a, truths[:, i]) for i, a in enumerate(ATTRIBUTES))
    tags, texts = ([_told(one, who) for one in judge] for who in ("tags", "text"))
    pairs = np.zeros((len(hair), len(eyes)))
    np.add.at(pairs, (truths[:, 0], truths[:, 1]), 1 / len(truths))
    joint = np.empty((len(judge), *pairs.shape))
    for i, ((tag_hair, tag_eyes), (text_hair, text_eyes)) in enumerate(zip(tags, texts, strict=True)):
        of_tags = hair[:, tag_hair, None] * eyes[None, :, tag_eyes]
        of_tags = (1 - profile.shifted) * of_tags + profile.shifted * (pairs * of_tags).sum()
        of_text = hair[:, text_hair, None] * eyes[None, :, text_eyes]
        joint[i] = prior[ATTRIBUTES[0]][i][:, None] * prior[ATTRIBUTES[1]][i][None, :] * of_tags * of_text
    joint /= joint.sum((1, 2), keepdims=True)
    return {ATTRIBUTES[0]: joint.sum(2), ATTRIBUTES[1]: joint.sum(1)}


def _likelihood(profile: Profile, attribute: str, truths: NDArray[np.int64]) -> Table:
    """(labels, labels + 1): the chance of each statement, the last of none, where that label is true."""
    place = PLACE[attribute]
    there = sorted(set(truths.tolist()))
    taken_for = profiles().confusable.get(attribute, {}) if profile.confusable else {}
    table = np.full((len(place), len(place) + 1), 1e-6)  # what an extractor reads otherwise than it was written
    for label, i in place.items():
        table[i, -1] += profile.drop
        table[i, i] += (1 - profile.drop) * (1 - profile.wrong)
        others = [other for other in there if other != i] or [i]
        mistaken = place.get(taken_for.get(label, ""), -1)
        wrongly = [mistaken] if mistaken in others else others
        table[i, wrongly] += (1 - profile.drop) * profile.wrong / len(wrongly)
    return table


def _told(example: Example, who: str) -> tuple[int, ...]:
    """The label that `who` names of each attribute, the number of labels where it names none."""
    said = {item.attribute: item.scores[0][0] for item in example.evidence if item.extractor == who}
    return tuple(PLACE[a][said[a]] if a in said else len(PLACE[a]) for a in ATTRIBUTES)


def _by(example: Example, kind: str) -> Example:
    return replace(example, evidence=tuple(item for item in example.evidence if KINDS[item.extractor] == kind))


def _distributions(teach: Sequence[Example], judge: Sequence[Example]) -> dict[str, Table]:
    learned = fit(teach, VOCABULARY)
    return {a: p for a, p in learned.pooled("pooling", dense_of(judge, learned.extractors)).items() if a in ATTRIBUTES}


def _pooled(teach: Sequence[Example], judge: Sequence[Example]) -> Said:
    return _best(_distributions(teach, judge))


def _best(fused: Mapping[str, Table]) -> Said:
    tables = [fused[a] for a in ATTRIBUTES]
    return (
        np.stack([p.argmax(1) for p in tables], 1).astype(np.int8),
        np.stack([p.max(1) for p in tables], 1).astype(np.float32),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PACKS, help="folder of the data packs")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--limit", type=int, help="so many pictures of each part: to try the script, no figures")
    parser.add_argument("--broken", action="store_true", help="tells the wrong profile: must fail")
    options = parser.parse_args()
    names = tuple(profiles().by_name)
    study = Study([one.key for one in labelled(options.data, options.limit)[1]], names)
    for seed in range(options.seeds):
        world = world_of(seed, options.limit, packs=options.data)
        study.add(world.judge, answers(world, options.broken), ())
        print(f"seed {seed}: done", flush=True)
    saved = {}
    for method in ("average", POOLING, ONE_EACH, BAYES):
        errors = study.errors(method, True)
        accuracy, low, high = interval(lambda e: 1 - e, errors)
        saved[method] = interval(fewer, errors, study.errors("average", True))
        by = "  ".join(f"{name} {value:.3f}" for name, value in study.by_profile(method).items())
        print(f"{method:30} {accuracy:.3f} ({low:.3f}–{high:.3f})  saves {saved[method][0]:6.1%}  {by}")
    beyond = interval(lambda a, b: a - b, study.errors(POOLING, True), study.errors(BAYES, True))
    found = {
        "pooling_saves": round(saved[POOLING][0], 4),
        "told_saves": round(saved[ONE_EACH][0], 4),
        **{f"bayes_saves{end}": round(saved[BAYES][i], 4) for i, end in enumerate(("", "_low", "_high"))},
        "bayes_beyond_pooling_high": round(beyond[2], 4),
    }
    lacking = [] if beyond[2] >= 0 else ["bayes_beyond_pooling_high"]
    print(json.dumps({"benchmark": "fusion_ceiling", "broken": options.broken, **found, "missed": lacking}))
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
