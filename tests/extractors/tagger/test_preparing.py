"""Preprocessing against the published recipe written out, on real pictures through the whole extractor.

The recipe is `prepare_image` of the Space SmilingWolf/wd-tagger. Parity is judged on centred probabilities: what all
pictures have in common hides faults.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from kyara.errors import WeightsError
from kyara.extractors.tagger.preparing import Layout, prepared
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.records import Sample, Sighting

LIMIT = 1e-3
V3 = Layout("input", 448, True)


@dataclass(frozen=True)
class Published:
    """The recipe, each part of which can be made wrong."""

    pad: tuple[int, int, int] = (255, 255, 255)
    interpolation: Image.Resampling = Image.Resampling.BICUBIC
    bgr: bool = True
    centred: bool = True
    squeezed: bool = False

    def __call__(self, image: Image.Image) -> np.ndarray:
        rgba = image.convert("RGBA")
        canvas = Image.new("RGBA", rgba.size, (255, 255, 255))
        canvas.alpha_composite(rgba)
        longer = max(image.size)
        corner = ((longer - image.width) // 2, (longer - image.height) // 2) if self.centred else (0, 0)
        padded = Image.new("RGB", image.size if self.squeezed else (longer, longer), self.pad)
        padded.paste(canvas.convert("RGB"), (0, 0) if self.squeezed else corner)
        array = np.asarray(padded.resize((448, 448), self.interpolation), dtype=np.float32)
        return array[:, :, ::-1] if self.bgr else array


WRONG = {
    "RGB": Published(bgr=False),
    "black pad": Published(pad=(0, 0, 0)),
    "bilinear": Published(interpolation=Image.Resampling.BILINEAR),
    "nearest": Published(interpolation=Image.Resampling.NEAREST),
    "box": Published(interpolation=Image.Resampling.BOX),
    "lanczos": Published(interpolation=Image.Resampling.LANCZOS),
    "not centred": Published(centred=False),
    "squeezed": Published(squeezed=True),
}


@pytest.fixture
def pictures(shared_data: Callable[[str], Path]) -> list[bytes]:
    """Real pictures of at most 768 px: decoded at full size by both sides; some have an alpha channel."""
    table = pq.read_table(shared_data("illustrations_boxes.parquet"), columns=["image", "source"]).to_pylist()
    by_source: dict[str, list[bytes]] = {}
    for row in table:
        by_source.setdefault(row["source"], []).append(row["image"])
    return [image for images in by_source.values() for image in images[:3]]


def view(data: bytes) -> View:
    return View(Sample("k", "i", "u", sightings=(Sighting(),)), 0, Picture(data, probe(data, Limits()), Limits()))


def gap(hub, pictures: list[bytes], recipe: Published) -> float:
    """The largest difference of centred probabilities between the extractor and torch fed by `recipe`."""
    raws = hub.tagger().look([view(data) for data in pictures])
    ours = np.zeros((len(raws), 27))
    for row, raw in zip(ours, raws, strict=True):
        row[raw["tags"]] = raw["scores"]
    truth = hub.reference(np.stack([recipe(Image.open(io.BytesIO(data))) for data in pictures]))
    assert (truth - truth.mean(0)).std() > 50 * LIMIT, "the random network tells pictures apart"
    truth = np.where(truth >= 0.01, truth, 0)
    return float(np.abs((ours - ours.mean(0)) - (truth - truth.mean(0))).max())


def test_the_extractor_agrees_with_torch_and_the_published_recipe(hub, pictures: list[bytes]) -> None:
    assert gap(hub, pictures, Published()) < LIMIT


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_recipe_fails_the_same_check(hub, pictures: list[bytes], fault: str) -> None:
    assert gap(hub, pictures, WRONG[fault]) > 5 * LIMIT
