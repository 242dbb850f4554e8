"""Pixels to network input, as preprocessor_config.json tells: resize, centre crop, rescale, normalise.

The same to the bit as transformers' Pillow image processors on equal pixels: Pillow resizes, and the arithmetic on
256 possible values a channel is done once, into a table. Knows no network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from kyara.errors import WeightsError
from kyara.flow import Pixels
from kyara.images import resized
from kyara.weights import Weights, json_of

Size = tuple[int, int]  # height, width


@dataclass(frozen=True)
class Preprocessing:
    """`resize` is the exact size, or the wanted shorter edge; `crop` is cut from the middle (None: as it is).

    `resample` is Pillow's number for the filter; `factor`, `mean` and `std` make (v · factor − mean) / std of level v.
    """

    resize: Size | int
    crop: Size | None
    resample: int
    factor: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @cached_property
    def size(self) -> Size:
        """Height and width of the network's input."""
        return self.crop or ((self.resize, self.resize) if isinstance(self.resize, int) else self.resize)

    @cached_property
    def side_px(self) -> int:
        """The shorter side below which a picture must not be scaled down before it comes here."""
        return self.resize if isinstance(self.resize, int) else max(self.resize)

    @cached_property
    def digest(self) -> str:
        """Of all that the result depends on, Pillow's release too: filters may change in the last bit."""
        parts = (self.resize, self.crop, self.resample, self.factor, self.mean, self.std, PIL.__version__)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def __call__(self, pictures: Sequence[Pixels]) -> NDArray[np.float32]:
        """RGB pictures of any sizes as one array (n, 3, height, width)."""
        array = np.empty((len(pictures), 3, *self.size), np.float32)
        for picture, planes in zip(pictures, array, strict=True):
            pixels = self._fitted(picture)
            for channel in range(3):
                np.take(self._levels[channel], pixels[..., channel], out=planes[channel], mode="clip")
        return array

    @cached_property
    def _levels(self) -> NDArray[np.float32]:
        """What each of the 256 levels of each channel becomes, (3, 256): in the reference's order of roundings."""
        levels = (np.arange(256) * self.factor).astype(np.float32)
        columns = np.array([self.mean, self.std], np.float32)[..., None]
        return np.asarray((levels - columns[0]) / columns[1])

    def _fitted(self, picture: Pixels) -> Pixels:
        wanted = self._wanted(*picture.shape[:2])
        pixels = picture if picture.shape[:2] == wanted else resized(picture, wanted, self.resample)
        if self.size == wanted:
            return pixels
        (height, width), (rows, columns) = wanted, self.size
        top, left = (height - rows) // 2, (width - columns) // 2
        if top >= 0 and left >= 0:
            return pixels[top : top + rows, left : left + columns]
        box = (left, top, left + columns, top + rows)  # black where it reaches beyond the picture
        return np.asarray(Image.fromarray(pixels).crop(box))

    def _wanted(self, height: int, width: int) -> Size:
        if not isinstance(self.resize, int):
            return self.resize
        if height < width:
            return self.resize, int(self.resize * width / height)
        return int(self.resize * height / width), self.resize


def read_preprocessing(weights: Weights) -> Preprocessing:
    """From preprocessor_config.json, or from the processor_config.json that transformers 5 writes in its place.

    Raises MissingWeightsError where neither is there, WeightsError for what it tells and no CLIP does.
    """
    path = weights.file("preprocessor_config.json", "processor_config.json")
    config = json_of(path)
    config = config.get("image_processor", config)
    try:
        return _preprocessing(config)
    except (KeyError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise WeightsError(
            f"{path}: cannot be used: {said}; expected are size, resample, image_mean and image_std as CLIP or "
            "SigLIP models have them"
        ) from error


def _preprocessing(config: dict[str, Any]) -> Preprocessing:
    for step in ("do_resize", "do_normalize", "do_rescale"):
        if not config.get(step, True):
            raise ValueError(f"{step} is off")
    size, crop = config["size"], config.get("crop_size")
    if isinstance(size, dict):
        size = size["shortest_edge"] if "shortest_edge" in size else (int(size["height"]), int(size["width"]))
    if isinstance(crop, dict):
        crop = (int(crop["height"]), int(crop["width"]))
    elif crop is not None:
        crop = (int(crop), int(crop))
    crop_is_on = config.get("do_center_crop", isinstance(size, int))  # SigLIP's exact size leaves nothing to cut
    if isinstance(size, int) and not crop_is_on:
        raise ValueError("do_center_crop is off, so that pictures would keep their shapes")
    mean, std = (tuple(float(value) for value in config[name]) for name in ("image_mean", "image_std"))
    if not len(mean) == len(std) == 3:
        raise ValueError(f"{len(mean)} means and {len(std)} deviations for three channels")
    resample = Image.Resampling(config.get("resample", Image.Resampling.BICUBIC))
    factor = float(config.get("rescale_factor", 1 / 255))
    return Preprocessing(size, crop if crop_is_on else None, int(resample), factor, mean, std)
