"""From the pixels of a crop to what a WD tagger wants: padded to a white square, 448 px bicubic, BGR, float32 0..255.

The recipe is `prepare_image` of app.py in the Space SmilingWolf/wd-tagger, the same as `_prepare_image_for_tagging` of
deepghs/imgutils (tagging/wd14.py): pad first, then resize. Kohya's tag_images_by_wd14_tagger.py shrinks by INTER_AREA
instead and is not followed. Transparency is on white already (images/colour.py). It knows no tags and no session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from kyara.errors import WeightsError
from kyara.flow import Pixels

PREPARING = f"1 white square bicubic BGR 0..255 pillow {PIL.__version__}"  # part of what an answer depends on
_WHITE = (255, 255, 255)
_SIDE_PX = 448  # where the model leaves its size open


@dataclass(frozen=True, slots=True)
class Layout:
    """What a network takes: the name of its input, the side of the square, channels last (NHWC) or first (NCHW)."""

    name: str
    side_px: int
    channels_last: bool

    @classmethod
    def of(cls, inputs: Mapping[str, tuple[int | None, ...]]) -> Layout:
        """The layout by a session's inputs. Raises WeightsError for a network that takes no single square picture."""
        for name, shape in inputs.items():
            if len(inputs) == 1 and len(shape) == 4 and 3 in (shape[3], shape[1]):
                channels_last = shape[3] == 3
                height, width = shape[1:3] if channels_last else shape[2:4]
                if height == width:
                    return cls(name, height or _SIDE_PX, channels_last)
        raise WeightsError(
            f"the tagger's network takes {dict(inputs)}; one input of n x side x side x 3 is expected: "
            "choose a WD tagger, such as SmilingWolf/wd-vit-tagger-v3"
        )


def prepared(pictures: Sequence[Pixels], layout: Layout) -> NDArray[np.float32]:
    """The batch for `pictures` (RGB uint8): float32 (n, side, side, 3) BGR in 0..255, or (n, 3, side, side)."""
    side = layout.side_px
    batch = np.empty((len(pictures), side, side, 3), np.float32)
    for row, pixels in zip(batch, pictures, strict=True):
        row[...] = np.asarray(_square(Image.fromarray(pixels), side))[:, :, ::-1]
    return batch if layout.channels_last else np.ascontiguousarray(batch.transpose(0, 3, 1, 2))


def _square(image: Image.Image, side: int) -> Image.Image:
    if (factor := max(image.size) // (2 * side)) > 1:  # no crop is larger than needed, nor the square of a long strip
        image = image.reduce(factor)
    longer = max(image.size)
    square = Image.new("RGB", (longer, longer), _WHITE)
    square.paste(image, ((longer - image.width) // 2, (longer - image.height) // 2))
    return square.resize((side, side), Image.Resampling.BICUBIC)
