"""Whole pictures are shown to the network while training as the detector that ships shows them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kyara.detect.letterbox import Letterbox
from kyara.training.builtin.heads.network import Answers, Network
from kyara.training.builtin.heads.pictures import Picture
from kyara.training.builtin.heads.scenes import INPUT_PX
from kyara.training.builtin.heads.seeing import best, found, heads_of, letterboxed


class Knowing(Network):
    """Answers with the boxes it is given, in input pixels."""

    def __init__(self, boxes: np.ndarray, scores: list[float]) -> None:
        super().__init__()
        self.known = Answers(torch.tensor(scores).logit()[None], torch.from_numpy(boxes)[None])

    def forward(self, x: torch.Tensor) -> Answers:
        return self.known


@pytest.mark.parametrize("size", [(160, 160), (768, 543), (431, 768), (100, 30)])
def test_the_letterbox_is_the_detectors(size: tuple[int, int]) -> None:
    height, width = size
    theirs = Letterbox.fit((width, height), (INPUT_PX, INPUT_PX), 32)
    put, scale, left, top = letterboxed(np.zeros((height, width, 3), np.uint8))
    assert put.shape[:2] == theirs.outer[::-1]
    assert (left, top) == (theirs.left, theirs.top)
    assert scale == pytest.approx(theirs.inner[0] / width, rel=0.02)


def test_boxes_come_back_in_pixels_of_the_picture(picture: Picture) -> None:
    _, scale, left, top = letterboxed(picture.pixels)
    boxes = picture.heads * np.float32(scale) + np.array([left, top] * 2, np.float32)
    network = Knowing(np.concatenate([boxes, boxes + 3, boxes - 60]), [0.9, 0.6, 0.01])
    seen, scores = heads_of(network, picture.pixels)
    assert seen.tolist() == [pytest.approx(picture.heads[0].tolist(), abs=0.01)]
    assert scores.tolist() == pytest.approx([0.9])
    assert found(network, [picture])[0].right.tolist() == [True]


def test_of_boxes_that_overlap_the_best_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [6, 0, 16, 10]], np.float32)
    assert best(boxes, np.array([0.3, 0.8, 0.5], np.float32)) == [1, 2]
