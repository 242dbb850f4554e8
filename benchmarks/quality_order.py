"""Does quality fall where real pictures are made worse by known steps? Spearman's rank correlation.

Each picture is blurred, made noisy and compressed in five steps. For the measure that is about the fault, and for the
score of all in one, the correlation of its order with that of the steps, mean over pictures; 1 = it always falls. Fails
where one is below the goal. `--broken` measures each picture's steps in a shuffled order; it must fail.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image, ImageFilter
from scipy.stats import spearmanr

from kyara.images import Limits, Picture, probe
from kyara.quality.measure import Measures, measured

PICTURES = Path(__file__).resolve().parents[2] / "shared/data/illustrations_boxes.parquet"
GOAL = 0.9


def _blurred(image: Image.Image, sigma: float) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(sigma))


def _noisy(image: Image.Image, sigma: float) -> Image.Image:
    noise = np.random.default_rng(0).normal(0.0, sigma, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


def _compressed(image: Image.Image, quality: float) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=int(quality))
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


# the fault, its steps from slight to bad, and its measure with the sign that makes it fall
FAULTS: dict[str, tuple[Callable[[Image.Image, float], Image.Image], tuple[float, ...], str, int]] = {
    "blur": (_blurred, (0.7, 1.2, 2, 3, 5), "sharpness", 1),
    "noise": (_noisy, (4, 8, 16, 32, 48), "noise", -1),
    "jpeg": (_compressed, (75, 55, 40, 25, 10), "compression", -1),
}


def correlations(image: Image.Image, fault: str, broken: bool) -> tuple[float, float]:
    """How well the fault's own measure and the score follow its steps: Spearman, 1 = both always fall."""
    spoil, steps, measure, sign = FAULTS[fault]
    found: list[Measures] = [measured(np.asarray(spoil(image, step))) for step in steps]
    if broken:
        found = [found[i] for i in np.random.default_rng(image.width * image.height).permutation(len(found))]
    falling = -np.arange(len(steps))
    own = [sign * getattr(one, measure) for one in found]
    score = [one.score(min(image.size)) for one in found]
    return tuple(
        float(spearmanr(falling, values).statistic) if len(set(values)) > 1 else 0.0 for values in (own, score)
    )


def main() -> int:
    """Degrade, measure, print a table and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--illustrations", type=Path, default=PICTURES, help="Parquet with the column image")
    parser.add_argument("--every", type=int, default=2, help="every so-manieth picture")
    parser.add_argument("--broken", action="store_true", help="shuffle the steps: must fail")
    options = parser.parse_args()
    rows = pq.read_table(options.illustrations, columns=["image"])["image"].to_pylist()[:: options.every]
    images = [Image.fromarray(Picture(data, probe(data, Limits()), Limits()).crop(None, 4096)) for data in rows]
    result: dict[str, object] = {"benchmark": "quality_order", "broken": options.broken, "pictures": len(images)}
    missed = []
    for fault in FAULTS:
        means = np.mean([correlations(image, fault, options.broken) for image in images], axis=0)
        for name, mean in zip(("measure", "score"), means.tolist(), strict=True):
            result[f"{fault}_{name}"] = round(mean, 4)
            missed += [f"{fault}_{name}"] * (mean < GOAL)
    result |= {"missed": missed, "passed": not missed}
    for name, value in result.items():
        print(f"{name:18} {value}")
    print(json.dumps(result))
    return 0 if not missed else 1


if __name__ == "__main__":
    sys.exit(main())
