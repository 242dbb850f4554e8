"""A few dozen real pictures: every one opens, with the size and the pixels that Pillow alone gives."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from kyara.images import Limits, Picture, probe

LIMITS = Limits()


def stored(path: Path, count: int) -> list[bytes]:
    images = pq.read_table(path, columns=["image"])["image"]
    picked = (images[int(i)].as_py() for i in np.linspace(0, len(images) - 1, count))
    return [image["bytes"] if isinstance(image, dict) else image for image in picked]


def agrees(data: bytes) -> None:
    reference = Image.open(io.BytesIO(data))
    header = probe(data, LIMITS)
    assert (header.width, header.height) == reference.size
    picture = Picture(data, header, LIMITS)
    found = picture.crop(None, 1 << 20)
    layers = reference.convert("RGBA")
    expected = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    assert np.abs(found.astype(int) - np.asarray(expected, int)).max() <= 1
    assert min(picture.crop(None, 112).shape[:2]) >= min(224, *reference.size)


@pytest.mark.parametrize("name", ["faces_hair_eye.parquet", "faces_identity.parquet", "illustrations_boxes.parquet"])
def test_parquet_pictures(name, shared_data):
    for data in stored(shared_data(name), 24):
        agrees(data)


def test_folder_pictures(shared_data):
    paths = sorted(shared_data("kohya_sample").rglob("*.png"))[::3]
    assert paths
    for path in paths:
        agrees(path.read_bytes())
