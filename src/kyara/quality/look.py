"""The look that measures quality: one pass over a whole picture, whose numbers are kept in the cache like a network's.

It gives raw numbers; what of them is a `Quality`, and what is skipped for it, is decided by pure code afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from kyara.flow import Kind, Raw, View
from kyara.quality.fingerprint import fingerprint
from kyara.quality.measure import LONGER_PX, Measures, grey_of, measured, scaled
from kyara.records import Quality, Sample

_PLAIN = ("sharpness", "exposure", "contrast", "noise", "compression")


class QualityLook:
    """Measures whole pictures; a `flow.Looking`."""

    name = "quality"
    inputs: frozenset[Kind] = frozenset({"pixels"})
    batch_size = 64
    look_version = f"2 opencv {cv2.__version__} numpy {np.__version__.split('.')[0]}"

    def look(self, views: Sequence[View]) -> list[Raw]:
        """`plain` (five measures), `inner`, `levels` and the bytes of the `fingerprint`."""
        return [self._raw(view) for view in views]

    def _raw(self, view: View) -> Raw:
        width, height = view.sample.width or 1, view.sample.height or 1
        side = max(1, round(min(width, height) * LONGER_PX / max(width, height)))
        assert view.picture is not None
        pixels = view.picture.crop(None, side)
        found = measured(pixels, max(1, round(max(width, height) / max(pixels.shape[:2]))))
        grey = scaled(grey_of(pixels))
        return {
            "plain": np.array([getattr(found, name) for name in _PLAIN], np.float32),
            "inner": np.array(found.inner, np.float32),
            "levels": np.array(found.levels, np.float32),
            "fingerprint": np.frombuffer(fingerprint(grey, found.inner), np.int8),
        }


def measures_of(raw: Raw) -> Measures:
    """The measures in a raw output of `QualityLook`."""
    plain = dict(zip(_PLAIN, map(float, raw["plain"]), strict=True))
    x0, y0, x1, y1 = map(float, raw["inner"])
    return Measures(**plain, inner=(x0, y0, x1, y1), levels=tuple(map(float, raw["levels"])))


def quality_of(sample: Sample, raw: Raw) -> Quality:
    """The quality of `sample`, whose size is known."""
    found, sides = measures_of(raw), sorted((sample.width or 1, sample.height or 1))
    return Quality(
        found.sharpness,
        found.exposure,
        found.contrast,
        found.noise,
        found.compression,
        found.border,
        sides[0],
        sides[1] / sides[0],
        found.score(sides[0]),
        raw["fingerprint"].tobytes(),
    )


def fault(quality: Quality, bounds: Mapping[str, float]) -> str | None:
    """What of `quality` is beyond its bound ({"min_sharpness": 0.01, "max_aspect": 4 …}), in words; None where all is
    well."""
    for name, bound in bounds.items():
        least, measure = name.startswith("min_"), name.partition("_")[2]
        value = getattr(quality, measure)
        if value < bound if least else value > bound:
            return f"{measure} {value:.4g} found, {'at least' if least else 'at most'} {bound:g} wanted"
    return None
