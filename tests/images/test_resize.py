"""The last resize is Pillow's to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kyara.images import Limits, Picture, probe, resized

NOISE = np.random.default_rng(6).integers(0, 256, (97, 130, 3), np.uint8)


@pytest.mark.parametrize("resample", [1, 2, 3])
@pytest.mark.parametrize("size", [(32, 48), (97, 130), (200, 20)])
def test_as_pillow_does(size, resample):
    found = resized(NOISE, size, resample)
    assert found.shape == (*size, 3)
    assert found.dtype == np.uint8
    expected = Image.fromarray(NOISE).resize(size[::-1], Image.Resampling(resample))
    assert np.array_equal(found, np.asarray(expected))


def test_filters_differ_and_unknown_ones_are_refused():
    lanczos, bilinear, bicubic = (resized(NOISE, (32, 32), resample) for resample in (1, 2, 3))
    assert not np.array_equal(lanczos, bicubic)
    assert not np.array_equal(bilinear, bicubic)
    with pytest.raises(ValueError, match="9 is not a valid Resampling"):
        resized(NOISE, (32, 32), 9)


def test_crops_can_be_resized(encode):
    data = encode(NOISE, "PNG")
    crop = Picture(data, probe(data, Limits()), Limits()).crop((10, 10, 70, 80), 224)
    assert np.array_equal(resized(crop, (20, 20), 3), resized(NOISE[10:80, 10:70], (20, 20), 3))
