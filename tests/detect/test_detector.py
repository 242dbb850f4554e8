"""What every network detector keeps to: the contract, versions, feeds for calibration, small raw outputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from kyara.cache.store import pack
from kyara.detect.detector import FLOOR, MOST, Margins, NetworkDetector
from kyara.detect.yolo import yolo
from kyara.errors import ExtractorError
from kyara.flow import Detector, View
from kyara.records import Sample, Sighting
from kyara.weights import Model

Show = Callable[[NDArray[np.uint8]], View]
Seeing = Callable[[int | None], Model]
NOISE = np.random.default_rng(2).integers(0, 256, (200, 300, 3), dtype=np.uint8)


def detector(network: Model, threshold: float = 0.5, **options: Margins) -> NetworkDetector:
    return NetworkDetector("one", "head", network, yolo(0.7, (160,)), threshold, **options)


def test_it_is_a_detector(seeing: Seeing) -> None:
    one: Detector = detector(seeing(None))
    assert one.inputs == {"pixels"}
    assert one.batch_size >= 1


def test_nothing_is_loaded_before_the_first_look(seeing: Seeing, show: Show) -> None:
    network = seeing(None)
    finder = detector(network)
    assert network._session is None
    finder.look([show(NOISE)])
    assert network._session is not None


def test_raw_outputs_are_small_and_best_first(random_yolo: Model, show: Show) -> None:
    (raw,) = NetworkDetector("one", "head", random_yolo, yolo(1.0, (320,)), 0.5).look([show(NOISE)])
    assert (raw["boxes"].dtype, raw["scores"].dtype) == (np.float32, np.float32)
    assert raw["boxes"].shape == (MOST, 4)
    assert len(pack(raw)) < 6000
    assert (np.diff(raw["scores"]) <= 0).all()
    assert raw["scores"].min() > FLOOR
    low, high = raw["boxes"][:, :2], raw["boxes"][:, 2:]
    assert (low >= 0).all()
    assert (high <= (300, 200)).all()
    assert (high - low >= 1).all()


def test_neighbours_change_nothing(random_yolo: Model, show: Show) -> None:
    finder = NetworkDetector("one", "head", random_yolo, yolo(0.7, (320,)), 0.5)
    views = [show(NOISE), show(NOISE[:90]), show(NOISE[:, :120]), show(NOISE)]
    assert [pack(raw) for raw in finder.look(views)] == [pack(finder.look([view])[0]) for view in views]
    assert finder.look([]) == []


def test_the_threshold_is_asked_of_what_was_seen(random_yolo: Model, show: Show) -> None:
    low, high = (NetworkDetector("one", "body", random_yolo, yolo(0.1, (320,)), at) for at in (0.1, 0.97))
    assert low.look_version == high.look_version
    assert low.version != high.version
    (raw,) = low.look([show(NOISE)])
    some, few = low.detections(raw), high.detections(raw)
    assert some[: len(few)] == few
    assert len(some) > len(few) > 0
    assert {d.part for d in some} == {"body"}


def test_margins_widen_what_was_seen(seeing: Seeing) -> None:
    raw = {"boxes": np.array([[100, 100, 140, 200]], np.float32), "scores": np.array([0.9], np.float32)}
    wide = detector(seeing(None), margins=Margins(sides=0.25, top=0.5, bottom=0.1))
    (found,) = wide.detections(raw)
    assert found.box == (90, 50, 150, 210)
    assert wide.look_version == detector(seeing(None)).look_version
    assert wide.version != detector(seeing(None)).version


def test_feeds_stack_pictures_of_any_shape_as_look_feeds_them(seeing: Seeing, show: Show) -> None:
    finder = detector(seeing(None))
    views = [show(NOISE), show(NOISE[:, :120])]
    (fed,) = finder.feeds(views).values()
    assert (fed.shape, fed.dtype) == ((2, 3, 160, 160), np.float32)
    (alone,) = finder.feeds([show(NOISE[:160, :160])]).values()
    looked: list[NDArray[np.float32]] = []
    finder.network.run = lambda feeds: looked.extend(feeds.values()) or {"output0": np.zeros((1, 5, 84), np.float32)}
    finder.look([show(NOISE[:160, :160])])
    assert (looked[0] == alone).all()


def test_a_look_without_a_size_or_with_a_strange_network_is_refused(seeing: Seeing, show: Show) -> None:
    finder = detector(seeing(None))
    with pytest.raises(ExtractorError, match="has no size"):
        finder.look([View(Sample("k", "i", "u", sightings=(Sighting(),)), 0)])
    finder.network._session = type("Two", (), {"inputs": {"a": (1, 3, None, None), "b": (1,)}})()
    with pytest.raises(ExtractorError, match=r"one \(batch, 3, h, w\) is expected"):
        finder.look([show(NOISE)])
