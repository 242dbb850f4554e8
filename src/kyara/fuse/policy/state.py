"""What the policy sees of a sighting: 128 numbers, made for many sightings at once. docs/policy.md has the table.

The layout is versioned, because a trained policy is worth nothing with another. Only what is known before the first
extractor is asked, and what those asked have said, stands in it: never what will be known later, nor the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

from kyara.flow import Kind
from kyara.fuse.examples import About
from kyara.fuse.policy.opinions import Bools, Opinions
from kyara.records import Evidence, NoteKind
from kyara.vocabulary import Vocabulary

STATE_VERSION = 1  # raise it with every change of what a number means
SIZE = 128
KINDS: Mapping[str, Kind] = {  # the nine slots, in order, and what each extractor reads
    "tags": "tags", "text": "text", "histogram": "pixels", "builtin": "pixels", "clip": "pixels", "tagger": "pixels",
    "sentence": "text", "nli": "text", "vlm": "pixels",
}  # fmt: skip
EXTRACTORS = tuple(KINDS)
SLOTS = {name: slot for slot, name in enumerate(EXTRACTORS)}
OF_EXTRACTOR = ("available", "asked", "top", "margin", "entropy", "answered")
MOST_ATTRIBUTES = 16
OF_ATTRIBUTE = ("speakers", "confidence", "disagreement")
NOTES = (  # those made before anybody is asked; all others come after fusion
    NoteKind.SEVERAL_CHARACTERS,
    NoteKind.NO_CHARACTER,
    NoteKind.TRIMMED,
    NoteKind.COLOURS_NORMALISED,
    NoteKind.STYLE_NORMALISED,
)
OF_SIGHTING = ("tags", "words", "sightings", "measured", "quality", "spent", *(note.value for note in NOTES))

_ATTRIBUTES_AT = len(EXTRACTORS) * len(OF_EXTRACTOR)
_SIGHTING_AT = _ATTRIBUTES_AT + MOST_ATTRIBUTES * len(OF_ATTRIBUTE)
_AGREEMENT_AT = _SIGHTING_AT + len(OF_SIGHTING)
_SPENT = OF_SIGHTING.index("spent")
_MANY = 4.0  # log(1 + 54): where a count of 54 stands for 1
_DEAREST = log1p(30_000.0)  # what a vlm costs (its `cost`) stands for 1

States = NDArray[np.float32]


def layout() -> list[str]:
    """The name of each of the 128 numbers; "" for those that are always 0."""
    names = [f"{extractor} {what}" for extractor in EXTRACTORS for what in OF_EXTRACTOR]
    names += [f"attribute {i} {what}" for i in range(MOST_ATTRIBUTES) for what in OF_ATTRIBUTE]
    names += [*OF_SIGHTING, *(f"{extractor} agreement" for extractor in EXTRACTORS)]
    return names + [""] * (SIZE - len(names))


def readable(about: About, pictured: bool) -> list[bool]:
    """For each of the nine slots, whether there is anything for that extractor to read."""
    there: dict[Kind, bool] = {"tags": about.tags > 0, "text": about.words > 0, "pixels": pictured}
    return [there[kind] for kind in KINDS.values()]


class Board:
    """Sightings while they are asked about: who may be asked, who was, and what they said.

    `asked` (N, 9) is for the caller to set; evidence of whoever was not asked is there, but not seen.
    """

    def __init__(
        self, vocabulary: Vocabulary, abouts: Sequence[About], available: Bools, costs: Mapping[str, float]
    ) -> None:
        """`available` (N, 9) says who may be asked at all, `costs` what each extractor costs (others: nothing)."""
        self.available = available
        self.asked = np.zeros_like(available)
        self._attributes = vocabulary.attributes[:MOST_ATTRIBUTES]
        self._ends = np.cumsum([0, *(len(a.labels) for a in self._attributes)]).tolist()
        starts = zip(self._attributes, self._ends, strict=False)
        self._columns = {a.name: {x: start + i for i, x in enumerate(a.label_names)} for a, start in starts}
        self._scores = np.zeros((len(abouts), len(EXTRACTORS), self._ends[-1]))
        self._named = np.zeros(self._scores.shape, np.bool_)
        self._costs = np.array([costs.get(name, 0.0) for name in EXTRACTORS])
        self._sightings = np.array([_numbers(about) for about in abouts]).reshape(-1, len(OF_SIGHTING))

    def hear(self, said: Iterable[tuple[int, Sequence[Evidence]]]) -> None:
        """Write down evidence on the sightings of those numbers. Unknown extractors and attributes have no place here.

        Raises KeyError for a label that its attribute does not have.
        """
        _, slots, labels = self._scores.shape
        places: list[int] = []
        scores: list[float] = []
        for row, evidence in said:
            for item in evidence:
                slot, columns = SLOTS.get(item.extractor), self._columns.get(item.attribute)
                if slot is not None and columns is not None:
                    start = (row * slots + slot) * labels
                    places += [start + columns[label] for label, _ in item.scores]
                    scores += [p for _, p in item.scores]
        where = np.fromiter(places, np.intp, len(places))
        self._scores.reshape(-1)[where] = scores
        self._named.reshape(-1)[where] = True

    def states(self, rows: NDArray[np.intp] | slice = slice(None)) -> States:
        """(N, 128) of those sightings."""
        available, asked = self.available[rows], self.asked[rows]
        found = np.zeros((len(asked), SIZE))
        found[:, _SIGHTING_AT:_AGREEMENT_AT] = self._sightings[rows]
        found[:, _SIGHTING_AT + _SPENT] = np.log1p(np.where(asked, self._costs, 0.0).sum(-1)) / _DEAREST
        extractors = found[:, :_ATTRIBUTES_AT].reshape(len(asked), len(EXTRACTORS), len(OF_EXTRACTOR))
        extractors[..., 0], extractors[..., 1] = available, asked
        scores, named = self._scores[rows], self._named[rows] & asked[..., None]
        spoken = np.any(named, axis=(0, 1))
        sureness, answered = extractors[..., 2:5], np.zeros(asked.shape)
        agreement, met = found[:, _AGREEMENT_AT : _AGREEMENT_AT + len(EXTRACTORS)], np.zeros(asked.shape)
        for i, attribute in enumerate(self._attributes):
            span = slice(self._ends[i], self._ends[i + 1])
            if not spoken[span].any():
                continue
            opinions = Opinions.of(scores[..., span], named[..., span], attribute.one_of)
            means, speaks = opinions.means_by_extractor(*asked.shape)
            together, alike, compared = opinions.pooled(*asked.shape)
            at = _ATTRIBUTES_AT + i * len(OF_ATTRIBUTE)
            found[:, at], found[:, at + 1 : at + 3] = speaks.sum(-1) / len(EXTRACTORS), together
            sureness += means
            answered += speaks
            agreement += alike
            met += compared
        sureness /= np.maximum(answered, 1.0)[..., None]
        agreement /= np.maximum(met, 1.0)
        extractors[..., 5] = answered / len(self._attributes)
        return found.round(5).astype(np.float32)


def _numbers(about: About) -> list[float]:
    """What is known of a sighting itself, in the order of OF_SIGHTING; what was spent comes later."""
    counts = [log1p(n) / _MANY for n in (about.tags, about.words, about.sightings)]
    quality = [0.0, 0.0] if about.quality is None else [1.0, about.quality]
    return [*counts, *quality, 0.0, *(float(note in about.notes) for note in NOTES)]
