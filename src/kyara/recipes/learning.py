"""Learned fusion from what people reviewed: decisions into examples, a fit, and the fit judged before it is used.

Pictures are split by their content into those learned from and those held out, the same way every time: a version is
judged on pictures that none of its forebears learned from either. It goes into use only where it beats what is in use.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from kyara.catalogue.opening import Catalogue
from kyara.catalogue.reviewed import Reviewed, reviewed
from kyara.errors import FusionError
from kyara.evaluation.outcomes import Outcomes, outcomes, together
from kyara.fuse import AUTO, EvidenceError, Fuser, Learned
from kyara.fuse.cards import Card, Figures, Pair, Score
from kyara.fuse.examples import About, Example
from kyara.fuse.learned.fitting import FEWEST, fit
from kyara.fuse.pooling import checked
from kyara.fuse.versions import FALLBACK, InUse, Version, Versions
from kyara.records import Evidence, Sample
from kyara.vocabulary import Vocabulary

GROUP = "reviewed"
HELD_OUT = 0.3  # of the pictures
FEWEST_HELD_OUT = 50  # values; fewer do not tell two fusions apart: 5 errors against 10 of 50 are p = 0.06 at the best
MOST_WRONG = 0.8  # of the held-out values; where the fusion in use errs in more, people only looked for mistakes
UNSPOKEN, UNKNOWN = "no extractor says anything of them", "the vocabulary does not know them"

Watch = Callable[[int], None]  # sightings read so far


class Fit(Protocol):
    """How a fusion is made from examples: `kyara.fuse.learned.fitting.fit`."""

    def __call__(
        self,
        examples: Sequence[Example],
        vocabulary: Vocabulary,
        prior: Learned | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> Learned: ...


@dataclass(frozen=True, slots=True)
class Lessons:
    """Examples to learn from and examples held out; `left_out` counts values that teach nothing, by why."""

    learning: tuple[Example, ...]
    held_out: tuple[Example, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What came of learning. `version` is None where it was not to be kept, `held_back` says why it is not in use."""

    learned: Learned
    card: Card
    version: Version | None
    held_back: str | None


def lessons(catalogue: Catalogue, vocabulary: Vocabulary, watch: Watch = lambda count: None) -> Lessons:
    """What the standing decisions of a catalogue teach; who somebody is teaches nothing here. Raises CatalogueError."""
    examples, left_out = [], Counter[str]()
    for count, one in enumerate(reviewed(catalogue), 1):
        example = _example(one, vocabulary, left_out)
        if example.truth:
            examples.append(example)
        watch(count)
    return split(examples, left_out)


def split(examples: Sequence[Example], left_out: Mapping[str, int]) -> Lessons:
    """The examples by the digest of their key, which is their content: the sightings of a picture stay together."""
    held = [example for example in examples if _share(example.key) < HELD_OUT]
    return Lessons(tuple(e for e in examples if _share(e.key) >= HELD_OUT), tuple(held), dict(left_out))


def learn(given: Lessons, vocabulary: Vocabulary, versions: Versions, keep: bool = True, fit: Fit = fit) -> Learnt:
    """Learn on from the fusion in use, and judge the two on what is held out. With `keep` the new version is kept, and
    used from now on if it beats the other. Raises FusionError where there is too little to learn from."""
    _see_enough(given, vocabulary)
    present = versions.in_use(vocabulary)
    learned = fit(given.learning, vocabulary, present.learned, {"from": GROUP, "values": _values(given.learning)})
    figures = beside(learned, present, given.held_out, vocabulary)
    card = Card({GROUP: _values(given.learning)}, figures, present.name if present.learned else None)
    is_same = present.learned is not None and present.learned.version == learned.version
    held_back = "it is the same as the one in use" if is_same else _held_back(figures)
    if not keep:
        return Learnt(learned, card, None, held_back)
    policy = present.policy.read_bytes() if present.policy else None
    version = versions.add(learned, card, policy)
    if held_back is None:
        versions.use(version.name)
    return Learnt(learned, card, version, held_back)


def beside(learned: Learned, present: InUse, held_out: Sequence[Example], vocabulary: Vocabulary) -> Figures:
    """A fusion beside what is in use, as runs fuse by default, on every value of the attributes that either was taught.

    Nobody abstains: an answer is wrong that a person would have to correct.
    """
    from scipy.stats import binomtest  # half a second

    other = present.learned
    attributes = [name for name in vocabulary.names if name in {*learned.taught, *(other.taught if other else ())}]
    own, others = (_judged(one, held_out, attributes, vocabulary) for one in (learned, other))
    pairs = {name: Pair(_score([own[name]]), _score([others[name]])) for name in attributes if len(own[name])}
    right, other_right = (together(list(one.values())).right if one else np.zeros(0, bool) for one in (own, others))
    only_own, only_other = int((~right & other_right).sum()), int((right & ~other_right).sum())
    p = binomtest(only_own, only_own + only_other).pvalue if only_own + only_other else 1.0
    name = present.name if other else FALLBACK
    return Figures(_score([*own.values()]), _score([*others.values()]), name, only_own, only_other, float(p), pairs)


def _judged(
    learned: Learned | None, examples: Sequence[Example], attributes: Sequence[str], vocabulary: Vocabulary
) -> dict[str, Outcomes]:
    """How it fares on each attribute."""
    fuser = Fuser(vocabulary, AUTO, min_confidence=0.0, learned=learned)
    values = [{value.attribute: value for value in fuser(one.evidence, one.about)} for one in examples]
    found = {}
    for name in attributes:
        there = [i for i, one in enumerate(examples) if name in one.truth]
        said, truths = [values[i].get(name) for i in there], [examples[i].truth[name] for i in there]
        found[name] = outcomes(vocabulary[name], said, truths, np.array(there, np.int64))
    return found


def _score(parts: Sequence[Outcomes]) -> Score:
    if not sum(map(len, parts)):
        return Score(0, 0, 0.0)
    whole = together(parts)
    return Score(len(whole), int((~whole.right).sum()), round(float(((whole.confidence - whole.share) ** 2).mean()), 6))


def _held_back(figures: Figures) -> str | None:
    """Why a version does not go into use, None where it does."""
    own, other = figures.own, figures.other
    if own.values < FEWEST_HELD_OUT:
        return f"{own.values} held-out values are too few to judge it by; {FEWEST_HELD_OUT} are needed"
    if other.errors > MOST_WRONG * other.values:
        return (
            f"{figures.other_name} errs in {other.errors} of {other.values} held-out values: only mistakes were "
            "reviewed, which teaches that it is always wrong; confirm what is right too"
        )
    if own.errors > other.errors:
        return f"it errs in {own.errors} of {own.values} held-out values, {figures.other_name} in {other.errors}"
    if own.errors == other.errors and own.brier >= other.brier:
        return f"it errs as often as {figures.other_name}, and is no better at saying how sure it is"
    return None


def _example(one: Reviewed, vocabulary: Vocabulary, left_out: Counter[str]) -> Example:
    """What is known of a reviewed sighting; of its evidence and answers only what the vocabulary knows."""
    seen = one.sample.sightings[one.position].evidence
    evidence = tuple(item for item in seen if _is_sound(item, vocabulary))
    spoken = {item.attribute for item in evidence}
    truth = {}
    for attribute, labels in one.answers.items():
        if attribute not in vocabulary or not vocabulary[attribute].known.issuperset(labels):
            left_out[UNKNOWN] += 1
        elif attribute not in spoken:
            left_out[UNSPOKEN] += 1
        else:
            truth[attribute] = labels
    return Example(_content(one.sample), evidence, About.of(one.sample), truth, GROUP)


def _content(sample: Sample) -> str:
    """What stays together: a picture wherever it lies; without one, whose id is that of the text, text and tags."""
    return sample.id if sample.width is not None else f"{sample.id} {sample.tags}"


def _is_sound(item: Evidence, vocabulary: Vocabulary) -> bool:
    """Evidence of a run with another vocabulary may be none in this."""
    try:
        return item.attribute in vocabulary and bool(checked(vocabulary[item.attribute], item))
    except EvidenceError:
        return False


def _see_enough(given: Lessons, vocabulary: Vocabulary) -> None:
    counts = Counter(
        name for example in given.learning for name, labels in example.truth.items()
        if vocabulary[name].one_of and len(labels) == 1
    )  # fmt: skip
    name, most = counts.most_common(1)[0] if counts else ("no attribute", 0)
    if most < FEWEST:
        there = _values(given.learning) + _values(given.held_out)
        raise FusionError(
            f"{there:,} reviewed values are too few to learn from: {name} has {most} that are not held out, an "
            f"attribute needs {FEWEST}, about {round(FEWEST / (1 - HELD_OUT))} in all; kyara review next asks for more"
        )


def _values(examples: Sequence[Example]) -> int:
    return sum(len(example.truth) for example in examples)


def _share(key: str) -> float:
    """Where in 0..1 a picture falls; unlike other draws by digest."""
    return int.from_bytes(hashlib.sha256(f"held out:{key}".encode()).digest()[:8], "big") / 2**64
