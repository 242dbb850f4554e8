"""What a card of the contact sheet shows of one sample: thumbnail, boxes on it, and the words evidence rests on.

Reads records; knows nothing of HTML: escaping is the template's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kyara.exports.thumbnails import Thumbnail, thumbnail
from kyara.images import Limits
from kyara.records import Box, Sample

THUMBNAIL_PX = 320
MOST_CHARS = 1200  # of tags or text on one card


@dataclass(frozen=True, slots=True)
class Mark:
    """A box of sighting `number` (from 1) in percent of the picture's width and height, cut at its borders."""

    number: int
    part: Literal["head", "body"]
    x: float
    y: float
    width: float
    height: float


class Piece(NamedTuple):
    """A stretch of tags or text; `attributes` are those it is evidence for."""

    text: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One sample as it is shown. `picture` is None where there never was one, a text where it cannot be shown."""

    sample: Sample
    picture: Thumbnail | str | None
    marks: tuple[Mark, ...]
    tags: tuple[Piece, ...]
    text: tuple[Piece, ...]


def card(sample: Sample, limits: Limits) -> Card:
    """The card of one described sample; opens its picture when it has one."""
    return Card(
        sample,
        thumbnail(sample, None, THUMBNAIL_PX, limits) if sample.width else None,
        tuple(_marks(sample)),
        tuple(pieces(sample.tags or "", _spans(sample, unless="text"))),
        tuple(pieces(sample.text or "", _spans(sample, unless="tags"))),
    )


def _marks(sample: Sample) -> Iterator[Mark]:
    if not sample.width or not sample.height:
        return
    for number, sighting in enumerate(sample.sightings, 1):
        boxes: tuple[tuple[Literal["head", "body"], Box | None], ...] = ("body", sighting.body), ("head", sighting.head)
        for part, box in boxes:
            if box is not None:
                x0, x1 = (_percent(x, sample.width) for x in box[::2])
                y0, y1 = (_percent(y, sample.height) for y in box[1::2])
                yield Mark(number, part, x0, y0, round(max(0.0, x1 - x0), 2), round(max(0.0, y1 - y0), 2))


def _percent(at: float, whole: int) -> float:
    return round(100 * min(max(at / whole, 0.0), 1.0), 2)


def _spans(sample: Sample, unless: str) -> dict[str, tuple[str, ...]]:
    """Every stretch of words some evidence rests on, in its plainest spelling, and the attributes it speaks of.

    The extractor `unless` is left out: our own "tags" never reads the text, nor "text" the tags.
    """
    said = [item for sighting in sample.sightings for item in sighting.evidence if item.extractor != unless]
    spans: dict[str, tuple[str, ...]] = {}
    for evidence in said:
        for words in filter(None, map(_plain, evidence.span)):
            spans[words] = tuple(dict.fromkeys((*spans.get(words, ()), evidence.attribute)))
    return spans


def pieces(content: str, spans: dict[str, tuple[str, ...]]) -> Iterator[Piece]:
    """`content` cut into pieces, those marked that are one of `spans` (as `_plain` spells them); at most MOST_CHARS.

    Spaces and underscores are the same, and so are `(` and its escaped form, as between tags and how they are written.
    """
    shown, at = content[:MOST_CHARS], 0
    for found in _pattern(spans).finditer(shown) if spans else ():
        if found.start() > at:
            yield Piece(shown[at : found.start()])
        yield Piece(found[0], spans.get(_plain(found[0]), ()))
        at = found.end()
    if at < len(shown):
        yield Piece(shown[at:])
    if left := len(content) - len(shown):
        yield Piece(f" … and {left:,} more characters")


def _pattern(spans: Iterable[str]) -> re.Pattern[str]:
    """Matches any of the spans, the longest first, where no word is cut."""
    spellings = (re.sub(r"(\\[()])", r"\\\\?\1", re.escape(words)) for words in sorted(spans, key=len, reverse=True))
    loose = "|".join(spelling.replace(r"\ ", r"[\s_]+") for spelling in spellings)
    return re.compile(rf"(?<![^\W_])(?:{loose})(?![^\W_])", re.IGNORECASE)


def _plain(words: str) -> str:
    unescaped = words.replace("\\(", "(").replace("\\)", ")")
    return re.sub(r"[\s_]+", " ", unescaped).strip().lower()
