"""Faces of real people: YuNet, as `--detectors photo-face` runs it, on labelled frames of four clips of three people.

The labels (benchmarks/data/clip_faces.csv) were read off by eye and committed before any detector saw a frame: the one
face and head of each of 24 frames. Every frame is shown as it is, as a close-up, small on a sheet of 1280 x 960, and
in fours. Recall and precision at an IoU of 0.4 with the labelled face, the share of the labelled head that the widened
box holds, and on drawn pictures how many hold a "face". Passes and threshold were chosen on these frames (a development
figure), and it was known then that faces of 14 px of 1280 are out of reach: they are shown, and count for no goal.
`--broken` does not take boxes out of the letterbox; it must fail. (Red and blue swapped would not do: YuNet still finds
17 of 20 faces. tests/detect/test_yunet.py catches that.)
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kyara.detect.built import build_detectors
from kyara.detect.letterbox import Letterbox
from kyara.flow import Detector, View
from kyara.images import Limits, Picture, encoded, probe
from kyara.records import Box, Sample, Sighting
from kyara.weights import Runtime

DATA = Path(__file__).resolve().parents[2] / "shared/data"
LABELS = Path(__file__).resolve().parent / "data/clip_faces.csv"
WEIGHTS = "models/face_detection_yunet_2026may.onnx"
SHEET = (960, 1280)
RECALL_GOAL = PRECISION_GOAL = 0.95
HELD_GOAL = 0.9
SAME_FACE = 0.4
OUT_OF_REACH = "1/6 on a sheet"
Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float64]
Shot = tuple[str, Pixels, Boxes, Boxes]  # how it is shown, RGB, face boxes (n, 4), head boxes (n, 4)


def labelled(data: Path) -> list[tuple[Pixels, Boxes, Boxes]]:
    """(RGB frame, face (1, 4), head (1, 4)) of every row of the labels."""
    clips: dict[str, list[Pixels]] = {}
    rows = []
    for row in csv.DictReader(LABELS.open(encoding="utf-8")):
        if row["clip"] not in clips:
            clips[row["clip"]] = list(frames(data / f"video/intel/{row['clip']}.mkv"))
        face, head = (
            [[float(row[f"{part}_{edge}"]) for edge in ("x0", "y0", "x1", "y1")]] for part in ("face", "head")
        )
        rows.append((clips[row["clip"]][int(row["frame"])], np.array(face), np.array(head)))
    return rows


def frames(path: Path) -> Iterator[Pixels]:
    clip = cv2.VideoCapture(str(path))
    while True:
        opened, frame = clip.read()
        if not opened:
            return
        yield np.ascontiguousarray(frame[..., ::-1])


def shots(rows: list[tuple[Pixels, Boxes, Boxes]]) -> Iterator[Shot]:
    for frame, face, head in rows:
        yield "as it is", frame, face, head
        yield close_up(frame, face, head)
        for part in (2, 4, 6):
            yield on_a_sheet(frame, face, head, part)
    for first in range(len(rows) // 4):
        yield four(rows[first :: len(rows) // 4])


def close_up(frame: Pixels, face: Boxes, head: Boxes) -> Shot:
    """The face alone, a tenth of its width around it, six times as large."""
    around = 0.1 * (face[0, 2] - face[0, 0])
    x0, y0, x1, y1 = np.clip(face[0] + (-around, -around, around, around), 0, (640, 480, 640, 480)).astype(int)
    shown = cv2.resize(frame[y0:y1, x0:x1], None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    return "close-up", shown, (face - (x0, y0, x0, y0)) * 6, (head - (x0, y0, x0, y0)) * 6


def on_a_sheet(frame: Pixels, face: Boxes, head: Boxes, part: int) -> Shot:
    """The frame at 1/part of its size in the corner of a large grey sheet."""
    sheet = np.full((*SHEET, 3), 200, np.uint8)
    small = cv2.resize(frame, (640 // part, 480 // part), interpolation=cv2.INTER_AREA)
    sheet[: small.shape[0], : small.shape[1]] = small
    return f"1/{part} on a sheet", sheet, face / part, head / part


def four(rows: list[tuple[Pixels, Boxes, Boxes]]) -> Shot:
    """Four frames side by side: several people in one picture."""
    (a, b, c, d), shifts = [row[0] for row in rows[:4]], [(0, 0), (640, 0), (0, 480), (640, 480)]
    faces = np.concatenate([row[1] + (*at, *at) for row, at in zip(rows, shifts, strict=False)])
    heads = np.concatenate([row[2] + (*at, *at) for row, at in zip(rows, shifts, strict=False)])
    return "four together", np.vstack([np.hstack([a, b]), np.hstack([c, d])]), faces, heads


def view(image: Pixels | bytes) -> View:
    data = encoded(image)
    header = probe(data, Limits())
    sample = Sample("k", "i", "u", width=header.width, height=header.height, sightings=(Sighting(),))
    return View(sample, 0, Picture(data, header, Limits()))


def iou(one: Box, others: Boxes) -> Boxes:
    """(n,) of one box with each of `others`."""
    low, high = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(1)
    return np.asarray(
        shared / ((one[2] - one[0]) * (one[3] - one[1]) + (others[:, 2:] - others[:, :2]).prod(1) - shared)
    )


def held(box: Box, head: NDArray[np.float64], size: tuple[int, int]) -> float:
    """The share of the part of a labelled head that is in the picture which `box` holds."""
    whole = np.clip(head, 0, [*size, *size])
    low, high = np.maximum(box[:2], whole[:2]), np.minimum(box[2:], whole[2:])
    return float(np.clip(high - low, 0, None).prod() / (whole[2:] - whole[:2]).prod())


def score(detector: Detector, all_shots: list[Shot]) -> tuple[dict[str, list[int]], list[float]]:
    """Of every way of showing [found, labelled, wrong]; of every face found, how much of its head its box holds."""
    counts: dict[str, list[int]] = {}
    shares: list[float] = []
    for how, pixels, faces, heads in all_shots:
        (raw,) = detector.look([view(pixels)])
        heads_found = [d.box for d in detector.detections(raw)]
        faces_found = raw["boxes"][: len(heads_found)]  # best first, both
        tally = counts.setdefault(how, [0, 0, 0])
        taken: set[int] = set()
        for face, head in zip(faces_found, heads_found, strict=True):
            nearest = int(iou(face, faces).argmax())
            if iou(face, faces)[nearest] < SAME_FACE or nearest in taken:
                tally[2] += 1
                continue
            taken.add(nearest)
            shares.append(held(head, heads[nearest], (pixels.shape[1], pixels.shape[0])))
        tally[0] += len(taken)
        tally[1] += len(faces)
    return counts, shares


def drawn(detector: Detector, path: Path, count: int) -> tuple[int, int, int]:
    """(pictures, pictures with a "face", "faces") of drawn pictures evenly picked."""
    images = pq.read_table(path, columns=["image"]).column("image").to_pylist()
    images = images[:: max(1, len(images) // count)][:count]
    found = [len(detector.detections(detector.look([view(image)])[0])) for image in images]
    return len(images), sum(n > 0 for n in found), sum(found)


def main() -> int:
    """Print a table by way of showing and one JSON line; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data packs")
    parser.add_argument("--every", type=int, default=1, help="every so manieth labelled frame")
    parser.add_argument("--drawn", type=int, default=100, help="so many drawn pictures; 0 for none")
    parser.add_argument("--broken", action="store_true", help="leave boxes in the letterbox: must fail")
    options = parser.parse_args()
    (detector,) = build_detectors([f"photo-face={options.data / WEIGHTS}"], Runtime())
    if options.broken:
        Letterbox.back = lambda self, boxes: boxes
    counts, shares = score(detector, list(shots(labelled(options.data)[:: options.every])))
    print(f"{'shown':18} {'found':>6} {'of':>4} {'wrong':>6}")
    for how, (right, total, wrong) in counts.items():
        print(f"{how:18} {right:6} {total:4} {wrong:6}")
    tiny = counts.pop(OUT_OF_REACH)
    right, total, wrong = (sum(tally[i] for tally in counts.values()) for i in range(3))
    result = {
        "benchmark": "photo_faces",
        "broken": options.broken,
        "faces": total,
        "recall": round(right / total, 4),
        "precision": round(right / max(1, right + wrong), 4),
        "tiny_recall": round(tiny[0] / tiny[1], 4),
        "head_held": round(float(np.mean(shares or [0.0])), 4),
        "head_held_least": round(min(shares, default=0.0), 4),
    }
    if options.drawn:
        pictures, with_face, faces = drawn(detector, options.data / "illustrations_boxes.parquet", options.drawn)
        result |= {"drawn_pictures": pictures, "drawn_with_a_face": with_face, "drawn_faces": faces}
    result["passed"] = (
        result["recall"] >= RECALL_GOAL and result["precision"] >= PRECISION_GOAL and result["head_held"] >= HELD_GOAL
    )
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
