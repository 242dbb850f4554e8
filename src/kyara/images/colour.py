"""Turns whatever mode a decoder gives into 8-bit RGB in sRGB, with transparency composited on white.

Knows Pillow's modes, not file formats. An embedded colour profile is honoured where it is not sRGB already; one that
is damaged, or made for another kind of picture, is ignored, as browsers do.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDE = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_PROFILED = ("L", "RGB", "CMYK", "LAB")
_SRGB_NAMES = (b"sRGB", b"s\0R\0G\0B")  # in an ASCII and in a UTF-16 description


def to_rgb(image: Image.Image) -> Image.Image:
    """A loaded picture of any mode as RGB. CMYK without a profile is converted by the plain formula."""
    profile = image.info.get("icc_profile")
    if image.mode in _WIDE:
        image = _narrowed(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("L", "LA", "La") else "RGBA")
        alpha = image.getchannel("A")
        image = image.convert(image.mode[:-1])
    rgb = _in_srgb(image, profile)
    if alpha is not None and alpha.getextrema() != (255, 255):
        white = Image.new("RGB", rgb.size, "white")
        white.paste(rgb, mask=alpha)
        return white
    return rgb


def profile_to_apply(mode: str, profile: bytes | None) -> bytes | None:
    """The embedded profile where a picture of this mode must be converted by it to be in sRGB."""
    if not profile or mode not in _PROFILED or (mode == "RGB" and any(n in profile for n in _SRGB_NAMES)):
        return None
    return profile


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and image.mode == "P":
        image = image.convert("RGB")
    profile = profile_to_apply(image.mode, profile)
    if profile is None:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        converted = None
    return converted or image.convert("RGB")


def _narrowed(image: Image.Image) -> Image.Image:
    """A one-channel picture of 16 or 32 bits as L, or as LA where one of its values stands for transparent."""
    values = np.asarray(image)
    transparent = image.info.get("transparency")
    grey = Image.fromarray(_to_bytes(values))
    if isinstance(transparent, int):
        grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


def _to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16 bits lose their low byte. Wider numbers do not say what white is: the least usual white that holds them."""
    if values.dtype.itemsize == 2:
        return (values.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    tops = (1.0, 255.0, 65535.0) if values.dtype.kind == "f" else (255.0, 65535.0)
    white = next((top for top in tops if high <= top), high)
    black = min(low, 0.0)
    return ((numbers - black) * (255.0 / (white - black)) + 0.5).astype(np.uint8)
