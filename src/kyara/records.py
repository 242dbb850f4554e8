"""The nouns every part of Kyara speaks: frozen, hashable where it pays, and free of timings and host facts.

A run is a flow of `Sample`s. Nothing here knows where samples come from, which models exist or how results are
stored, so two runs over the same inputs can be compared byte for byte. Boxes are (x0, y0, x1, y1) in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Box = tuple[float, float, float, float]
Scores = tuple[tuple[str, float], ...]  # (label, probability), most probable first


class Reason(StrEnum):
    """Why a sample went no further. Closed: a new reason is a change of the result schema."""

    EMPTY_FILE = "empty_file"
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TRUNCATED = "truncated"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    UNREADABLE_FILE = "unreadable_file"
    UNREADABLE_FOLDER = "unreadable_folder"
    DECODER_CRASH = "decoder_crash"
    OUT_OF_MEMORY = "out_of_memory"
    BAD_SIDECAR = "bad_sidecar"
    BAD_ROW = "bad_row"
    NO_CONTENT = "no_content"
    EXTRACTOR_FAILED = "extractor_failed"
    EXTRACTOR_DIED = "extractor_died"
    TIMED_OUT = "timed_out"
    UNAVAILABLE = "unavailable"
    SWITCHED_OFF = "switched_off"
    UNWANTED = "unwanted"
    LOW_QUALITY = "low_quality"


class NoteKind(StrEnum):
    """What is worth knowing of a sample that was still described."""

    SEVERAL_CHARACTERS = "several_characters"
    NO_CHARACTER = "no_character"
    CROWD = "crowd"
    MONOCHROME = "monochrome"
    SKETCH = "sketch"
    COMIC_PAGE = "comic_page"
    CHIBI = "chibi"
    FROM_BEHIND = "from_behind"
    TEXT_HEAVY = "text_heavy"
    COLLAGE = "collage"
    EXTREME_ASPECT = "extreme_aspect"
    NEAR_EMPTY = "near_empty"
    EXPLICIT = "explicit"
    REVIEW = "review"
    TRIMMED = "trimmed"
    COLOURS_NORMALISED = "colours_normalised"
    STYLE_NORMALISED = "style_normalised"


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a sample went no further, or what it was described without: `step`, `reason`, `detail`."""

    step: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Note:
    """One typed remark about a sample, with the words it rests on."""

    kind: NoteKind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a picture's pixels are like, measured on the whole at a common scale (quality/measure.py has the formulas).

    `sharpness` 0..1 (Laplacian variance ÷ variance), `exposure` 0..1 (mean grey), `contrast` 0..1 (spread of grey),
    `noise` (grey levels), `compression` (1 = no block edges), `border` (plain share of the area), `size_px` the shorter
    side, `aspect` longer ÷ shorter; `score` 0..1 sums them up. `fingerprint`: what near duplicates are found by.
    """

    sharpness: float
    exposure: float
    contrast: float
    noise: float
    compression: float
    border: float
    size_px: int
    aspect: float
    score: float
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a film a sample was taken: film id, shot number, seconds from the start."""

    film: str
    shot: int
    seconds: float


class Speaker(Protocol):
    """Whoever gives evidence: an extractor's name and version."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one extractor says of one attribute.

    `scores` name the labels the extractor has an opinion on, most probable first. A label it does not name is
    *unsaid*, not denied; a denied label ("no glasses") is named with a low probability. The scores of a one-of
    attribute sum to at most 1. `span` holds the words or tags it rests on.
    """

    extractor: str
    version: str
    attribute: str
    scores: Scores
    span: tuple[str, ...] = ()

    @classmethod
    def of(cls, speaker: Speaker, attribute: str, scores: Mapping[str, float], span: Iterable[str] = ()) -> Evidence:
        """Evidence from a plain mapping label → probability, sorted as `scores` must be."""
        return cls(speaker.name, speaker.version, attribute, ranked(scores), tuple(span))


def ranked(scores: Mapping[str, float]) -> Scores:
    """(label, probability) pairs, most probable first; ties by name, so that the order is always the same."""
    return tuple([(label, -p) for p, label in sorted([(-p, label) for label, p in scores.items()])])


@dataclass(frozen=True, slots=True)
class Value:
    """The answer for one attribute.

    `labels` is the answer (one label of a one-of attribute, one or more of a many-of), the best guess where
    `decided` is False (abstained). `confidence` is the probability that the answer is right; `scores` the fused
    probability of every label in play; `carried_by` and `against` the extractors whose evidence spoke for it and
    for something else (an extractor gives at most one Evidence per attribute of a sighting).
    """

    attribute: str
    labels: tuple[str, ...]
    confidence: float
    decided: bool
    scores: Scores
    carried_by: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A vector of one sighting in a named space, e.g. ("histogram", float32 of shape (96,))."""

    space: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class Sighting:
    """One character seen in one sample. Without a box it is the whole picture (or the text, or the tags)."""

    head: Box | None = None
    body: Box | None = None
    track: str | None = None
    evidence: tuple[Evidence, ...] = ()
    values: tuple[Value, ...] = ()
    embeddings: tuple[Embedding, ...] = ()
    hints: tuple[str, ...] = ()  # names given by character tags: hints, not identities
    identity: str | None = None
    caption: str | None = None
    tags: Scores = ()  # raw tags with scores, of taggers

    def value(self, attribute: str) -> Value | None:
        """The answer for `attribute`, or None where nothing was said."""
        return next((v for v in self.values if v.attribute == attribute), None)


@dataclass(frozen=True, slots=True)
class Sample:
    """One input: an image and/or tags and/or text.

    `key` is unique within its run (path below the source, row id, film@time). `id` is the SHA-256 of the encoded
    image bytes, of the text where there is no image, of the tags where there is neither: two files with the same
    bytes share an id, never a key. `expected` is how many characters tags and text announce, None where they are
    silent. Counts in = counts out: a sample ends described or with a `skip`. `missed` says what failed on a sample that
    was described all the same: by whom it was not seen, and why.
    """

    key: str
    id: str
    uri: str
    width: int | None = None
    height: int | None = None
    tags: str | None = None
    text: str | None = None
    moment: Moment | None = None
    notes: tuple[Note, ...] = ()
    expected: int | None = None
    sightings: tuple[Sighting, ...] = ()
    skip: Skip | None = None
    quality: Quality | None = None  # of pictures whose pixels somebody looked at
    missed: tuple[Skip, ...] = ()
