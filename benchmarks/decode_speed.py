"""Pictures a second from a JPEG file of 1024² to 224² pixels on two threads: Kyara beside Pillow and bare simplejpeg.

The pictures are distinct: each is four pieces of 512² cut at random, unscaled, from four of the pack's illustrations
and saved at quality 90 (some 240 kB), so that their detail is that of real drawings, which upscaling would lose.
Every round takes other pictures through all ways in turn; given are medians over rounds. All resize with Pillow,
bicubic. The bound is simplejpeg's own scaled decoding with nothing around it; Kyara must reach `GOAL` of it, judged
by the median of the rounds' own ratios. `--broken` decodes at full size and shrinks afterwards; it must fail.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

import kyara.images.picture
from kyara.images import Limits, Picture, probe, resized

GOAL = 0.9
SIDE, PIECE, WANTED = 1024, 512, 224
BICUBIC = Image.Resampling.BICUBIC
LIMITS = Limits()
ROUND = 50  # pictures
Way = Callable[[Path], NDArray[np.uint8]]


def pillow(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((WANTED, WANTED), BICUBIC))


def pillow_draft(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        image.draft("RGB", (2 * WANTED, 2 * WANTED))
        return np.asarray(image.convert("RGB").resize((WANTED, WANTED), BICUBIC))


def simplejpeg_unresized(path: Path) -> NDArray[np.uint8]:
    return simplejpeg.decode_jpeg(path.read_bytes(), min_height=2 * WANTED, min_width=2 * WANTED)


def simplejpeg_scaled(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(simplejpeg_unresized(path)).resize((WANTED, WANTED), BICUBIC))


def kyara_crop(path: Path) -> NDArray[np.uint8]:
    data = path.read_bytes()
    return resized(Picture(data, probe(data, LIMITS), LIMITS).crop(None, WANTED), (WANTED, WANTED), BICUBIC)


WAYS: tuple[Way, ...] = (pillow, pillow_draft, simplejpeg_unresized, simplejpeg_scaled, kyara_crop)


def pictures(pack: Path, count: int, folder: Path, seed: int) -> list[Path]:
    """`count` distinct JPEGs recombined from the pack's illustrations."""
    rows = pq.read_table(pack, columns=["image", "width", "height"]).to_pylist()
    stored = [row["image"] for row in rows if min(row["width"], row["height"]) >= PIECE]
    rng = random.Random(seed)
    made: dict[str, Path] = {}
    while len(made) < count:
        picture = Image.new("RGB", (SIDE, SIDE))
        for i, data in enumerate(rng.sample(stored, 4)):
            source = Image.open(io.BytesIO(data)).convert("RGB")
            left, top = rng.randint(0, source.width - PIECE), rng.randint(0, source.height - PIECE)
            picture.paste(source.crop((left, top, left + PIECE, top + PIECE)), (i % 2 * PIECE, i // 2 * PIECE))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90)
        path = made.setdefault(hashlib.sha256(out.getvalue()).hexdigest(), folder / f"{len(made)}.jpg")
        path.write_bytes(out.getvalue())
    return list(made.values())


def rounds(paths: list[Path], threads: int) -> Iterator[dict[str, float]]:
    """Pictures a second of each way, round by round; the way that begins changes, so that none is always first."""
    with ThreadPoolExecutor(threads) as pool:
        for i, first in enumerate(range(0, len(paths), ROUND)):
            part = paths[first : first + ROUND]
            rates = {}
            for way in (*WAYS[i % len(WAYS) :], *WAYS[: i % len(WAYS)]):
                start = time.perf_counter()
                list(pool.map(way, part))
                rates[way.__name__] = len(part) / (time.perf_counter() - start)
            yield rates


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    packs = Path(__file__).resolve().parents[2] / "shared/data"
    parser.add_argument("--illustrations", type=Path, default=packs / "illustrations_boxes.parquet")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--broken", action="store_true")
    options = parser.parse_args()
    if options.broken:
        kyara.images.picture.JPEG_SCALES = ()
    with tempfile.TemporaryDirectory() as folder:
        paths = pictures(options.illustrations, options.pictures, Path(folder), seed=4)
        kilobytes = statistics.mean(path.stat().st_size for path in paths) / 1000
        differing = float(np.abs(kyara_crop(paths[0]).astype(int) - simplejpeg_scaled(paths[0])).max())
        measured = list(rounds(paths, options.threads))
    result = {
        "benchmark": "decode_speed",
        "broken": options.broken,
        "pictures": len(paths),
        "kilobytes_each": round(kilobytes),
        "threads": options.threads,
        **{f"{way.__name__}_per_s": round(statistics.median(r[way.__name__] for r in measured)) for way in WAYS},
        "largest_difference": differing,
        "times_bound": round(statistics.median(r["kyara_crop"] / r["simplejpeg_scaled"] for r in measured), 3),
        "goal": GOAL,
    }
    result["resize_share"] = round(1 - result["simplejpeg_scaled_per_s"] / result["simplejpeg_unresized_per_s"], 2)
    for name, value in result.items():
        print(f"{name:30} {value}")
    print(json.dumps(result))
    return 0 if result["times_bound"] >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
