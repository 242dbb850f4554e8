"""One pass over the samples of a run: what there is, how values spread, and which sightings deserve a second look.

Memory is constant: it keeps counts, a few examples of each skip and the ten most doubtful sightings. It knows
records alone, nothing of pictures or pages.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import NamedTuple

from kyara.records import Evidence, Reason, Sample, Sighting, Value

MOST_FINDINGS = 10
EXAMPLES = 3
NOTABLE = 0.2  # a weaker word against an answer is no contradiction
BINS = 20  # of a histogram of confidence
SURE = 0.9  # a value this confident needs no second look


@dataclass(frozen=True, slots=True)
class Finding:
    """A sighting worth a second look, with the values that make it so, the worst first. `number` counts from 1."""

    sample: Sample
    number: int
    values: tuple[Value, ...]

    @property
    def sighting(self) -> Sighting:
        return self.sample.sightings[self.number - 1]


@dataclass(slots=True)
class Spread:
    """The answers for one attribute: decided sightings, those that abstained, and how often each label was decided.

    `sure` and `unsure` count decided and undecided answers by confidence, in BINS equal steps from 0 to 1.
    """

    decided: int = 0
    undecided: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    sure: list[int] = field(default_factory=lambda: [0] * BINS)
    unsure: list[int] = field(default_factory=lambda: [0] * BINS)

    @property
    def highest(self) -> int:
        """How many answers the fullest step of confidence has."""
        return max(map(sum, zip(self.sure, self.unsure, strict=True)))

    def add(self, value: Value) -> None:
        counts = self.sure if value.decided else self.unsure
        counts[min(int(value.confidence * BINS), BINS - 1)] += 1
        if value.decided:
            self.decided += 1
            self.labels.update(value.labels)
        else:
            self.undecided += 1


class Top:
    """The findings that weigh most; of equal weight, the first that came."""

    def __init__(self, size: int) -> None:
        self._size, self._count = size, 0
        self._heap: list[tuple[float, int, Finding]] = []

    def add(self, weight: float, finding: Finding) -> None:
        self._count += 1
        heapq.heappush(self._heap, (weight, -self._count, finding))
        if len(self._heap) > self._size:
            heapq.heappop(self._heap)

    def ranked(self) -> list[Finding]:
        return [finding for _, _, finding in sorted(self._heap, reverse=True, key=lambda entry: entry[:2])]


class Survey:
    """Counts of a run, filled by `add`."""

    def __init__(self) -> None:
        self.samples = self.sightings = self.silent = 0
        self.skips: Counter[Reason] = Counter()
        self.skip_examples: defaultdict[Reason, list[Sample]] = defaultdict(list)
        self.spreads: defaultdict[str, Spread] = defaultdict(Spread)
        self.contradictory, self.uncertain = Top(MOST_FINDINGS), Top(MOST_FINDINGS)

    @property
    def skipped(self) -> int:
        return self.skips.total()

    @property
    def described(self) -> int:
        return self.samples - self.skipped

    @property
    def decided(self) -> int:
        return sum(spread.decided for spread in self.spreads.values())

    @property
    def values(self) -> int:
        return self.decided + sum(spread.undecided for spread in self.spreads.values())

    def add(self, sample: Sample) -> None:
        """Count one sample with its sightings (a skipped one may have some that its source brought)."""
        self.samples += 1
        self.sightings += len(sample.sightings)
        if sample.skip is not None:
            self.skips[sample.skip.reason] += 1
            if len(examples := self.skip_examples[sample.skip.reason]) < EXAMPLES:
                examples.append(sample)
            return
        for number, sighting in enumerate(sample.sightings, 1):
            self._add_sighting(sample, number, sighting)

    def _add_sighting(self, sample: Sample, number: int, sighting: Sighting) -> None:
        for value in sighting.values:
            self.spreads[value.attribute].add(value)
        if not sighting.values:
            self.silent += 1
            return
        doubt = fsum(1 - value.confidence for value in sighting.values) / len(sighting.values)
        unsure = [value for value in sighting.values if value.confidence < SURE]
        if unsure:
            unsure.sort(key=lambda value: value.confidence)
            self.uncertain.add(doubt, Finding(sample, number, tuple(unsure)))
        weights = {value.attribute: contradiction(value, sighting.evidence) for value in sighting.values}
        if total := fsum(weights.values()):
            disputed = [value for value in sighting.values if weights[value.attribute] > 0]
            disputed.sort(key=lambda value: -weights[value.attribute])
            self.contradictory.add(total, Finding(sample, number, tuple(disputed)))


class Dissent(NamedTuple):
    """What an extractor says most strongly against an answer: the probability of another label, or (low) of its own."""

    extractor: str
    label: str
    probability: float
    weight: float


def dissents(value: Value, evidence: Iterable[Evidence]) -> list[Dissent]:
    """The notable words of extractors against a value, the heaviest first.

    Another label weighs what it is given; a label of the answer weighs as much as it is denied, 1 at probability 0,
    less what other labels got instead: low because others are likelier is no denial.
    """
    found = []
    for item in evidence:
        if item.attribute == value.attribute and item.extractor in value.against and item.scores:
            others = fsum(p for label, p in item.scores if label not in value.labels)
            weights = {label: 1 - 2 * p - others if label in value.labels else p for label, p in item.scores}
            label = max(weights, key=weights.__getitem__)
            if weights[label] >= NOTABLE:
                found.append(Dissent(item.extractor, label, dict(item.scores)[label], weights[label]))
    return sorted(found, key=lambda dissent: -dissent.weight)


def contradiction(value: Value, evidence: Sequence[Evidence]) -> float:
    """How strongly extractors disagree about a value, 0 to 1: the strongest word for it or the strongest word
    against it, whichever is weaker."""
    against = dissents(value, evidence)
    if not against:
        return 0.0
    carriers = (e for e in evidence if e.attribute == value.attribute and e.extractor in value.carried_by)
    return min(against[0].weight, max((_support(item, value.labels) for item in carriers), default=0.0))


def _support(item: Evidence, labels: Sequence[str]) -> float:
    """The best probability it gives to a label of the answer; where the answer is "none of them", to a denial."""
    return max((p if labels else 1 - p for label, p in item.scores if label in labels or not labels), default=0.0)
