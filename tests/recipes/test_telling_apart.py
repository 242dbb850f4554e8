"""Near pairs looked at: real files, the detector that ships, and pictures that are gone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from kyara.demo.cast import pictures
from kyara.demo.drawing import draw
from kyara.detect.builtin import builtin_heads
from kyara.images import Limits
from kyara.quality.groups import Drop
from kyara.quality.variants import Verdict
from kyara.recipes.telling_apart import Apart
from kyara.records import Sample
from kyara.weights import Runtime

BUST = next(p for p in pictures() if len(p.poses) == 1 and p.crop == "bust")


def saved(image: Image.Image, path: Path) -> Sample:
    image.convert("RGB").save(path)
    return Sample(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.as_uri(), *image.size)


@pytest.fixture
def samples(tmp_path: Path) -> dict[int, Sample]:
    """A picture, its mirror image at half the size, the same with closed eyes, and one that is gone."""
    image, asleep = (draw(replace(BUST, poses=(replace(BUST.poses[0], mood=m),))).image for m in ("smile", "sleepy"))
    found = {
        0: saved(image, tmp_path / "0.png"),
        1: saved(ImageOps.mirror(image.resize((image.width // 2, image.height // 2))), tmp_path / "1.png"),
        2: saved(asleep, tmp_path / "2.png"),
        3: saved(image.rotate(180), tmp_path / "3.png"),
    }
    (tmp_path / "3.png").unlink()
    return found


def test_another_face_is_no_copy_and_what_cannot_be_seen_passes(samples: dict[int, Sample]) -> None:
    told: list[int] = []
    apart = Apart(builtin_heads(Runtime()), Limits(), told.append)
    drops = [Drop(1, 0, 0.9, "mirrored", True), Drop(2, 0, 0.99, "as it is"), Drop(3, 0, 0.9, "turned by 180°")]
    assert apart.same(drops, samples) == [True, False, True]
    assert apart.said == {Verdict.COPY: 1, Verdict.ANOTHER_FACE: 1, Verdict.UNKNOWN: 1}
    assert apart.same([Drop(3, 0, 0.7, "turned by 180°")], samples) == [False], "not like enough to pass unseen"
    told.pop()
    assert told == [1, 2, 3]
