"""Quality in the recipe: measured before detection, thresholds applied, and extractors shown prepared pixels.

Detectors see pictures as they are, so that boxes are in their pixels. What a prepared extractor saw is remembered
apart from what it saw unprepared. What is measured and how pixels are prepared is quality's business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kyara.cache.looking import Remembered
from kyara.flow import Asker, Looker, Opened, Raw, Reading, View
from kyara.images import Picture
from kyara.quality.look import fault, measures_of, quality_of
from kyara.quality.preparing import Preparation, flattened, gains, recoloured, trimmed_box
from kyara.recipes.attempts import Attempts, without
from kyara.records import Box, Note, NoteKind, Reason, Sighting, Skip
from kyara.settings import PATIENCE, FailureSettings

if TYPE_CHECKING:
    from kyara.images.decode import Decoded

_WHOLE = (Sighting(),)
Measured = Mapping[int, Raw | Skip]  # by place in the batch


class Measuring:
    """Three batch steps around detection: look, tell, prepare."""

    def __init__(
        self,
        remembered: Remembered,
        bounds: Mapping[str, float],
        preparation: Preparation,
        patience: FailureSettings = PATIENCE,
    ) -> None:
        self.remembered, self.bounds, self.preparation = remembered, bounds, preparation
        self.attempts = Attempts("quality", patience)

    def raws(self, batch: Sequence[Opened]) -> Measured:
        """What the look gives for every picture of `batch`."""
        places = [i for i, item in enumerate(batch) if item.picture is not None]
        views = [View(replace(batch[i].sample, sightings=_WHOLE), 0, batch[i].picture) for i in places]
        return dict(zip(places, self.attempts(self.remembered.raws, views), strict=True))

    def told(self, batch: Sequence[Opened], raws: Measured) -> list[Opened]:
        """`batch` with its qualities; one beyond a bound, or that cannot be decoded, goes no further."""
        told = list(batch)
        for i, raw in raws.items():
            sample = batch[i].sample
            if isinstance(raw, Skip):
                told[i] = Opened(without(sample, raw), batch[i].picture)
                continue
            quality = quality_of(sample, raw)
            if said := fault(quality, self.bounds):
                skip = Skip("quality", Reason.LOW_QUALITY, said)
                told[i] = Opened(replace(sample, quality=quality, skip=skip))
            else:
                told[i] = Opened(replace(sample, quality=quality), batch[i].picture)
        return told

    def prepared(self, batch: list[Opened], raws: Measured) -> list[Opened]:
        """`batch` with what extractors are to see, and a note of everything that was done."""
        if not self.preparation:
            return batch
        shown = list(batch)
        for i, raw in raws.items():
            item = batch[i]
            if item.picture is not None and not isinstance(raw, Skip) and item.sample.skip is None:
                picture, notes = _prepared(item.picture, raw, self.preparation)
                shown[i] = Opened(replace(item.sample, notes=(*item.sample.notes, *notes)), picture)
        return shown


class PreparedPicture(Picture):
    """A picture as extractors are to see it: `inner` in place of the whole, colours through `table`, flattened."""

    __slots__ = ("_flat", "_inner", "_of", "_table")

    def __init__(self, of: Picture, inner: Box | None, table: NDArray[np.uint8] | None, flat: bool) -> None:
        self._of, self._inner, self._table, self._flat = of, inner, table, flat
        self.header, self.limits = of.header, of.limits

    def crop(self, box: Box | None, side_px: int) -> NDArray[np.uint8]:
        """As `Picture.crop`, prepared."""
        pixels = self._of.crop(box or self._inner, side_px)
        if self._table is not None:
            pixels = recoloured(pixels, self._table)
        if self._flat:
            pixels = flattened(pixels)
        pixels.flags.writeable = False
        return pixels

    def decode(self, scale: int = 1) -> Decoded:
        """As `Picture.decode`, unprepared."""
        return self._of.decode(scale)

    def forget(self) -> None:
        """Lets go of the decoded pixels."""
        self._of.forget()


def _prepared(picture: Picture, raw: Raw, preparation: Preparation) -> tuple[Picture, list[Note]]:
    found, header = measures_of(raw), picture.header
    inner = trimmed_box(found.inner, header.width, header.height) if preparation.trim else None
    table = gains(found.levels) if preparation.colours else None
    notes = []
    if inner is not None:
        notes.append(Note(NoteKind.TRIMMED, "to " + " ".join(f"{edge:.0f}" for edge in inner)))
    if table is not None:
        ranges = "{:.0f}–{:.0f}, {:.0f}–{:.0f}, {:.0f}–{:.0f}".format(*found.levels)
        notes.append(Note(NoteKind.COLOURS_NORMALISED, f"red, green and blue from {ranges}"))
    if preparation.style:
        notes.append(Note(NoteKind.STYLE_NORMALISED))
    return PreparedPicture(picture, inner, table, preparation.style), notes


class PreparedLooker:
    """A looker that is shown prepared pixels: the same, but that its answers are remembered apart."""

    def __init__(self, looker: Looker, preparation: Preparation) -> None:
        self.looker = looker
        self.name, self.inputs, self.batch_size, self.cost = looker.name, looker.inputs, looker.batch_size, looker.cost
        self.version = f"{looker.version} {preparation.version}"
        self.look_version = f"{looker.look_version} {preparation.version}"
        if isinstance(looker, Asker):
            self.question = looker.question

    def look(self, views: Sequence[View]) -> list[Raw]:
        return self.looker.look(views)

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        return self.looker.interpret(view, raw, attributes)
