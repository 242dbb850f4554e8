"""Decodes one picture into upright 8-bit RGB, with the one decoder its header names; the only place that does.

Pillow's plugin classes are called by name, so no other plugin is ever tried and Pillow's registry, limits and flags
stay as the host program set them; ordinary JPEGs go on to `jpeg.py` once Pillow has read their header. Whatever a
decoder raises becomes an UnreadableImageError; what it only warns of (damaged metadata) goes to the host's warning
filters, which cannot be changed for one thread alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from kyara.errors import UnreadableImageError
from kyara.images import jpeg
from kyara.images.colour import profile_to_apply, to_rgb
from kyara.images.header import Header
from kyara.images.layout import undecodable
from kyara.records import Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Decoded = Image.Image | NDArray[np.uint8]  # as its decoder gave it: turning one into the other costs 3 ms a Mpx

_PLUGINS: dict[str, Callable[[IO[bytes]], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
}
_TURNED_BY_DECODER = ("TIFF", "HEIC")
_TURNS = {  # EXIF orientation: what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LOW_BIT_GREYS = {"L;2": 85, "L;4": 17}  # raw mode: factor by which Pillow widens the pixels, but not tRNS


def decode(data: bytes, header: Header, scale: int = 1) -> Decoded:
    """The first frame, upright RGB, each side 1 / `scale` of the header's, rounded up.

    `scale` is 1, for JPEGs also 2, 4 or 8 up to the shorter side.
    Raises UnreadableImageError with reason truncated, undecodable, too_large or out_of_memory.
    """
    try:
        opened = _opened(data, header)
        if (
            header.format == "JPEG"
            and header.orientation == 1
            and profile_to_apply(opened.mode, opened.info.get("icc_profile")) is None
        ):
            pixels = jpeg.rgb(data, opened, scale)
            if pixels is not None:
                return pixels
        image = _upright(to_rgb(_loaded(opened, scale)), header)
        _match(image.size, (-(-header.width // scale), -(-header.height // scale)))  # some change size in loading
        return image
    except UnreadableImageError:
        raise
    except Exception as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> UnreadableImageError:
    """Any exception of a decoder as the error of one item."""
    detail = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    if isinstance(error, MemoryError):
        return UnreadableImageError(Reason.OUT_OF_MEMORY, f"the decoder ran out of memory ({detail})")
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return UnreadableImageError(Reason.TOO_LARGE, detail)
    if isinstance(error, EOFError) or "truncated" in detail.lower():
        return UnreadableImageError(Reason.TRUNCATED, detail)
    return undecodable(detail)


def _opened(data: bytes, header: Header) -> Image.Image:
    """The picture as its decoder sees it, of the size that the header declares; not loaded yet where that can wait."""
    if header.format == "HEIC":
        return _heic(data, header)
    if header.format == "PSD":
        return _psd(data)
    image = _PLUGINS[header.format](io.BytesIO(data))
    turned = header.orientation > 4 and header.format not in _TURNED_BY_DECODER
    _match(image.size, (header.height, header.width) if turned else (header.width, header.height))
    if header.format == "PNG":
        _widen_transparency(image)
    return image


def _loaded(image: Image.Image, scale: int) -> Image.Image:
    if scale > 1:
        image.draft(None, (image.width // scale, image.height // scale))
    image.load()
    return image


def _match(found: tuple[int, int], declared: tuple[int, int]) -> None:
    """Raises where decoder and header disagree on the size: boxes would lie elsewhere, and the caps saw another one."""
    if found != declared:
        sizes = f"the decoder sees {found[0]}x{found[1]}, the header declares {declared[0]}x{declared[1]}"
        raise undecodable(f"sizes contradict one another: {sizes}")


def _widen_transparency(image: ImageFile.ImageFile) -> None:
    """Brings a PNG's transparent colour to the depth that Pillow brings its pixels to."""
    transparent = image.info.get("transparency")
    raw_mode = image.tile[0].args
    if isinstance(transparent, int) and raw_mode in _LOW_BIT_GREYS:
        image.info["transparency"] = min(transparent * _LOW_BIT_GREYS[raw_mode], 255)
    elif isinstance(transparent, tuple) and raw_mode == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in transparent)


def _upright(image: Image.Image, header: Header) -> Image.Image:
    if header.orientation == 1 or header.format in _TURNED_BY_DECODER:
        return image
    return image.transpose(_TURNS[header.orientation])


def _heic(data: bytes, header: Header) -> Image.Image:
    import pillow_heif

    container = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    _match(container.size, (header.width, header.height))
    image: Image.Image = container.to_pillow()
    return image


def _psd(data: bytes) -> Image.Image:
    """The flattened picture that was saved along with the layers; psd-tools brings it into sRGB.

    Pillow's own reader will not do: it knows 8 bits only and takes any fourth channel for transparency.
    """
    import psd_tools

    image: Image.Image | None = psd_tools.PSDImage.open(io.BytesIO(data)).topil()
    if image is None:
        raise undecodable("the PSD holds no flattened picture: save it with 'Maximize compatibility'")
    image.info.pop("icc_profile", None)
    return image
