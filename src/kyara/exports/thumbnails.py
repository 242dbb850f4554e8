"""Small pictures for a page: a sample's file, or a box of it, as a WebP data URI, or the reason why there is none."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass

from PIL import Image

from kyara.errors import UnreadableImageError
from kyara.exports.originals import LeftOutError, original
from kyara.images import Limits, Picture, probe
from kyara.records import Box, Sample

QUALITY = 80


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """`source` is a data URI of a picture of `width` x `height` pixels."""

    source: str
    width: int
    height: int


def thumbnail(sample: Sample, box: Box | None, side_px: int, limits: Limits) -> Thumbnail | str:
    """The sample's picture (`box` None) or a part of it, its longer side at most `side_px`; else why there is none."""
    try:
        data = original(sample, limits)
        pixels = Picture(data, probe(data, limits), limits).crop(box, max(1, side_px // 2))
    except LeftOutError as error:
        return str(error)
    except (UnreadableImageError, ValueError):  # ValueError: a box outside the picture
        return "cannot be read"
    image = Image.fromarray(pixels)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY)
    return Thumbnail(f"data:image/webp;base64,{b64encode(out.getvalue()).decode()}", *image.size)
