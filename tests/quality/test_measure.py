"""Measures: each falls with its own fault, whatever the size; borders are seen in any number and colour."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from kyara.quality.measure import LONGER_PX, Measures, measured

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Flat patches with hard edges, as line art has; not on the grid of JPEG."""
    small = np.random.default_rng(5).integers(0, 255, (22, 30, 3)).astype(np.uint8)
    return Image.fromarray(small).resize((512, 384), Image.Resampling.NEAREST)


def of(image: Image.Image) -> Measures:
    return measured(np.asarray(image))


def test_blur_takes_sharpness_and_score(picture: Image.Image) -> None:
    found = [of(picture.filter(ImageFilter.GaussianBlur(sigma))) for sigma in (0, 1, 2, 4)]
    assert [one.sharpness for one in found] == sorted((one.sharpness for one in found), reverse=True)
    assert [one.score(384) for one in found] == sorted((one.score(384) for one in found), reverse=True)


def test_noise_is_told_in_grey_levels(picture: Image.Image) -> None:
    clean = of(picture)
    noise = np.random.default_rng(1).normal(0, 20, (384, 512, 1))
    noisy = of(Image.fromarray(np.clip(np.asarray(picture) // 2 + 64 + noise, 0, 255).astype(np.uint8)))
    assert clean.noise < 1
    assert noisy.noise == pytest.approx(20, rel=0.15)
    assert noisy.score(384) < clean.score(384)


def test_the_grid_of_jpeg_is_seen(picture: Image.Image) -> None:
    soft, out = picture.filter(ImageFilter.GaussianBlur(3)), io.BytesIO()
    soft.save(out, "JPEG", quality=10)
    assert of(soft).compression == pytest.approx(1, abs=0.1)
    assert of(Image.open(out)).compression > 1.5


def test_size_counts_in_the_score_alone(picture: Image.Image) -> None:
    small, large = (of(ImageOps.scale(picture, scale, Image.Resampling.BICUBIC)) for scale in (1.5, 3.0))
    assert small.sharpness == pytest.approx(large.sharpness, rel=0.25)
    assert small.score(100) < small.score(1000)


@pytest.mark.parametrize("colours", [[], ["white"], ["black", "white"], ["#336699", "black", "white"]], ids=len)
def test_frames_are_taken_off(picture: Image.Image, colours: list[str]) -> None:
    image = picture
    for colour in colours:
        image = ImageOps.expand(image, 30, colour)
    x0, y0, x1, y1 = of(image).inner
    size = max(image.size) / LONGER_PX + 1  # one pixel of what is measured
    width, height = image.size
    assert (x0 * width, y0 * height) == pytest.approx((30 * len(colours),) * 2, abs=size)
    assert ((1 - x1) * width, (1 - y1) * height) == pytest.approx((30 * len(colours),) * 2, abs=size)


@pytest.mark.parametrize("colour", ["white", "black", "#123456"])
def test_a_picture_of_nothing_is_all_there_is(colour: str) -> None:
    found = of(Image.new("RGB", (90, 60), colour))
    assert found.inner == (0, 0, 1, 1)
    assert (found.contrast, found.sharpness, found.noise) == (0, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (2, 700), (700, 2), (9, 9)])
def test_odd_sizes_are_measured_too(size: tuple[int, int]) -> None:
    random = np.random.default_rng(2).integers(0, 255, (*size, 3)).astype(np.uint8)
    assert 0 <= measured(random).score(min(size)) <= 1
