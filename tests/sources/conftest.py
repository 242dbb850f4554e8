"""Real encoded pictures, each of its own colour, so that a test sees which one came back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """The bytes of a picture 16 × 12 px of one colour."""

    def encoded(red: int = 0, kind: str = "PNG") -> bytes:
        sink = BytesIO()
        Image.new("RGB", (16, 12), (red, 90, 200)).save(sink, kind)
        return sink.getvalue()

    return encoded
