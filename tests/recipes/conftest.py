"""Pictures of a cast of three that differ by their colours, with boxes beside them, as a real source would bring."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

CAST = {"ann": ("#3050c0", "#203080"), "bea": ("#c03030", "#e0e0d0"), "cid": ("#30a040", "#202020")}

Draw = Callable[..., Path]


@pytest.fixture
def drawn() -> Draw:
    """Draw who stands side by side into `path`; `boxes=False` leaves the sidecar out, `tags` go into it."""

    def draw(path: Path, *who: str, boxes: bool = True, tags: str = "", seed: int = 0) -> Path:
        rng = random.Random(f"{path.name}{seed}")
        picture = Image.new("RGB", (200 * len(who), 240), "white")
        pen = ImageDraw.Draw(picture)
        seen = []
        for i, name in enumerate(who):
            hair, coat = CAST[name]
            left = 200 * i + 20
            pen.rectangle((left, 20, left + 160, 110), fill=hair)
            pen.rectangle((left + 20, 70, left + 140, 130), fill="#fadcc8")
            pen.rectangle((left, 130, left + 160, 239), fill=coat)
            for _ in range(rng.randrange(20, 200)):
                pen.point((left + rng.randrange(160), rng.randrange(20, 240)), fill="white")
            seen.append({"head": [left, 20, left + 160, 130], "body": [left, 20, left + 160, 240]})
        picture.save(path)
        if boxes or tags:
            sidecar = {"sightings": seen} if boxes else {}
            path.with_suffix(".json").write_text(json.dumps(sidecar | ({"tags": tags} if tags else {})))
        return path

    return draw
