"""The last resize, from a crop to the very size that a model takes: Pillow's, which the models were trained behind.

Antialiased, without Pillow's `reducing_gap`: what a whole factor can take away, `Picture.crop` has taken. Pads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resized(pixels: NDArray[np.uint8], size: tuple[int, int], resample: int) -> NDArray[np.uint8]:
    """RGB (h, w, 3) brought to `size` = (height, width), the same to the bit as `Image.resize`; read-only.

    `resample` is Pillow's number for the filter, as preprocessor_config.json writes it: 1 Lanczos, 2 bilinear,
    3 bicubic. Raises ValueError for an unknown one. Lets go of the GIL.
    """
    height, width = size
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling(resample)))
