"""What the pixels of a whole picture say of it: a few numbers, taken once, and the notes that pure code makes of them.

It knows no tags. Thresholds were set on the development half of benchmarks/data/notes; docs/notes.md has the figures.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kyara.noting.colours import colours
from kyara.noting.ground import covered, drawn
from kyara.noting.panels import panels
from kyara.noting.writing import writing
from kyara.records import NoteKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kyara.flow import Kind, Pixels, Raw, View

SIDE_PX = 384  # as the builtin detector asks for it, so that both share one decode
LONGER_PX = 512  # of what is measured

GREY = 0.01  # share of coloured pixels up to which a picture is grey
ONE_INK = 0.985  # of the colour beside one hue: one ink
WARM_DEG = (50, 330)  # hues outside are skin, wood and hair: drawings of nothing else are no monochromes
EMPTY, PLAIN_RIM = 0.18, 0.9  # what is drawn covers less, on a ground that is plain all around
COMIC_PANELS, COLLAGE_PANELS = 3, 2
WRITTEN = 0.055  # of the picture: blocks of glyphs alone, without the rest of their balloons
EXTREME = 2.0  # longer side ÷ shorter


@dataclass(frozen=True, slots=True)
class Page:
    """Shares 0..1 but for `hue` (degrees) and `panels` (a count); `rim` is how plain the rim is."""

    coloured: float
    one_hue: float
    hue: float
    rim: float
    covered: float
    panels: float
    writing: float


def page(pixels: Pixels) -> Page:
    """The numbers of a whole picture, RGB (h, w, 3)."""
    height, width = pixels.shape[:2]
    scale = LONGER_PX / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask, rim = drawn(pixels)
    cut = panels(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    return Page(*colours(pixels), rim, covered(mask), len(cut), writing(pixels))


def shown(seen: Page) -> dict[NoteKind, str]:
    """The notes that the numbers give, each with those it rests on."""
    found: dict[NoteKind, str] = {}
    if seen.coloured <= GREY:
        found[NoteKind.MONOCHROME] = f"{seen.coloured:.1%} coloured"
    elif seen.one_hue >= ONE_INK and WARM_DEG[0] <= seen.hue <= WARM_DEG[1]:
        found[NoteKind.MONOCHROME] = f"{seen.one_hue:.1%} of the colour at hue {seen.hue:.0f}°"
    if seen.panels >= COMIC_PANELS:
        found[NoteKind.COMIC_PAGE] = f"{seen.panels:.0f} panels"
    elif seen.panels >= COLLAGE_PANELS:
        found[NoteKind.COLLAGE] = f"{seen.panels:.0f} panels"
    if seen.writing >= WRITTEN:
        found[NoteKind.TEXT_HEAVY] = f"writing on {seen.writing:.0%}"
    if seen.covered < EMPTY and seen.rim >= PLAIN_RIM:
        found[NoteKind.NEAR_EMPTY] = f"{seen.covered:.0%} drawn"
    return found


def stretched(width: int | None, height: int | None) -> str | None:
    """What the size says where one side is more than EXTREME times the other."""
    if not width or not height or max(width, height) <= EXTREME * min(width, height):
        return None
    return f"{width} x {height}"


class PageLooking:
    """The numbers of whole pictures as raw outputs, so that the cache keeps them: no picture is measured twice."""

    name = "notes"
    look_version = f"1 {SIDE_PX} {LONGER_PX} opencv {cv2.__version__}"  # and of the measures, all written in this room
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 64

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`page` float32 (7,), the fields of Page."""
        return [{"page": np.array(astuple(page(view.pixels("body", SIDE_PX))), np.float32)} for view in views]


def read(raw: Raw) -> Page:
    """The numbers in a raw output."""
    numbers = [float(number) for number in raw["page"]]
    assert all(map(math.isfinite, numbers))
    return Page(*numbers)
