"""Labelled samples as a data set with a profile would have them: examples for learned fusion.

Tags and texts are spoiled (fuse.simulation) and read by the real extractors; evidence from pixels is brought along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kyara.extractors.tags import TagsExtractor
from kyara.extractors.text import TextExtractor
from kyara.flow import View
from kyara.fuse.examples import About, Example, Truth
from kyara.fuse.simulation import Profiles
from kyara.records import Evidence, Sample, Sighting
from kyara.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Labelled:
    """One sample with its truth, what pixels say of it, and the other tags that stand beside those of the truth."""

    key: str
    truth: Truth
    seen: tuple[Evidence, ...]
    company: tuple[str, ...] = ()


class Simulation:
    """Makes examples; the same seed makes the same ones."""

    def __init__(self, vocabulary: Vocabulary, profiles: Profiles) -> None:
        self._vocabulary, self._profiles = vocabulary, profiles
        self._readers = TagsExtractor(vocabulary), TextExtractor(vocabulary)

    def __call__(self, labelled: Sequence[Labelled], profile: str, seed: int) -> list[Example]:
        """An example of each sample, in their order, as a data set of that profile has it."""
        truths, company = [one.truth for one in labelled], [one.company for one in labelled]
        spoiled = self._profiles.spoil(profile, truths, company, seed)
        samples = [
            Sample(one.key, one.key, f"simulated:{one.key}", tags=said.tags or None, text=said.text or None,
                   sightings=(Sighting(),))
            for one, said in zip(labelled, spoiled, strict=True)
        ]  # fmt: skip
        views = [View(sample, 0) for sample in samples]
        tags, text = (reader.read(views, self._vocabulary.names) for reader in self._readers)
        return [
            Example(one.key, (*a.evidence, *b.evidence, *one.seen), About.of(sample), one.truth, profile)
            for one, sample, a, b in zip(labelled, samples, tags, text, strict=True)
        ]
