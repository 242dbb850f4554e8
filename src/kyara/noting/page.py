"""The notes that pure code makes of the numbers of a whole picture, which `look.py` takes.

It knows no tags. Thresholds were set on the development half of benchmarks/data/notes; docs/notes.md has the figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kyara.records import NoteKind

if TYPE_CHECKING:
    from kyara.flow import Raw

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


def read(raw: Raw) -> Page:
    """The numbers in a raw output."""
    numbers = [float(number) for number in raw["page"]]
    assert all(map(math.isfinite, numbers))
    return Page(*numbers)
