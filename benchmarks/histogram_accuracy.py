"""The histogram extractor's hair colour on labelled crops of real drawn faces, the head box being the whole crop.

Accuracy, mean top confidence and ECE (15 bins of equal width) beside two baselines: chance, and always the commonest
label. There is no goal. As a check that colours are read at all, the crops are also read with red and blue swapped,
and it fails unless the swap costs a tenth. `--broken` swaps them beforehand, so that the "swapped" are the right ones;
it must fail. A development figure: the spread of the reference colours was set after a look at 1,000 of these crops.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from kyara import extract
from kyara.extractors.histogram import ATTRIBUTE
from kyara.flow import Input
from kyara.records import Sighting
from kyara.sources import given
from kyara.vocabulary import load_vocabulary

CROPS = Path(__file__).resolve().parents[2] / "shared/data/faces_hair_eye.parquet"
SWAP_COSTS = 0.1
BINS = 15
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers to all crops come to, as shares; a crop without an answer is wrong with confidence 0."""

    accuracy: float
    confidence: float
    ece: float


def labelled(path: Path, count: int | None) -> list[tuple[bytes, str]]:
    """(encoded crop, our label) of the labelled crops, or of `count` of them evenly picked."""
    vocabulary = load_vocabulary()
    rows = pq.read_table(path, columns=["image", "hair_color"]).to_pylist()
    rows = [row for row in rows if row["hair_color"]]
    rows = rows[:: max(1, len(rows) // count)][:count] if count else rows
    return [(row["image"], vocabulary.resolve(ATTRIBUTE, row["hair_color"])[1]) for row in rows]


def answers(images: list[bytes]) -> list[tuple[str, float]]:
    """The likeliest label of every crop and its score; ("", 0.0) where nothing is said."""
    said = []
    for first in range(0, len(images), BATCH):
        inputs = [_whole_head(f"{first + i}", data) for i, data in enumerate(images[first : first + BATCH])]
        for sample in extract(given(*inputs), extractors="histogram", cache="none"):
            evidence = [e for sighting in sample.sightings for e in sighting.evidence if e.scores]
            said.append(evidence[0].scores[0] if evidence else ("", 0.0))
    return said


def _whole_head(key: str, data: bytes) -> Input:
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return Input(key, f"memory:{key}", lambda: data, sightings=(Sighting(head=(0, 0, width, height)),))


def swapped(data: bytes) -> bytes:
    """The same picture with red and blue exchanged, as PNG."""
    with Image.open(io.BytesIO(data)) as image:
        red, green, blue = image.convert("RGB").split()
    out = io.BytesIO()
    Image.merge("RGB", (blue, green, red)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def score(said: list[tuple[str, float]], true: list[str]) -> Score:
    right = np.array([label == meant for (label, _), meant in zip(said, true, strict=True)], np.float64)
    confidence = np.array([chance for _, chance in said])
    return Score(float(right.mean()), float(confidence.mean()), calibration_error(confidence, right))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """ECE: the mean over all answers of |confidence - accuracy| of their bin."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, confidence - right, BINS)
    return float(np.abs(gaps).sum() / len(right))


def main() -> int:
    """Score the crops as they are and swapped, print a short table and one JSON line; 1 where the swap costs little."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crops", type=Path, default=CROPS, help="Parquet with the columns image and hair_color")
    parser.add_argument("--count", type=int, help="so many crops instead of all")
    parser.add_argument("--broken", action="store_true", help="swap red and blue beforehand: must fail")
    options = parser.parse_args()
    rows = labelled(options.crops, options.count)
    images, true = [data for data, _ in rows], [label for _, label in rows]
    turned = [swapped(data) for data in images]
    if options.broken:
        images, turned = turned, images
    found, control = score(answers(images), true), score(answers(turned), true)
    counts = Counter(true)
    result = {
        "benchmark": "histogram_accuracy",
        "broken": options.broken,
        "crops": len(rows),
        "labels": len(counts),
        "accuracy": round(found.accuracy, 4),
        "mean_confidence": round(found.confidence, 4),
        "ece": round(found.ece, 4),
        "chance": round(1 / len(counts), 4),
        "commonest": counts.most_common(1)[0][0],
        "commonest_share": round(counts.most_common(1)[0][1] / len(rows), 4),
        "swapped_accuracy": round(control.accuracy, 4),
        "passed": found.accuracy - control.accuracy >= SWAP_COSTS,
    }
    for name, value in result.items():
        print(f"{name:18} {value}")
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
