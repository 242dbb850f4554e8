"""Brings what Python users hold (path, bytes, Pillow image, array) to encoded bytes, so that one flow serves all.

Pixels become an uncompressed BMP in RGB: its bytes, and so a sample's id, are the same with every version of zlib.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from kyara.images.colour import to_rgb
from kyara.images.decode import unreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Encodable = str | os.PathLike[str] | bytes | bytearray | memoryview | Image.Image | NDArray[np.generic]


def encoded(image: Encodable) -> bytes:
    """The encoded bytes of one picture.

    Paths are read and bytes taken as they are, unchecked: `probe` judges them. A Pillow image is turned upright by its
    EXIF and composited on white. An array is (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 0..255 or
    float 0..1. Raises OSError for a path, UnreadableImageError for a Pillow image that does not load, TypeError and
    ValueError for what is no picture.
    """
    if isinstance(image, (str, os.PathLike)):
        return Path(image).read_bytes()
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, np.ndarray):
        return _bmp(Image.fromarray(_pixels(image)))
    if isinstance(image, Image.Image):
        try:
            return _bmp(ImageOps.exif_transpose(image))
        except Exception as error:
            raise unreadable(error) from error
    raise TypeError(f"{type(image).__name__} is no picture; expected a path, bytes, a PIL image or a numpy array")


def _bmp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    to_rgb(image).save(out, "BMP")
    return out.getvalue()


def _pixels(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """The array as uint8 (H, W), (H, W, 3) or (H, W, 4)."""
    shape = array.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3, 4)) or 0 in shape:
        raise ValueError(f"an array of shape {shape} is no picture; expected (H, W), (H, W, 1), (H, W, 3) or (H, W, 4)")
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= 0 and high <= 1):  # NaN fails too
            expected = "expected 0..1; for 0..255 pass array.astype('uint8')"
            raise ValueError(f"a float array with values {low:g}..{high:g} is no picture; {expected}")
        array = (array.astype(np.float64) * 255 + 0.5).astype(np.uint8)
    if array.dtype != np.uint8:
        raise ValueError(f"an array of {array.dtype} is no picture; expected uint8 0..255 or float 0..1")
    pixels = np.ascontiguousarray(array, dtype=np.uint8)
    return pixels[:, :, 0] if pixels.ndim == 3 and shape[2] == 1 else pixels
