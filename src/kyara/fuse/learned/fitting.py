"""Learned fusion from labelled examples: calibrations, weights, a stack, what they are worth, attribute by attribute.

Three of four examples teach calibrations of extractors and weights; the fourth says how freely to learn, and what the
fused confidence is worth: the share is drawn by key, so examples of one picture (equal keys) stay together. Each
teaches twice: as it is, and as if only some of its extractors had been asked, since a policy asks some and others fail.
Attributes with too few labels are not taught; with `prior`, they and every weight go on from there.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kyara.fuse.examples import Example
from kyara.fuse.learned import NAMES, Learned, Taught
from kyara.fuse.learned import loglinear as pooling
from kyara.fuse.learned import stacking as stacks
from kyara.fuse.learned.calibration import AS_IT_IS, Calibration, Labels, loss
from kyara.fuse.learned.calibration import fitted as calibrated
from kyara.fuse.learned.dense import GLOBALS, PAIRS, Bools, Dense, context_size
from kyara.fuse.learned.risk import Risk, measured
from kyara.vocabulary import Vocabulary

FEWEST = 60  # labelled examples in which somebody speaks, to teach an attribute; docs/fusion.md
FEWEST_TO_STACK = 1_000
JUDGED_SHARE = 0.25


def fit(
    examples: Sequence[Example],
    vocabulary: Vocabulary,
    prior: Learned | None = None,
    told: Mapping[str, Any] | None = None,
) -> Learned:
    """What these examples teach; the same examples give the same result, whatever their order.

    Raises EvidenceError where evidence breaks its contract.
    """
    examples = sorted(examples, key=lambda example: (example.key, example.group))
    speakers = sorted({item.extractor for example in examples for item in example.evidence})
    extractors = tuple(dict.fromkeys((*(prior.extractors if prior else ()), *speakers)))
    count = len(examples)
    examples = [*examples, *(_in_part(example) for example in examples)]
    dense = Dense.of([(example.evidence, example.about) for example in examples], vocabulary, extractors)
    judged, halves = _parts([example.key for example in examples])
    whole = np.arange(len(examples)) < count
    known = _widened(prior, extractors)
    labels = {name: _labels(examples, vocabulary, name) for name in dense.chances}
    enough = [name for name, those in labels.items() if (there := whole & _usable(dense, name, those)).sum() >= FEWEST
              and len(np.unique(those[there])) > 1]  # fmt: skip
    before = {name: _before(dense, name, labels[name], whole & ~judged, halves, known.get(name)) for name in enough}
    honest = dense
    for name, calibrations in before.items():
        honest = honest.with_chances(
            name, np.stack([c(dense.chances[name][:, i]) for i, c in enumerate(calibrations)], axis=1)
        )
    contexts = honest.contexts(enough)
    taught = dict(known)
    for name in enough:
        there = _usable(dense, name, labels[name])
        rows = _Rows(honest, name, contexts[name], labels[name], there & ~judged, there & judged, halves)
        taught[name] = _taught(rows, vocabulary[name].label_names, before[name], known.get(name))
    always = _always(dense.take(whole), extractors, prior)
    found = Learned(vocabulary.digest, extractors, taught, always, told=dict(told or {}))
    right = {name: _right(found, name, dense, labels, whole & judged) for name in NAMES} if enough else {}
    best = max(NAMES, key=lambda name: right.get(name, 0))
    return replace(found, best=best if right else (prior.best if prior else NAMES[0]))


def _in_part(example: Example) -> Example:
    """The same as if only some of those who speak had been asked, at least one; drawn by key and group."""
    speakers = sorted({item.extractor for item in example.evidence})
    draw = random.Random(f"in part:{example.key}:{example.group}")
    asked = {name for name in speakers if draw.random() < 0.5} or set(speakers[:1])
    return replace(example, evidence=tuple(item for item in example.evidence if item.extractor in asked))


def _always(dense: Dense, extractors: tuple[str, ...], prior: Learned | None) -> frozenset[str]:
    """Who speaks in every example, of those who always did before."""
    spoke = np.any(list(dense.speaks.values()), axis=0)
    always = frozenset(name for name, there in zip(extractors, spoke.T, strict=True) if len(there) and there.all())
    return always & prior.always if prior else always


def _right(learned: Learned, name: str, dense: Dense, labels: Mapping[str, Labels], judged: Bools) -> int:
    """How many of the judging rows are answered right that way."""
    pooled = learned.pooled(name, dense.take(judged))
    return sum(int((p.argmax(1) == labels[a][judged])[labels[a][judged] >= 0].sum()) for a, p in pooled.items())


class _Rows:
    """The rows of one attribute: to learn from, and to judge by."""

    def __init__(
        self, dense: Dense, name: str, contexts: Any, labels: Labels, learn: Bools, judge: Bools, halves: Bools
    ) -> None:
        self._said = dense.chances[name], dense.speaks[name], contexts
        self._labels, self._halves = labels, halves
        self.learn, self.judge = learn, judge

    def said(self, which: Bools) -> tuple[Any, Any, Any]:
        chances, speaks, contexts = self._said
        return chances[which], speaks[which], contexts[which]

    def labels(self, which: Bools) -> Labels:
        return self._labels[which]

    def halves(self, which: Bools) -> Bools:
        return self._halves[which]


def _taught(rows: _Rows, labels: tuple[str, ...], before: tuple[Calibration, ...], known: Taught | None) -> Taught:
    said, truth = rows.said(rows.learn), rows.labels(rows.learn)
    start = known.pooling if known else pooling.Weights.prior(len(before), said[2].shape[2], len(labels))
    spread = pooling.AGAIN if known else pooling.FIRST
    weights, free = (pooling.fitted(start, one, said, truth) for one in (spread, spread.freely))
    if rows.judge.any():
        judging, judged = rows.said(rows.judge), rows.labels(rows.judge)
        if loss(free(*judging), judged) < (1 - pooling.MUCH) * loss(weights(*judging), judged):
            weights = free
    trust = weights.trust(said[1], said[2])
    stack = stacks.fitted(said[0], trust, truth, len(labels)) if len(truth) >= FEWEST_TO_STACK else None
    seen = {labels[i] for which in (rows.learn, rows.judge) for i in np.unique(rows.labels(which))}
    unseen = (known.unseen if known else frozenset(labels)) - seen
    taught = Taught(labels, unseen, before, weights, stack, {}, {})
    after, risk = dict[str, Calibration](), dict[str, Risk]()
    truth, halves = rows.labels(rows.judge), rows.halves(rows.judge)
    for name in NAMES:
        fused = taught.raw(name, *rows.said(rows.judge))
        after[name] = calibrated(fused, truth, halves)
        fused = after[name](fused)
        risk[name] = measured(fused.max(1), fused.argmax(1) == truth)
    return replace(taught, after=after, risk=risk)


def _before(
    dense: Dense, name: str, labels: Labels, learn: Bools, halves: Bools, known: Taught | None
) -> tuple[Calibration, ...]:
    """The calibration of every extractor; what was known where this has too few labels of it."""
    found = []
    for i in range(len(dense.extractors)):
        rows = dense.speaks[name][:, i] & (labels >= 0) & learn
        one = calibrated(dense.chances[name][rows, i], labels[rows], halves[rows]) if rows.any() else AS_IT_IS
        found.append(known.before[i] if known and one is AS_IT_IS else one)
    return tuple(found)


def _usable(dense: Dense, name: str, labels: Labels) -> Bools:
    return np.asarray((labels >= 0) & dense.speaks[name].any(1))


def _labels(examples: Sequence[Example], vocabulary: Vocabulary, name: str) -> Labels:
    """The place of the true label, -1 where there is none (or several: such a truth teaches nothing here)."""
    place = {label: i for i, label in enumerate(vocabulary[name].label_names)}
    truths = [example.truth.get(name, ()) for example in examples]
    return np.array([place.get(truth[0], -1) if len(truth) == 1 else -1 for truth in truths], np.int64)


def _parts(keys: Sequence[str]) -> tuple[Bools, Bools]:
    """Which rows judge, and which half each is in for the choice of a calibration: both by key."""
    digests = [hashlib.sha256(f"fusion:{key}".encode()).digest() for key in keys]
    shares = np.array([int.from_bytes(digest[:4], "big") / 2**32 for digest in digests])
    return shares < JUDGED_SHARE, np.array([digest[4] % 2 == 1 for digest in digests], np.bool_)


def _widened(prior: Learned | None, extractors: tuple[str, ...]) -> dict[str, Taught]:
    """What was taught before, with room for extractors that were not heard then: they begin with the prior weight."""
    if prior is None or prior.extractors == extractors:
        return dict(prior.taught) if prior else {}
    more = len(extractors) - len(prior.extractors)
    found = {}
    for name, one in prior.taught.items():
        wider = pooling.Weights.prior(len(extractors), context_size(len(extractors)), len(one.labels)).context
        old = len(prior.extractors)
        blocks = np.split(one.pooling.context[:, len(GLOBALS) :], len(PAIRS), axis=1)
        padded = [np.pad(block, ((0, 0), (0, more))) for block in blocks]
        wider[:old] = np.concatenate([one.pooling.context[:, : len(GLOBALS)], *padded], axis=1)
        before = (*one.before, *[AS_IT_IS] * more)
        found[name] = replace(one, before=before, pooling=pooling.Weights(wider, one.pooling.bias), stacking=None)
    return found
