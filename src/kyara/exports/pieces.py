"""The stream every picture export is made of: one picture, its name and its caption at a time, and what was left out.

Nothing is dropped in silence: who cannot be handed on is counted by reason. Knows no format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kyara.exports.captions import Captions
from kyara.exports.originals import LeftOutError, original
from kyara.exports.pictures import Cut, Encoded, Names, Part, Read, cuts, encoded
from kyara.images import Limits
from kyara.records import Sample


@dataclass(frozen=True, slots=True)
class Piece:
    """One picture of an export: `name` is its file's, without extension."""

    name: str
    cut: Cut
    picture: Encoded
    caption: str

    @property
    def file(self) -> str:
        return self.name + self.picture.extension


@dataclass(slots=True)
class Pieces:
    """Iterate it once: the pieces of `samples`; `written` and `left_out` (by reason) are filled on the way.

    With `captioned`, a picture of which no word is known is left out: it would teach a trainer that no word means it.
    """

    samples: Iterable[Sample]
    captions: Captions
    part: Part = "whole"
    margin: float = 0.0
    limits: Limits = field(default_factory=Limits)
    read: Read = original
    captioned: bool = False
    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Piece]:
        names = Names()
        for cut in all_cuts(self.samples, self.part, self.margin, self.left_out):
            try:
                caption = self.captions.of(cut)
                if self.captioned and not caption:
                    raise LeftOutError("without a word to caption it")
                picture = encoded(cut, self.limits, self.read)
            except LeftOutError as error:
                self.left_out[str(error)] += 1
            else:
                self.written += 1
                yield Piece(names.name(cut), cut, picture, caption)


def all_cuts(
    samples: Iterable[Sample], part: Part, margin: float = 0.0, left_out: Counter[str] | None = None
) -> Iterator[Cut]:
    """The cuts of all samples; samples that have none are counted in `left_out`."""
    for sample in samples:
        try:
            yield from cuts(sample, part, margin)
        except LeftOutError as error:
            if left_out is not None:
                left_out[str(error)] += 1
