"""Evidence of many sightings as arrays, and the context from which it is inferred whom to trust.

The context is the sighting's own: who speaks, whether they agree here and on the other attributes, how many tags and
words there are. Nothing here is learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kyara.fuse.examples import About
from kyara.fuse.pooling import spoken, which
from kyara.records import Evidence
from kyara.vocabulary import Vocabulary

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

GLOBALS = ("one", "tags", "words")  # of the context; then four for every other extractor
PAIRS = ("speaks", "agrees", "met elsewhere", "agrees elsewhere")
_MANY = 4.0  # log(1 + 54): of 54 tags or words, where the number stands for 1


def context_size(extractors: int) -> int:
    """How many numbers the context of each of so many extractors has."""
    return len(GLOBALS) + len(PAIRS) * extractors


@dataclass(frozen=True, slots=True)
class Dense:
    """What `extractors` (E of them) say of the one-of attributes of N sightings.

    `chances[attribute]` is (N, E, L) over its labels, even where somebody is silent; `speaks[attribute]` (N, E);
    `numbers` (N, 2) the logarithms of tags and words.
    """

    extractors: tuple[str, ...]
    chances: Mapping[str, Floats]
    speaks: Mapping[str, Bools]
    numbers: Floats

    @classmethod
    def of(
        cls,
        sightings: Sequence[tuple[Sequence[Evidence], About]],
        vocabulary: Vocabulary,
        extractors: Sequence[str],
    ) -> Dense:
        """The evidence of these sightings; that of other extractors and of many-of attributes is left out.

        Raises EvidenceError where it breaks the contract of records.Evidence.
        """
        place = {name: i for i, name in enumerate(extractors)}
        names = [a.name for a in vocabulary.attributes if a.one_of]
        shape = len(sightings), len(extractors)
        chances = {name: np.zeros((*shape, len(vocabulary[name].labels))) for name in names}
        speaks = {name: np.zeros(shape, np.bool_) for name in names}
        for i, (evidence, _) in enumerate(sightings):
            for name, group in _grouped(evidence, chances).items():
                for opinion in which(vocabulary[name], spoken(vocabulary[name], group)).opinions:
                    if opinion.extractor in place:
                        chances[name][i, place[opinion.extractor]] = opinion.chances
                        speaks[name][i, place[opinion.extractor]] = True
        for name in names:
            chances[name][~speaks[name]] = 1 / chances[name].shape[2]
        numbers = np.array([(about.tags, about.words) for _, about in sightings], float).reshape(-1, 2)
        return cls(tuple(extractors), chances, speaks, np.log1p(numbers) / _MANY)

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: NDArray[np.int64] | Bools) -> Dense:
        """Those rows alone."""
        return Dense(
            self.extractors,
            {name: chances[rows] for name, chances in self.chances.items()},
            {name: speaks[rows] for name, speaks in self.speaks.items()},
            self.numbers[rows],
        )

    def heard(self, asked: Bools) -> Dense:
        """The same where only the `asked` (E,) of the extractors were asked."""
        speaks = {name: there & asked for name, there in self.speaks.items()}
        chances = {name: np.where(speaks[name][..., None], p, 1 / p.shape[2]) for name, p in self.chances.items()}
        return replace(self, chances=chances, speaks=speaks)

    def with_chances(self, attribute: str, chances: Floats) -> Dense:
        """The same with others (N, E, L) for one attribute."""
        return replace(self, chances={**self.chances, attribute: chances})

    def likeness(self, attribute: str) -> tuple[Floats, Bools]:
        """How alike (cosine, 0..1) what every two extractors say is, (N, E, E), and where both speak."""
        p = self.chances[attribute]
        unit = p / np.linalg.norm(p, axis=2, keepdims=True)
        both = self.speaks[attribute][:, :, None] & self.speaks[attribute][:, None, :]
        both = both & ~np.eye(len(self.extractors), dtype=np.bool_)
        return np.where(both, unit @ unit.transpose(0, 2, 1), 0.0), both

    def contexts(self, attributes: Iterable[str]) -> dict[str, Floats]:
        """For each attribute (N, E, 3 + 4 E): GLOBALS, then PAIRS for every other extractor; 0 where one is silent."""
        alike = {name: self.likeness(name) for name in self.chances if self.speaks[name].any()}
        shape = len(self), len(self.extractors), len(self.extractors)
        zero = np.zeros(shape), np.zeros(shape, np.bool_)
        likeness = sum((a for a, _ in alike.values()), zero[0])
        met = sum((b.astype(float) for _, b in alike.values()), zero[0])
        ones = np.ones((*shape[:2], 1))
        numbers = np.broadcast_to(self.numbers[:, None, :], (*shape[:2], 2))
        found = {}
        for name in attributes:
            here, both = alike.get(name, zero)
            elsewhere = met - both
            mean = np.divide(likeness - here, elsewhere, out=np.zeros(shape), where=elsewhere > 0)
            pairs = [both, np.where(both, here, 0.0), elsewhere > 0, mean]
            found[name] = np.concatenate([ones, numbers, *(pair.astype(float) for pair in pairs)], axis=2)
        return found


def _grouped(evidence: Iterable[Evidence], wanted: Mapping[str, object]) -> dict[str, list[Evidence]]:
    groups: dict[str, list[Evidence]] = {}
    for item in evidence:
        if item.attribute in wanted:
            groups.setdefault(item.attribute, []).append(item)
    return groups
