"""One network that finds heads, faces or bodies in pictures: what YOLO and YuNet have in common.

Pictures go in one by one in their own shape, never side by side in a common square: a batch of YOLOv8s takes a CPU as
long a picture as one alone, and a 2:3 picture in 640 x 448 a quarter less than in 640 x 640, at the same scale.
It knows no weights and no pairing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import PIL
from numpy.typing import NDArray

from kyara.detect.letterbox import Boxes, Letterbox, Size, cut
from kyara.detect.overlap import best
from kyara.errors import ExtractorError
from kyara.flow import Detection, Kind, Pixels, Raw, View
from kyara.weights import Arrays, Model

FLOOR = 0.05  # what scores less is not kept: thresholds can be moved down to here without a second look
MOST = 256  # boxes kept of one picture
STRIDE = 32  # sides of a free input are multiples of the coarsest grid's, of YOLOv8 and YuNet alike

Decode = Callable[[Mapping[str, NDArray[np.generic]], Size], tuple[Boxes, NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kind of network is fed and read, as it was trained.

    `prepare` makes float32 (3, h, w) of RGB pixels; `decode` makes boxes in input pixels and their scores of the
    outputs for one picture and the size of the input. `version` changes with either. Boxes that overlap a better one
    by more than `iou` are dropped.
    """

    version: str
    sides_px: tuple[int, ...]  # the longer side of the scaled picture, of each pass, where the network's input is free
    ground: int  # grey around the picture
    iou: float
    prepare: Callable[[Pixels], NDArray[np.float32]]
    decode: Decode


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a head reaches beyond the box of its face, in widths (each side) and heights of that box."""

    sides: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    def around(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        wider = (-self.sides * width, -self.top * height, self.sides * width, self.bottom * height)
        return boxes + np.stack(wider, 1)


AS_FOUND = Margins()


class NetworkDetector:
    """A Detector: `network`, fed and read by `recipe`, finds what scores above `threshold`.

    Raw outputs: `boxes` float32 (n, 4) in picture pixels and `scores` float32 (n,), best first.
    """

    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 32

    def __init__(
        self,
        name: str,
        part: Literal["head", "body"],
        network: Model,
        recipe: Recipe,
        threshold: float,
        margins: Margins = AS_FOUND,
    ) -> None:
        self.name, self.part, self.network, self.recipe = name, part, network, recipe
        self.threshold, self.margins = threshold, margins
        self.look_version = _digest(network.digest, recipe.version, recipe.sides_px, recipe.iou, PIL.__version__)
        self.version = _digest(self.look_version, threshold, margins)

    def look(self, views: Sequence[View]) -> list[Raw]:
        return [self._look(view) for view in views]

    def detections(self, raw: Raw) -> tuple[Detection, ...]:
        boxes = np.round(self.margins.around(raw["boxes"].astype(np.float64)), 2).tolist()
        scores = raw["scores"].astype(np.float64).tolist()
        return tuple(
            Detection(self.part, (x0, y0, x1, y1), score)
            for (x0, y0, x1, y1), score in zip(boxes, scores, strict=True)
            if score > self.threshold
        )

    def feeds(self, views: Sequence[View]) -> Arrays:
        """What `look` first gives the network for `views`, stacked, each in a square so that all have one shape."""
        square = self._fixed or (self.recipe.sides_px[0],) * 2
        return self._fed([self._input(view, Letterbox.fit(self._size(view), square)) for view in views])

    def _look(self, view: View) -> Raw:
        picture = self._size(view)
        passes = [self._found(view, letterbox) for letterbox in self._letterboxes(picture)]
        boxes, scores = np.concatenate([some for some, _ in passes]), np.concatenate([some for _, some in passes])
        kept = best(boxes, scores, self.recipe.iou)[:MOST]
        boxes, scores = cut(boxes[kept], picture), scores[kept]
        inside = (boxes[:, 2:] - boxes[:, :2]).min(1, initial=np.inf) >= 1.0  # one that lies on the ground is nothing
        return {"boxes": boxes[inside], "scores": scores[inside]}

    def _found(self, view: View, letterbox: Letterbox) -> tuple[Boxes, NDArray[np.float32]]:
        """Boxes above the floor in picture pixels, and their scores, of one pass over the picture."""
        outputs = self.network.run(self._fed([self._input(view, letterbox)]))
        boxes, scores = self.recipe.decode({name: rows[0] for name, rows in outputs.items()}, letterbox.outer)
        some = scores > FLOOR
        return letterbox.back(boxes[some]), scores[some]

    def _letterboxes(self, picture: Size) -> list[Letterbox]:
        """How the picture is put in, pass by pass; an input whose sides are fixed is taken as it is, once."""
        if self._fixed:
            return [Letterbox.fit(picture, self._fixed)]
        return [Letterbox.fit(picture, (side, side), STRIDE) for side in self.recipe.sides_px]

    def _size(self, view: View) -> Size:
        sample = view.sample
        if not sample.width or not sample.height:
            raise ExtractorError(f"detector {self.name!r}: sample {sample.key!r} has no size; open its picture first")
        return sample.width, sample.height

    def _input(self, view: View, letterbox: Letterbox) -> NDArray[np.float32]:
        pixels = view.pixels("body", letterbox.side_px)
        return self.recipe.prepare(letterbox.put(pixels, self.recipe.ground))

    def _fed(self, rows: Sequence[NDArray[np.float32]]) -> Arrays:
        return {self._input_shape[0]: np.stack(rows)}

    @property
    def _fixed(self) -> Size | None:
        """Width and height of the network's input, None where they are free."""
        height, width = self._input_shape[1][2:]
        return (width, height) if width and height else None

    @property
    def _input_shape(self) -> tuple[str, tuple[int | None, ...]]:
        """Name and shape of the network's input."""
        inputs = self.network.session.inputs
        shapes = list(inputs.items())
        if len(shapes) != 1 or len(shapes[0][1]) != 4:
            raise ExtractorError(
                f"detector {self.name!r}: inputs {dict(inputs)} found; one (batch, 3, h, w) is expected"
            )
        return shapes[0]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
