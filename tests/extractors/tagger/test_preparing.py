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
    return [image for images in by_source.values() for image in images[:2]]


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


class Pixels:
    """A picture that is its pixels."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def crop(self, box: object, side_px: int) -> np.ndarray:
        return self.pixels


def random_pixels(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("size", [(448, 448), (700, 301), (300, 701), (90, 60), (1, 1), (1791, 40)])
def test_pixels_of_any_shape_are_prepared_exactly_as_published(size: tuple[int, int]) -> None:
    pixels = random_pixels(*size)
    (ours,) = prepared([pixels], V3)
    assert (ours.dtype, ours.shape) == (np.float32, (448, 448, 3))
    assert (ours == Published()(Image.fromarray(pixels))).all()


@pytest.mark.parametrize("size", [(3000, 1000), (900, 2500), (5000, 30), (40_000, 1)])
def test_what_is_larger_than_needed_is_shrunk_first_and_stays_near(size: tuple[int, int]) -> None:
    """The stated limit of scaled reading: one level in 255 on average on a smooth picture, and no square of 40,000²."""
    small = Image.fromarray(random_pixels(12, 12)).resize((200, 200), Image.Resampling.BICUBIC)
    picture = small.resize(size, Image.Resampling.BICUBIC)
    (ours,) = prepared([np.asarray(picture)], V3)
    if max(size) < 10_000:
        assert np.abs(ours - Published()(picture)).mean() < 1
    assert ours.min() < 255, "even a line is seen"


def test_channels_first_where_the_model_says_so(exported: Callable[[bool], object], hub) -> None:
    """The same weights, exported for the other layout, answer the same."""
    other = exported(False)
    assert Layout.of(other.tagger().network.session.inputs) == Layout("input", 448, False)
    one = View(Sample("k", "i", "u", sightings=(Sighting(),)), 0, Pixels(random_pixels(300, 400)))
    (last,), (first,) = hub.tagger().look([one]), other.tagger().look([one])
    assert (last["tags"] == first["tags"]).all()
    assert np.abs(last["scores"] - first["scores"]).max() < LIMIT


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((None, 448, 448, 3), Layout("x", 448, True)),
        ((1, 384, 384, 3), Layout("x", 384, True)),
        ((None, 3, 512, 512), Layout("x", 512, False)),
        ((None, None, None, 3), Layout("x", 448, True)),
    ],
)
def test_name_size_and_layout_are_those_of_the_model(shape: tuple[int | None, ...], layout: Layout) -> None:
    assert Layout.of({"x": shape}) == layout


@pytest.mark.parametrize("inputs", [{"x": (1, 77)}, {"x": (1, 448, 448, 1)}, {"x": (1, 448, 224, 3)}, {}])
def test_a_network_for_something_else_is_refused(inputs: dict[str, tuple[int | None, ...]]) -> None:
    with pytest.raises(WeightsError, match="choose a WD tagger"):
        Layout.of(inputs)
