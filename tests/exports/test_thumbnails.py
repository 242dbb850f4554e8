"""Small pictures come from the very file the run described, or not at all."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.exports.thumbnails import Thumbnail, thumbnail
from kyara.images import Limits
from kyara.records import Sample


def stored(path: Path, size: tuple[int, int] = (800, 400)) -> Sample:
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1]))
    image.save(path)
    return Sample(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.as_uri(), *size)


def shown(found: Thumbnail | str) -> Image.Image:
    assert isinstance(found, Thumbnail), found
    data = base64.b64decode(found.source.removeprefix("data:image/webp;base64,"))
    image = Image.open(io.BytesIO(data))
    assert image.size == (found.width, found.height)
    return image.convert("RGB")


def test_the_longer_side_is_as_asked(tmp_path: Path) -> None:
    assert shown(thumbnail(stored(tmp_path / "a.png"), None, 256, Limits())).size == (256, 128)


def test_a_small_picture_is_not_blown_up(tmp_path: Path) -> None:
    assert shown(thumbnail(stored(tmp_path / "a.png", (40, 20)), None, 256, Limits())).size == (40, 20)


def test_a_box_shows_what_is_in_it(tmp_path: Path) -> None:
    image = shown(thumbnail(stored(tmp_path / "a.png"), (400, 0, 800, 400), 64, Limits()))
    assert image.size == (64, 64)
    red, _, blue = np.asarray(image).mean((0, 1))
    assert red > 150 > 90 > blue


def test_odd_names_are_found(tmp_path: Path) -> None:
    shown(thumbnail(stored(tmp_path / "100% #1 キャラ?.png"), None, 64, Limits()))


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("https://example.org/a.png", "no file of this machine"),
        ("file://elsewhere/a.png", "no file of this machine"),
        ("file:///a.tar#b.png", "no file of this machine"),
        ("javascript:alert(1)", "no file of this machine"),
        ("http://[", "no file of this machine"),
        ("", "no file of this machine"),
        ("file:///nowhere/at/all.png", "moved or deleted since the run"),
        ("file:///dev/zero", "moved or deleted since the run"),
        ("file:///a%00b.png", "moved or deleted since the run"),
    ],
)
def test_what_cannot_be_shown_says_why(uri: str, why: str) -> None:
    assert thumbnail(Sample("a", "0" * 64, uri, 10, 10), None, 64, Limits()) == why


def test_changed_broken_and_large_files_say_why(tmp_path: Path) -> None:
    sample = stored(tmp_path / "a.png")
    assert thumbnail(sample, None, 64, Limits(max_bytes=10)) == "too large to show"
    assert thumbnail(sample, (900, 0, 950, 50), 64, Limits()) == "cannot be read"
    (tmp_path / "a.png").write_bytes(b"broken")
    assert thumbnail(sample, None, 64, Limits()) == "changed since the run"
    broken = Sample("a", hashlib.sha256(b"broken").hexdigest(), sample.uri, 10, 10)
    assert thumbnail(broken, None, 64, Limits()) == "cannot be read"
