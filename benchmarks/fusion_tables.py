"""Every answer of every way of fusing after every choice of extractors, for many examples: tables to study fusion on.

Answers are forced (no abstention): the best guess and its confidence. What is learned from or judged is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_data import ATTRIBUTES, KINDS
from kyara.extractors.builtin import BuiltinExtractor
from kyara.extractors.histogram import HistogramExtractor
from kyara.extractors.tags import TagsExtractor
from kyara.extractors.text import TextExtractor
from kyara.fuse import LEARNED, STRATEGIES, Fuser, Learned
from kyara.fuse.examples import Example
from kyara.fuse.learned.dense import Dense
from kyara.fuse.policy.episodes import choices
from kyara.vocabulary import load_vocabulary

READERS = (TagsExtractor, TextExtractor, HistogramExtractor, BuiltinExtractor)  # in the order of the policy's slots
COSTS = {reader.name: float(reader.cost) for reader in READERS}
STOPS = (*STRATEGIES, *LEARNED)
ALL = (1 << len(COSTS)) - 1
VOCABULARY = load_vocabulary()
PLACE = {name: {label: i for i, label in enumerate(VOCABULARY[name].label_names)} for name in ATTRIBUTES}

Labels = NDArray[np.int8]
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answers:
    """`labels` (N, 2^E, stops, attributes), -1 for none, with their `confidences`; `truth` (N, attributes)."""

    labels: Labels
    confidences: Table
    truth: Labels

    def take(self, rows: Any) -> Answers:
        return Answers(self.labels[rows], self.confidences[rows], self.truth[rows])

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.labels == self.truth[:, None, None, :])

    @property
    def worths(self) -> Table:
        """What stopping is worth, as fuse.policy.episodes.worth_of has it."""
        right = self.right.astype(np.float32)
        said = self.labels >= 0
        return np.asarray((np.where(said, right + 1 - (self.confidences - right) ** 2, 0.0)).mean(-1), np.float32)


def plain_answers(examples: Sequence[Example]) -> Answers:
    """With the answers of the six strategies; the columns of LEARNED are empty."""
    shape = (len(examples), ALL + 1, len(STOPS), len(ATTRIBUTES))
    labels, confidences = np.full(shape, -1, np.int8), np.zeros(shape, np.float32)
    fuse = Fuser(VOCABULARY, "average", 0.0, KINDS)
    chosen = choices(len(COSTS))
    for row, example in enumerate(examples):
        by_who = {name: [e for e in example.evidence if e.extractor == name and e.attribute in ATTRIBUTES]
                  for name in COSTS}  # fmt: skip
        speak = np.array([bool(said) for said in by_who.values()])
        done: dict[bytes, int] = {}
        for choice in range(ALL + 1):
            heard = (chosen[choice] & speak).tobytes()
            if heard in done:
                labels[row, choice], confidences[row, choice] = labels[row, done[heard]], confidences[row, done[heard]]
                continue
            done[heard] = choice
            evidence = [e for name, here in zip(COSTS, chosen[choice], strict=True) if here for e in by_who[name]]
            for stop, name in enumerate(STRATEGIES):
                for value in fuse(evidence, example.about, name):
                    place = ATTRIBUTES.index(value.attribute)
                    labels[row, choice, stop, place] = PLACE[value.attribute].get(next(iter(value.labels), ""), -1)
                    confidences[row, choice, stop, place] = value.confidence
    truth = [[PLACE[name][example.truth[name][0]] for name in ATTRIBUTES] for example in examples]
    return Answers(labels, confidences, np.array(truth, np.int8))


def with_learned(answers: Answers, dense: Dense, learned: Learned) -> Answers:
    """The same with the columns of LEARNED filled; `dense` holds the same examples' evidence of COSTS, in any order."""
    labels, confidences = answers.labels.copy(), answers.confidences.copy()
    order = [list(COSTS).index(name) for name in dense.extractors]
    for choice, (i, name) in product(range(ALL + 1), enumerate(LEARNED)):
        part = dense.heard(choices(len(COSTS))[choice][order])
        for attribute, fused in learned.pooled(name, part).items():
            place = ATTRIBUTES.index(attribute)
            silent = ~part.speaks[attribute].any(1)
            labels[:, choice, len(STRATEGIES) + i, place] = np.where(silent, -1, fused.argmax(1))
            confidences[:, choice, len(STRATEGIES) + i, place] = np.where(silent, 0.0, fused.max(1))
    return Answers(labels, confidences, answers.truth)
