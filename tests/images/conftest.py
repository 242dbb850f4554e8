"""Pictures of every format, written at test time: no binary file is committed."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pillow_heif
import psd_tools
import pytest
from numpy.typing import NDArray
from PIL import Image

from kyara.images import Limits, Picture, probe

Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def gradient() -> NDArray[np.uint8]:
    """A smooth picture that no flip, turn or swap of channels leaves as it is; shape (90, 120, 3)."""
    y, x = np.mgrid[0:90, 0:120]
    return np.stack([x * 2, y * 2, 255 - x - y], axis=-1).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def encode() -> Encode:
    """encode(picture, format, **options of Pillow) → bytes, for every format Kyara reads; as lossless as it goes."""

    def encoder(picture: Image.Image | NDArray[np.uint8], format: str, **options: object) -> bytes:
        image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
        out = io.BytesIO()
        if format == "PSD":
            psd_tools.PSDImage.frompil(image).save(out)
        elif format == "HEIC":
            container = pillow_heif.from_bytes(image.mode, image.size, image.tobytes())
            container.info["exif"] = options.get("exif")
            container.save(out, quality=-1, chroma=444)
        else:
            best = {"JPEG": {"quality": 98, "subsampling": 0}, "WEBP": {"lossless": True, "exact": True}}
            best["AVIF"] = {"quality": 98, "subsampling": "4:4:4"}
            image.save(out, format, **{**best.get(format, {}), **options})
        return out.getvalue()

    return encoder


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """png(width, height, depth, colour type, rows, chunks) → bytes: what Pillow does not write, written by hand."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def writer(
        width: int, height: int, depth: int, colour: int, rows: bytes, chunks: Sequence[tuple[bytes, bytes]] = ()
    ) -> bytes:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        extra = b"".join(chunk(*pair) for pair in chunks)
        end = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + header + extra + end

    return writer


@pytest.fixture(scope="session")
def pixels() -> Callable[[bytes], NDArray[np.uint8]]:
    """pixels(data) → the whole picture at full size, as `Picture` shows it."""

    def look(data: bytes) -> NDArray[np.uint8]:
        limits = Limits()
        return Picture(data, probe(data, limits), limits).crop(None, 1 << 20)

    return look
