"""What pixels say of whole pictures, on pictures drawn here; how well on real ones: benchmarks/notes_accuracy.py."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kyara.flow import Pixels
from kyara.noting.colours import colours
from kyara.noting.ground import covered, drawn
from kyara.noting.look import page
from kyara.noting.page import Page, shown, stretched
from kyara.noting.panels import panels
from kyara.noting.writing import writing
from kyara.records import NoteKind

WHITE = (255, 255, 255)


def blank(height: int = 512, width: int = 400) -> Pixels:
    return np.full((height, width, 3), 255, np.uint8)


def figure(pixels: Pixels, at: tuple[int, int] = (200, 250), radius: int = 120) -> Pixels:
    """A face-like blob of two colours."""
    cv2.circle(pixels, at, radius, (240, 180, 160), -1)
    cv2.circle(pixels, (at[0], at[1] - radius // 2), radius // 2, (60, 90, 200), -1)
    return pixels


def comic(gap: int = 10) -> Pixels:
    """Two by two panels of coloured noise between white gutters."""
    pixels = blank()
    random = np.random.default_rng(1)
    for y in range(2):
        for x in range(2):
            top, left = gap + y * 256, gap + x * 200
            size = (256 - 2 * gap, 200 - 2 * gap, 3)
            pixels[top : top + size[0], left : left + size[1]] = random.integers(0, 200, size)
    return pixels


def written(pixels: Pixels) -> Pixels:
    """Nine lines of Latin letters."""
    for line in range(9):
        cv2.putText(pixels, "A B C D E F G H K L M", (30, 60 + 30 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    return pixels


def test_grey_and_one_ink_are_monochrome_and_skin_is_not() -> None:
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (200, 200, 1), np.uint8), 3, axis=2)
    assert colours(grey) == (0.0, 1.0, 0.0)
    ink = grey.copy()
    ink[..., 2] = 255
    assert NoteKind.MONOCHROME in shown(page(grey))
    assert "hue 240" in shown(page(ink))[NoteKind.MONOCHROME]
    skin = blank()
    skin[:300] = (230, 180, 150)
    assert NoteKind.MONOCHROME not in shown(page(skin))
    assert NoteKind.MONOCHROME not in shown(page(figure(blank())))


def test_hues_around_red_are_one_hue() -> None:
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, :10], pixels[:, 10:] = (200, 0, 20), (200, 20, 0)  # hues 354 and 6
    share, beside, hue = colours(pixels)
    assert (share, beside) == (1.0, 1.0)
    assert min(hue, 360 - hue) <= 14


def test_panels_are_cut_at_gutters_of_both_tones() -> None:
    assert len(panels(cv2.cvtColor(comic(), cv2.COLOR_RGB2GRAY))) == 4
    lined = comic(0)
    lined = np.clip(lined, 90, 200).astype(np.uint8)
    lined[254:258], lined[:, 198:202] = 0, 0
    assert len(panels(cv2.cvtColor(lined, cv2.COLOR_RGB2GRAY))) == 4
    assert shown(page(comic()))[NoteKind.COMIC_PAGE] == "4 panels"


def test_a_figure_on_white_with_a_line_of_text_below_is_no_page() -> None:
    pixels = figure(blank())
    cv2.putText(pixels, "a title", (40, 490), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1)
    found = shown(page(pixels))
    assert not {NoteKind.COMIC_PAGE, NoteKind.COLLAGE, NoteKind.TEXT_HEAVY, NoteKind.NEAR_EMPTY} & found.keys()


def test_writing_is_found_on_white_and_on_black() -> None:
    dark_on_light = writing(written(blank()))
    assert dark_on_light > 0.2
    assert writing(255 - written(blank())) == pytest.approx(dark_on_light, abs=0.01)
    assert writing(figure(blank())) == 0.0
    assert NoteKind.TEXT_HEAVY in shown(page(written(blank())))


def test_little_on_plain_ground_is_near_empty() -> None:
    small = figure(blank(), radius=40)
    mask, rim = drawn(small)
    assert rim == 1.0
    assert covered(mask) == pytest.approx(np.pi * 40**2 / (512 * 400), rel=0.6)
    assert NoteKind.NEAR_EMPTY in shown(page(small))
    busy = np.random.default_rng(2).integers(0, 256, (512, 400, 3)).astype(np.uint8)
    assert NoteKind.NEAR_EMPTY not in shown(page(busy))
    assert NoteKind.NEAR_EMPTY in shown(page(blank()))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2), (2000, 3)])
def test_any_size_is_measured(size: tuple[int, int]) -> None:
    seen = page(np.zeros((*size, 3), np.uint8))
    assert isinstance(seen, Page)
    assert np.isfinite(seen.writing)


def test_sides_are_stretched_beyond_two_to_one() -> None:
    assert stretched(100, 201) == "100 x 201"
    assert stretched(200, 100) is None
    assert stretched(None, None) is None
