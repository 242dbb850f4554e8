"""The pictures of an export: whole ones with their bytes as they are, or the heads or bodies cut out of them.

A whole picture is only written anew (upright, PNG) where trainers would not read it, or would read it lying on its
side: they look at no EXIF orientation. It knows no captions and writes no files.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from PIL import Image

from kyara.errors import UnreadableImageError
from kyara.exports.originals import LeftOutError
from kyara.flow import View
from kyara.images import Header, Limits, Picture, probe
from kyara.records import Box, Sample, Sighting

Part = Literal["whole", "head", "body"]
Read = Callable[[Sample, Limits], bytes]

TRAINABLE = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "BMP": ".bmp"}  # what sd-scripts reads without plugins
LONGEST_NAME = 80
_EXTENSION = re.compile(r"\.[^./]*$")
_UNFIT = re.compile(r"[^\w]+")  # no dots (WebDataset cuts there), no separators of any file system


@dataclass(frozen=True, slots=True)
class Cut:
    """A picture to hand on: of `sample` the whole with all its sightings, or one sighting's part, `number` from 1."""

    sample: Sample
    part: Part = "whole"
    number: int = 0
    box: Box | None = None

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        return self.sample.sightings[self.number - 1 : self.number] if self.number else self.sample.sightings


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded picture with the extension its format has, as `.png`, and its size as trainers see it."""

    data: bytes
    extension: str
    width: int
    height: int


def cuts(sample: Sample, part: Part, margin: float = 0.0) -> Iterator[Cut]:
    """What `sample` gives: itself, or each sighting's head or body, `margin` times its sides wider on every side.

    A sighting without a box is the whole picture. Raises LeftOutError where there is no picture at all.
    """
    if sample.skip is not None:
        raise LeftOutError(f"skipped by the run: {sample.skip.reason.value}")
    if not sample.width:
        raise LeftOutError("never there: tags or text alone")
    if part == "whole":
        yield Cut(sample)
        return
    for index in range(len(sample.sightings)):
        box = View(sample, index).box(part)
        yield Cut(sample, part, index + 1, _widened(box, margin) if box else None)


def encoded(cut: Cut, limits: Limits, read: Read) -> Encoded:
    """The picture of `cut`, out of the bytes that `read` gives. Raises LeftOutError."""
    data = read(cut.sample, limits)
    try:
        header = probe(data, limits)
        if cut.box is None and header.format in TRAINABLE and header.orientation == 1:
            return Encoded(data, TRAINABLE[header.format], header.width, header.height)
        return _png(data, header, cut.box, limits)
    except (UnreadableImageError, ValueError) as error:  # ValueError: a box that lies outside the picture
        raise LeftOutError("not to be decoded") from error


def _png(data: bytes, header: Header, box: Box | None, limits: Limits) -> Encoded:
    pixels = Picture(data, header, limits).crop(box, max(header.width, header.height))  # at full size
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=3)  # 6 takes three times as long for 3 % fewer bytes
    return Encoded(out.getvalue(), ".png", pixels.shape[1], pixels.shape[0])


def as_sample(cut: Cut, picture: Encoded) -> Sample:
    """The sample as the cut shows it: its own size, its sightings alone, their boxes measured from its corner."""
    left, top = (max(0.0, float(int(edge))) for edge in cut.box[:2]) if cut.box else (0.0, 0.0)
    moved = tuple(
        replace(one, head=_moved(one.head, left, top), body=_moved(one.body, left, top)) for one in cut.sightings
    )
    return replace(cut.sample, width=picture.width, height=picture.height, sightings=moved)


class Names:
    """Gives every cut a file name of its own, without extension: the end of its key, its id, and which part it is."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def name(self, cut: Cut) -> str:
        stem = _EXTENSION.sub("", cut.sample.key)
        plain = _UNFIT.sub("-", stem.replace("_", "-")).strip("-")[-LONGEST_NAME:].strip("-")
        while len(plain.encode()) > 2 * LONGEST_NAME:  # file systems count bytes
            plain = plain[1:]
        part = f"-{cut.part}{cut.number}" if cut.number else ""
        name = base = f"{plain}-{cut.sample.id[:8]}{part}".lstrip("-")
        count = 1
        while name.lower() in self._given:  # some file systems know no capitals
            count += 1
            name = f"{base}-{count}"
        self._given.add(name.lower())
        return name


def _widened(box: Box, margin: float) -> Box:
    beside, below = margin * (box[2] - box[0]), margin * (box[3] - box[1])
    return box[0] - beside, box[1] - below, box[2] + beside, box[3] + below


def _moved(box: Box | None, left: float, top: float) -> Box | None:
    return (box[0] - left, box[1] - top, box[2] - left, box[3] - top) if box else None
