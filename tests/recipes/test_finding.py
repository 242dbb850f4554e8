"""Detectors in the recipe: what they find becomes sightings, what they cannot look at becomes a Skip, once for all."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from kyara.cache.looking import Remembered
from kyara.detect import CROWD
from kyara.flow import Detection, Input, Opened, Raw, View
from kyara.images import Limits
from kyara.recipes.finding import Finder, find
from kyara.recipes.opening import open_input
from kyara.records import NoteKind, Reason, Sighting


class Squares:
    """Finds a head wherever a picture is red, a body wherever it is blue; looks at real pixels."""

    inputs = frozenset({"pixels"})
    batch_size = 4
    version = look_version = "1"

    def __init__(self, part: str, channel: int) -> None:
        self.name, self.part, self.channel = part, part, channel
        self.looked = 0

    def look(self, views: Sequence[View]) -> list[Raw]:
        self.looked += len(views)
        return [self._look(view.pixels("body", 1000)) for view in views]

    def _look(self, pixels: np.ndarray) -> Raw:
        rows, columns = np.nonzero(pixels[..., self.channel] > 200)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if rows.size else []
        return {"boxes": np.array(box, np.float32).reshape(-1, 4)}

    def detections(self, raw: Raw) -> tuple[Detection, ...]:
        return tuple(Detection(self.part, tuple(map(float, box)), 0.9) for box in raw["boxes"])


def finder(part: str = "head", channel: int = 0) -> Finder:
    detector = Squares(part, channel)
    return Finder(detector, Remembered(detector, None))


def png(head: bool = True) -> bytes:
    pixels = np.zeros((100, 80, 3), np.uint8)
    pixels[40:90, 20:60, 2] = 255
    if head:
        pixels[10:30, 30:50, 0] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def opened(data: bytes | None, *sightings: Sighting) -> Opened:
    return open_input(Input("k", "u", (lambda: data) if data else None, "1girl", None, sightings), Limits(), None)


HEAD, BODY = (30.0, 10.0, 50.0, 30.0), (20.0, 40.0, 60.0, 90.0)


def test_heads_and_bodies_become_sightings() -> None:
    (item,) = find([finder(), finder("body", 2)], [opened(png())])
    boxes = {box for s in item.sample.sightings for box in (s.head, s.body) if box}
    assert boxes == {HEAD, BODY}


class Grid(Squares):
    """Finds so many heads in a row, whatever it looks at."""

    count = 0

    def detections(self, raw: Raw) -> tuple[Detection, ...]:
        return tuple(Detection("head", (i, 0.0, i + 1.0, 2.0), 0.9) for i in range(self.count))


def test_more_figures_than_are_described_leave_a_note() -> None:
    grid = Grid("head", 0)
    for grid.count, kinds in ((CROWD, []), (CROWD + 1, [NoteKind.CROWD])):
        (item,) = find([Finder(grid, Remembered(grid, None))], [opened(png())])
        assert len(item.sample.sightings) == CROWD
        assert [note.kind for note in item.sample.notes] == kinds
    assert item.sample.notes[0].detail == "more than 64 figures found; the 64 surest are described"


def test_where_nothing_is_found_the_words_decide() -> None:
    (item,) = find([finder()], [opened(png(head=False))])
    assert item.sample.sightings == ()


def test_boxes_that_came_with_the_input_are_believed() -> None:
    one = finder()
    given = Sighting(head=(1.0, 2.0, 30.0, 40.0))
    (item,) = find([one], [opened(png(), given)])
    assert item.sample.sightings == (given,)
    assert one.detector.looked == 0


def test_no_detector_and_no_picture_change_nothing() -> None:
    batch = [opened(png()), opened(None)]
    assert find([], batch) == batch
    assert find([finder()], batch)[1] == batch[1]


def test_what_cannot_be_decoded_is_skipped_and_its_neighbours_are_not() -> None:
    inside = png().index(b"IDAT") + 20
    broken = opened(png()[:inside] + bytes(20) + png()[inside + 20 :])
    assert broken.sample.skip is None, "the header is whole"
    found = find([finder(), finder("body", 2)], [opened(png()), broken, opened(png())])
    assert [item.sample.skip and item.sample.skip.step for item in found] == [None, "decode", None]
    assert found[0].sample.sightings == found[2].sample.sightings != ()


def test_a_failing_detector_costs_the_sample_it_fails_on(monkeypatch: pytest.MonkeyPatch) -> None:
    one = finder()
    look = one.detector._look

    def failing(pixels: np.ndarray) -> Raw:
        if not (pixels[..., 0] > 200).any():
            raise RuntimeError("no red")
        return look(pixels)

    monkeypatch.setattr(one.detector, "_look", failing)
    good, bad = find([one], [opened(png()), opened(png(head=False))])
    assert good.sample.skip is None
    assert bad.sample.skip is None, "others may still describe it"
    assert [(one.step, one.reason) for one in bad.sample.missed] == [("detect head", Reason.EXTRACTOR_FAILED)]
    assert bad.sample.missed[0].detail == "RuntimeError: no red"
