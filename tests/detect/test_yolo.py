"""YOLOv8 networks: discs are found where they were drawn, and a network of random weights is read as a slow reference
of the published recipe reads it. What is wrong on purpose must fail the very same checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kyara.cache.store import pack, unpack
from kyara.detect import letterbox, yolo
from kyara.detect.detector import NetworkDetector
from kyara.detect.letterbox import Letterbox
from kyara.detect.yolo import prepare
from kyara.errors import ExtractorError
from kyara.flow import Detection, View
from kyara.weights import Model

SIDE = 320
DISC_PX = 40
Show = Callable[[NDArray[np.uint8]], View]
Seeing = Callable[[int | None], Model]
# sizes of pictures, and where discs lie in them in shares of the sides
PLACES = ((0.2, 0.25), (0.7, 0.5), (0.45, 0.8))
MISTAKES = (
    "channels swapped", "not divided by 255", "border not taken off", "not scaled back", "centres taken for corners",
    "nothing suppressed",
)  # fmt: skip
SIZES = ((320, 320), (640, 640), (900, 400), (411, 1033), (160, 120), (2600, 1700))


def detector(network: Model, threshold: float = 0.5, iou: float = 0.7) -> NetworkDetector:
    return NetworkDetector("discs", "head", network, yolo.yolo(iou, (SIDE,)), threshold)


def disc_detector(network: Model) -> NetworkDetector:
    """Discs never overlap, so that their detector may suppress all that does."""
    return detector(network, iou=0.1)


def with_discs(width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A picture with red discs that are 40 pixels wide once its longer side has 320; their boxes, left to right."""
    diameter = DISC_PX * max(width, height) / SIDE
    image = Image.new("RGB", (width, height), (40, 90, 60))
    draw, boxes = ImageDraw.Draw(image), []
    for x, y in PLACES:
        box = (x * width - diameter / 2, y * height - diameter / 2, x * width + diameter / 2, y * height + diameter / 2)
        draw.ellipse((box[0], box[1], box[2] - 1, box[3] - 1), fill=(255, 0, 0))  # Pillow counts the last pixel in
        boxes.append(box)
    return np.asarray(image), np.clip(sorted(boxes), 0, [width, height, width, height])


def assert_finds_discs(finder: NetworkDetector, show: Show, width: int, height: int) -> None:
    """Every disc and nothing else, each edge within 1.5 input pixels: anchors lie 2 apart, borders are drawn whole."""
    picture, boxes = with_discs(width, height)
    found = np.array(sorted(d.box for d in finder.detections(finder.look([show(picture)])[0])))
    assert len(found) == len(boxes)
    assert np.abs(found - boxes).max() <= 1.5 * max(width, height) / SIDE


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_discs_are_found_where_they_were_drawn(seeing: Seeing, show: Show, width: int, height: int) -> None:
    assert_finds_discs(disc_detector(seeing(None)), show, width, height)


@pytest.mark.parametrize(("width", "height"), [(320, 320), (900, 400)])
def test_a_network_of_one_size_gets_that_size(seeing: Seeing, show: Show, width: int, height: int) -> None:
    assert_finds_discs(disc_detector(seeing(SIDE)), show, width, height)


def slow_reference(pixels: NDArray[np.uint8], network: Model, threshold: float, iou: float) -> list[tuple[float, ...]]:
    """dghs-imgutils' recipe, anchor by anchor: (x0, y0, x1, y1, score), best first. Three things differ: pictures
    that are not square are letterboxed (square ones are fed as it feeds them), boxes are not rounded to pixels, and
    sides are as long as they are, not one pixel longer (Ultralytics' own suppression; see detect/overlap.py)."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(width, height)
    inner = round(width * scale), round(height * scale)
    outer = [-(-side // 32) * 32 for side in inner]
    left, top = (outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2
    sheet = Image.new("RGB", tuple(outer), (114, 114, 114))
    sheet.paste(Image.fromarray(pixels).resize(inner), (left, top))
    fed = (np.asarray(sheet) / 255.0).astype(np.float32).transpose(2, 0, 1)[None]
    session = onnxruntime.InferenceSession(network.path, providers=["CPUExecutionProvider"])
    (output,) = session.run(["output0"], {"images": fed})
    found = []
    for anchor in output[0].T.astype(np.float64):
        x, y, w, h, *classes = anchor
        if max(classes) > threshold:
            found.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2, max(classes)))
    kept: list[tuple[float, ...]] = []
    for one in sorted(found, key=lambda one: -one[4]):
        if all(overlap(one, other) <= iou for other in kept):
            kept.append(one)
    ratio = width / inner[0], height / inner[1]
    cut = [
        (
            min(max((x0 - left) * ratio[0], 0), width), min(max((y0 - top) * ratio[1], 0), height),
            min(max((x1 - left) * ratio[0], 0), width), min(max((y1 - top) * ratio[1], 0), height), score,
        )
        for x0, y0, x1, y1, score in kept
    ]  # fmt: skip
    return [one for one in cut if min(one[2] - one[0], one[3] - one[1]) >= 1]


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    shared = max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return shared / (sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)) - shared)


def scribble(width: int, height: int, seed: int = 5) -> NDArray[np.uint8]:
    """Coloured shapes of many sizes: something for a network to look at."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (width, height), (200, 180, 150))
    draw = ImageDraw.Draw(image)
    for _ in range(60):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(2, min(width, height) / 4)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(rng.integers(0, 256, 3).tolist()))
    return np.asarray(image)


def assert_reads_as_reference(finder: NetworkDetector, show: Show, pixels: NDArray[np.uint8]) -> None:
    wanted = slow_reference(pixels, finder.network, finder.threshold, 0.7)
    scores = [score for *_, score in wanted]
    assert len(wanted) > 10, "a check that sees nothing proves nothing"
    assert max(scores) - min(scores) > 0.02, "nor does one that sees the same everywhere"
    found = finder.detections(finder.look([show(pixels)])[0])
    assert len(found) == min(len(wanted), 256)
    for one, other in zip(found, wanted, strict=False):
        assert one.score == pytest.approx(other[4], abs=1e-5)
        assert one.box == pytest.approx(other[:4], abs=0.02)


def busy(network: Model, pixels: NDArray[np.uint8], show: Show) -> float:
    """A threshold that leaves some thirty boxes of a picture, half-way between two scores."""
    scores = detector(network, 0.0).look([show(pixels)])[0]["scores"]
    place = min(30, len(scores) - 2)
    return float(scores[place] + scores[place + 1]) / 2


@pytest.mark.parametrize(("width", "height"), [(320, 320), (640, 640), (500, 333), (200, 613)])
def test_random_weights_are_read_as_published(random_yolo: Model, show: Show, width: int, height: int) -> None:
    pixels = scribble(width, height)
    assert_reads_as_reference(detector(random_yolo, busy(random_yolo, pixels, show)), show, pixels)


@contextmanager
def mistake(kind: str, finder: NetworkDetector, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    recipe, back = finder.recipe, Letterbox.back
    with monkeypatch.context() as patch:
        if kind == "channels swapped":
            finder.recipe = replace(recipe, prepare=lambda pixels: prepare(pixels[..., ::-1]))
        elif kind == "not divided by 255":
            finder.recipe = replace(recipe, prepare=lambda pixels: pixels.transpose(2, 0, 1).astype(np.float32))
        elif kind == "border not taken off":
            patch.setattr(Letterbox, "back", lambda self, boxes: back(replace(self, left=0, top=0), boxes))
        elif kind == "not scaled back":
            patch.setattr(Letterbox, "back", lambda self, boxes: back(replace(self, picture=self.inner), boxes))
        elif kind == "centres taken for corners":
            finder.recipe = replace(recipe, decode=lambda out, size: (out["output0"][:4].T, out["output0"][4:].max(0)))
        elif kind == "nearest pixel":
            patch.setattr(letterbox, "BICUBIC", 0)
        elif kind == "nothing suppressed":
            finder.recipe = replace(recipe, iou=1.0)
        yield


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_lose_the_discs(kind: str, seeing: Seeing, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = disc_detector(seeing(None))
    with mistake(kind, finder, monkeypatch), pytest.raises(AssertionError):
        assert_finds_discs(finder, show, 900, 400)


@pytest.mark.parametrize("kind", [*MISTAKES, "nearest pixel"])
def test_mistakes_miss_the_reference(
    kind: str, random_yolo: Model, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = scribble(200, 613)
    finder = detector(random_yolo, busy(random_yolo, pixels, show))
    with mistake(kind, finder, monkeypatch), pytest.raises(AssertionError):
        assert_reads_as_reference(finder, show, pixels)


def test_no_mistake_is_none(random_yolo: Model, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = scribble(200, 613)
    finder = detector(random_yolo, busy(random_yolo, pixels, show))
    with mistake("none", finder, monkeypatch):
        assert_reads_as_reference(finder, show, pixels)


def test_other_outputs_are_refused() -> None:
    for outputs in ({"output0": np.zeros((300, 6))}, {"a": np.zeros((5, 84)), "b": np.zeros((5, 84))}):
        with pytest.raises(ExtractorError, match="without NMS is expected"):
            yolo.decode(outputs, (64, 64))


def test_a_cached_look_is_read_as_a_fresh_one(seeing: Seeing, show: Show) -> None:
    finder = disc_detector(seeing(None))
    (raw,) = finder.look([show(with_discs(900, 400)[0])])
    found = finder.detections(unpack(pack(raw)))
    assert found == finder.detections(raw)
    assert all(isinstance(d, Detection) and d.part == "head" for d in found)
