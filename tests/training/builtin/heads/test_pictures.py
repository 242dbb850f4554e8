"""Which pictures are learned from: never held-out ones, with the boxes of the table beside the code."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.images import encoded
from kyara.training.builtin.heads.pictures import BOXES, HELD_OUT, ILLUSTRATIONS, decoded, illustrations, made, share

ROOT = Path(__file__).parents[4]
SPLITS = ROOT / "benchmarks" / "data" / "builtin"
DATA = ROOT.parent / "shared" / "data"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_held_out_picture_has_boxes_here() -> None:
    held_out = {row["id"] for row in rows(SPLITS / HELD_OUT)}
    looked_at = {row["id"] for row in rows(BOXES)}
    assert len(looked_at) == 323
    assert not looked_at & held_out


def test_boxes_are_boxes() -> None:
    for row in rows(BOXES):
        x0, y0, x1, y1 = (int(row[edge]) for edge in ("x0", "y0", "x1", "y1"))
        assert row["kind"] in {"head", "ignore"}
        assert 0 <= x0 < x1 <= 768
        assert 0 <= y0 < y1 <= 768


@pytest.mark.skipif(not (DATA / ILLUSTRATIONS).exists(), reason="the data packs are not beside the repository")
def test_the_two_shares_are_apart_and_boxes_lie_inside() -> None:
    learn, choose = illustrations(DATA, SPLITS)
    names = {one.name for one in learn}, {one.name for one in choose}
    assert len(learn) + len(choose) == 323
    assert not names[0] & names[1]
    assert 0.08 < len(choose) / 323 < 0.22
    for one in learn + choose:
        height, width = one.pixels.shape[:2]
        assert (one.heads <= np.array([width + 1, height + 1] * 2)).all()


def test_transparent_ground_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 6), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert decoded((tmp_path / "clear.png").read_bytes()).tolist() == np.full((6, 8, 3), 255).tolist()
    grey = Image.new("L", (8, 6), 77)
    grey.save(tmp_path / "grey.png")
    assert decoded((tmp_path / "grey.png").read_bytes()).tolist() == np.full((6, 8, 3), 77).tolist()


def test_red_stays_red() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    assert decoded(encoded(red))[0, 0].tolist() == [255, 0, 0]


def test_large_pictures_shrink_with_their_boxes() -> None:
    one = made(
        "a", np.zeros((1152, 600, 3), np.uint8), np.array([[100.0, 200, 300, 400]], np.float32), np.empty((0, 4))
    )
    assert one.pixels.shape == (576, 300, 3)
    assert one.heads.tolist() == [[50, 100, 150, 200]]


def test_the_share_is_even() -> None:
    assert np.mean([share(str(number)) < 0.15 for number in range(2000)]) == pytest.approx(0.15, abs=0.03)
