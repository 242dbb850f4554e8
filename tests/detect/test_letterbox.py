"""Letterboxes: pictures keep their shape, boxes come back to where they were, for any size of picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.detect.letterbox import Letterbox, cut

SIDES = st.integers(1, 5000)


@pytest.mark.parametrize(
    ("picture", "multiple", "inner", "outer", "corner"),
    [
        ((640, 640), 32, (640, 640), (640, 640), (0, 0)),
        ((1280, 960), 32, (640, 480), (640, 480), (0, 0)),
        ((1000, 333), 32, (640, 213), (640, 224), (0, 5)),
        ((333, 1000), 32, (213, 640), (224, 640), (5, 0)),
        ((320, 240), 32, (640, 480), (640, 480), (0, 0)),
        ((1000, 500), None, (640, 320), (640, 640), (0, 160)),
        ((20000, 10), 32, (640, 1), (640, 32), (0, 15)),
        ((1, 1), None, (640, 640), (640, 640), (0, 0)),
    ],
)
def test_the_picture_touches_the_limit_and_lies_in_the_middle(
    picture: tuple[int, int],
    multiple: int | None,
    inner: tuple[int, int],
    outer: tuple[int, int],
    corner: tuple[int, int],
) -> None:
    box = Letterbox.fit(picture, (640, 640), multiple)
    assert (box.inner, box.outer, (box.left, box.top)) == (inner, outer, corner)
    assert box.side_px == min(inner)


@given(SIDES, SIDES, st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_boxes_come_back(width: int, height: int, columns: int, rows: int, free: bool) -> None:
    box = Letterbox.fit((width, height), (columns * 32, rows * 32), 32 if free else None)
    assert box.inner[0] + box.left <= box.outer[0] <= columns * 32
    assert box.inner[1] + box.top <= box.outer[1] <= rows * 32
    whole = (box.left, box.top, box.left + box.inner[0], box.top + box.inner[1])
    middle = (box.left + box.inner[0] / 2, box.top + box.inner[1] / 2) * 2
    back = box.back(np.array([whole, middle], np.float32))
    assert back[0] == pytest.approx([0, 0, width, height], rel=1e-5)
    assert back[1] == pytest.approx([width / 2, height / 2] * 2, rel=1e-5)


def test_what_reaches_beyond_the_picture_is_cut() -> None:
    boxes = np.array([[-5, -5, 10, 10], [90, 40, 200, 90], [120, 60, 130, 70], [1, 2, 3, 4]], np.float32)
    assert cut(boxes, (100, 50)).tolist() == [[0, 0, 10, 10], [90, 40, 100, 50], [100, 50, 100, 50], [1, 2, 3, 4]]


def test_pixels_lie_on_plain_ground() -> None:
    box = Letterbox.fit((100, 50), (64, 64))
    put = box.put(np.full((50, 100, 3), (10, 20, 30), np.uint8), 114)
    assert put.shape == (64, 64, 3)
    assert (put[16:48] == (10, 20, 30)).all()
    assert (put[:16] == 114).all()
    assert (put[48:] == 114).all()


def test_pixels_at_another_scale_lie_in_the_same_place() -> None:
    picture = np.zeros((300, 700, 3), np.uint8)
    picture[100:200, 350:560] = 255
    box = Letterbox.fit((700, 300), (64, 64), 32)
    whole, halved = box.put(picture, 0), box.put(picture[::2, ::2], 0)
    assert np.abs(whole.astype(int) - halved).mean() < 2
