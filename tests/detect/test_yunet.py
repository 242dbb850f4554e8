"""YuNet, the real network on real people, read as OpenCV's own FaceDetectorYN reads it. What is wrong on purpose must
fail the very same check. Clips and weights lie beside the repository."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kyara.cache.store import pack
from kyara.detect import yunet
from kyara.detect.built import NETWORKS
from kyara.detect.detector import NetworkDetector
from kyara.detect.letterbox import Letterbox
from kyara.flow import View
from kyara.weights import Model, Runtime

Show = Callable[[NDArray[np.uint8]], View]
Data = Callable[[str], Path]
WEIGHTS = "models/face_detection_yunet_2026may.onnx"
CLIPS = ("eat", "hungry", "milk", "thanks")
SIDE = 640
LEAST = 0.3


def detector(data: Data, sides_px: tuple[int, ...] = (SIDE,)) -> NetworkDetector:
    model = Model(data(WEIGHTS), Runtime())
    return NetworkDetector("photo-face", "head", model, yunet.yunet(sides_px), LEAST)


def first_frame(data: Data, clip: str) -> NDArray[np.uint8]:
    """RGB (480, 640, 3)."""
    opened, frame = cv2.VideoCapture(str(data(f"video/intel/{clip}.mkv"))).read()
    assert opened
    return np.ascontiguousarray(frame[..., ::-1])


def pictures(data: Data) -> list[NDArray[np.uint8]]:
    """One person; four in one picture; one in a tall and one in a wide picture."""
    eat, hungry, milk, thanks = (first_frame(data, clip) for clip in CLIPS)
    four = np.vstack([np.hstack([eat, hungry]), np.hstack([milk, thanks])])
    return [eat, four, milk[:, 200:420], hungry[:150]]


def by_opencv(data: Data, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 5): corners in picture pixels and score, best first. The network gets the letterboxed picture."""
    height, width = picture.shape[:2]
    box = Letterbox.fit((width, height), (SIDE, SIDE), 32)
    reference = cv2.FaceDetectorYN.create(str(data(WEIGHTS)), "", box.outer, LEAST, yunet.IOU)
    faces = reference.detect(np.ascontiguousarray(box.put(picture, 0)[..., ::-1]))[1]
    shift, ratio = (box.left, box.top), (width / box.inner[0], height / box.inner[1])
    low = (faces[:, :2] - shift) * ratio
    high = (faces[:, :2] + faces[:, 2:4] - shift) * ratio
    return np.concatenate([low, high, faces[:, 14:]], 1)


def assert_reads_as_opencv(finder: NetworkDetector, data: Data, show: Show) -> None:
    for picture, people in zip(pictures(data), (1, 4, 1, 1), strict=True):
        height, width = picture.shape[:2]
        wanted = by_opencv(data, picture)
        assert len(wanted) == people
        found = finder.detections(finder.look([show(picture)])[0])
        assert [d.score for d in found] == pytest.approx(wanted[:, 4].tolist(), abs=1e-3)
        for one, box in zip(found, np.clip(wanted[:, :4], 0, [width, height, width, height]), strict=True):
            assert one.box == pytest.approx(box.tolist(), abs=0.2)


def test_it_reads_as_opencv(shared_data: Data, show: Show) -> None:
    assert_reads_as_opencv(detector(shared_data), shared_data, show)


@pytest.mark.parametrize("kind", ["red and blue swapped", "divided by 255", "border not taken off", "strides mixed up"])
def test_mistakes_differ_from_opencv(kind: str, shared_data: Data, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    finder, prepare, back = detector(shared_data), yunet.prepare, Letterbox.back
    if kind == "red and blue swapped":
        finder.recipe = replace(finder.recipe, prepare=lambda pixels: prepare(pixels[..., ::-1]))
    elif kind == "divided by 255":
        finder.recipe = replace(finder.recipe, prepare=lambda pixels: prepare(pixels) / np.float32(255))
    elif kind == "border not taken off":
        monkeypatch.setattr(Letterbox, "back", lambda self, boxes: back(replace(self, left=0, top=0), boxes))
    else:
        decode = yunet.decode
        finder.recipe = replace(finder.recipe, decode=lambda out, size: decode(out, size[::-1]))
    with pytest.raises((AssertionError, ValueError)):
        assert_reads_as_opencv(finder, shared_data, show)


def test_close_and_far_faces_need_two_passes(shared_data: Data, show: Show) -> None:
    """A face that fills the picture is lost at 960, a small one at 320; together they find both."""
    close = cv2.resize(first_frame(shared_data, "milk")[43:145, 269:350], None, fx=6, fy=6)
    far = np.full((960, 1280, 3), 200, np.uint8)
    far[:120, :160] = cv2.resize(first_frame(shared_data, "eat"), (160, 120), interpolation=cv2.INTER_AREA)

    def counts(*sides_px: int) -> list[int]:
        finder = as_published(detector(shared_data, sides_px))
        return [len(finder.detections(raw)) for raw in finder.look([show(close), show(far)])]

    assert counts(*yunet.SIDES_PX) == [1, 1]
    assert counts(max(yunet.SIDES_PX)) == [0, 1]
    assert counts(min(yunet.SIDES_PX)) == [1, 0]


def as_published(finder: NetworkDetector) -> NetworkDetector:
    finder.threshold = NETWORKS["photo-face"].threshold
    return finder


def test_neighbours_and_threads_change_nothing(shared_data: Data, show: Show) -> None:
    finder = detector(shared_data, yunet.SIDES_PX)
    shots = pictures(shared_data)
    alone = [pack(finder.look([show(picture)])[0]) for picture in shots]
    assert [pack(raw) for raw in finder.look([show(picture) for picture in shots])] == alone
    with ThreadPoolExecutor(4) as pool:
        raws = pool.map(lambda picture: finder.look([show(picture)])[0], shots * 3)
        assert [pack(raw) for raw in raws] == alone * 3
