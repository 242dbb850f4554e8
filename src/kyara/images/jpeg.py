"""Decodes ordinary JPEGs with simplejpeg, which gives rows of RGB where Pillow copies twice to get there.

Strict: whatever it has only to warn of, Pillow judges instead, so no file is accepted here that Pillow refuses. Both
bring libjpeg-turbo, ask it for the same and let go of the GIL. Knows no profiles, no orientation and no CMYK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import simplejpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

_MODES = ("RGB", "L")
_LEAST_SIDE = 8  # below it two of libjpeg's scales (n/8) give one size, and simplejpeg does not say which it takes


def rgb(data: bytes, opened: Image, scale: int) -> NDArray[np.uint8] | None:
    """Pixels (h, w, 3) at 1 / `scale` (1, 2, 4, 8), sides rounded up, grey as RGB; None where Pillow must decode.

    `opened` is Pillow's view of the same bytes, not loaded: what its reading of the header refuses never comes here.
    Raises MemoryError.
    """
    if opened.mode not in _MODES or max(opened.size) < _LEAST_SIDE:
        return None
    width, height = (-(-side // scale) for side in opened.size)
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, strict=True)
    except MemoryError:
        raise
    except Exception:  # damaged, or beyond simplejpeg
        return None
    return pixels if pixels.shape == (height, width, 3) else None
