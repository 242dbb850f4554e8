"""Small pictures for a page: a sample's file, or a box of it, as a WebP data URI, or the reason why there is none.

Only files of this machine are opened, and only while their bytes are the ones the run described, so that boxes fit.
"""

from __future__ import annotations

import hashlib
import io
import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from PIL import Image

from kyara.errors import UnreadableImageError
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
    path = _local(sample.uri)
    if path is None:
        return "no file of this machine"
    try:
        if not path.is_file():
            return "moved or deleted since the run"
        if path.stat().st_size > limits.max_bytes:
            return "too large to show"
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sample.id:
            return "changed since the run"
        pixels = Picture(data, probe(data, limits), limits).crop(box, max(1, side_px // 2))
    except (OSError, UnreadableImageError, ValueError):  # ValueError: a box outside the picture, a NUL in the path
        return "cannot be read"
    image = Image.fromarray(pixels)
    image.thumbnail((side_px, side_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY)
    return Thumbnail(f"data:image/webp;base64,{b64encode(out.getvalue()).decode()}", *image.size)


def _local(uri: str) -> Path | None:
    """The path of a `file://` address; None for any other, and for a member of a file (`file:///a.tar#b.png`)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc or parts.query or parts.fragment:
        return None
    return Path(os.fsdecode(unquote_to_bytes(parts.path)))
