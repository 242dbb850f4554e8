"""The pen paints what it is told, where it may, and keeps account of it."""

import numpy as np

from kyara.demo.colours import tones
from kyara.demo.layer import Layer, Pen

SQUARE = [(10, 10), (29, 10), (29, 29), (10, 29)]


def _pen() -> Pen:
    return Pen(Layer((40, 40)), lambda path: path, 1.0)


def _painted(pen: Pen) -> int:
    return int((np.asarray(pen.layer.image)[..., 3] > 0).sum())


def test_a_fill_covers_its_path_and_nothing_else() -> None:
    pen = _pen()
    pen.fill(SQUARE, (200, 10, 10))
    assert _painted(pen) == 400
    assert pen.layer.image.getpixel((20, 20)) == (200, 10, 10, 255)


def test_a_clip_holds_back_the_rest() -> None:
    pen = _pen()
    clip = pen.stencil([(0, 0), (19, 0), (19, 39), (0, 39)])
    pen.fill(SQUARE, (0, 0, 0), clip)
    assert _painted(pen) == 200
    pen.fill(SQUARE, (0, 0, 0), pen.stencil([(0, 0), (5, 0), (5, 5), (0, 5)]))
    assert _painted(pen) == 200


def test_a_stencil_less_another_lets_only_the_difference_through() -> None:
    pen = _pen()
    pen.fill(SQUARE, (0, 0, 0), pen.stencil(SQUARE).without(pen.stencil([(15, 15), (50, 15), (50, 50), (15, 50)])))
    assert _painted(pen) == 400 - 15 * 15


def test_regions_hold_what_is_drawn_while_they_are_marked() -> None:
    pen = _pen()
    with pen.layer.marking("head"):
        pen.fill(SQUARE, (9, 9, 9))
        pen.fill([(0, 0), (4, 0), (4, 4), (0, 4)], ((0, 0, 0), (9, 9, 9)))
    pen.edge([(32, 32), (38, 32), (38, 38), (32, 38)], 1, (9, 9, 9))
    assert pen.layer.region("head").getbbox() == (0, 0, 30, 30)
    assert pen.layer.region("hair").getbbox() is None


def test_a_gradient_runs_from_its_first_colour_to_its_second() -> None:
    pen = _pen()
    pen.fill(SQUARE, ((0, 0, 0), (240, 240, 240)))
    column = np.asarray(pen.layer.image)[10:30, 20, 0].astype(int)
    assert (np.diff(column) > 0).all()


def test_paths_outside_the_layer_are_no_error() -> None:
    pen = _pen()
    pen.shape([(100, 100), (120, 100), (110, 120)], tones((9, 9, 9)), clip=pen.stencil(SQUARE))
    pen.fill([(100, 100), (120, 100), (110, 120)], (1, 2, 3), blur=1.0)
    assert _painted(pen) == 0
