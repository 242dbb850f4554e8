"""The pictures heads are learned from, and where their heads are: training rows of the data packs, never held-out ones.

Boxes of illustrations are those of `boxes.csv` beside this file: the pack's pseudo-labels, looked through and corrected
by us (see heads.md in kyara/builtin). It knows no scenes and no network.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kyara.errors import SettingsError

Pixels = NDArray[np.uint8]  # (h, w, 3) RGB
Boxes = NDArray[np.float32]  # (n, 4): x0, y0, x1, y1

BOXES = Path(__file__).with_name("boxes.csv")
ILLUSTRATIONS, HELD_OUT = "illustrations_boxes.parquet", "illustrations_heldout.csv"
FACES = (("faces_hair_eye.parquet", "faces_heldout.csv"), ("faces_identity.parquet", "identity_excluded.csv"))
LONGEST_PX = 576  # kept in memory: 1.5 times the network's input, the most a scene enlarges
WHITE = 255
VALIDATION_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels, the boxes of the heads in them, and regions where nobody can say (heads from behind, posters)."""

    name: str
    pixels: Pixels
    heads: Boxes
    ignored: Boxes


def illustrations(data: Path, splits: Path) -> tuple[list[Picture], list[Picture]]:
    """The training illustrations: those to learn from and those to choose by (a share by hash of the id).

    Raises SettingsError where a training picture has no row in `boxes.csv`.
    """
    held_out = _ids(splits / HELD_OUT)
    boxes = _boxes(BOXES)
    learn: list[Picture] = []
    choose: list[Picture] = []
    for row in pq.read_table(data / ILLUSTRATIONS, columns=["id", "image"]).to_pylist():
        name = row["id"]
        if name in held_out:
            continue
        if name not in boxes:
            raise SettingsError(
                f"{BOXES.name} has no row for {name!r}; look at the picture and write where its heads are"
            )
        picture = made(name, decoded(row["image"]), *boxes[name])
        (choose if share(name) < VALIDATION_SHARE else learn).append(picture)
    return learn, choose


def faces(data: Path, splits: Path) -> list[bytes]:
    """Encoded face crops of the training rows of both packs."""
    rows: list[bytes] = []
    for pack, kept_back in FACES:
        without = _ids(splits / kept_back)
        table = pq.read_table(data / pack, columns=["id", "image"]).to_pylist()
        rows += [row["image"] for row in table if str(row["id"]) not in without]
    return rows


def made(name: str, pixels: Pixels, heads: Boxes, ignored: Boxes) -> Picture:
    """A Picture of at most LONGEST_PX, its boxes scaled alike."""
    scale = min(1.0, LONGEST_PX / max(pixels.shape[:2]))
    if scale < 1:
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return Picture(name, pixels, heads * np.float32(scale), ignored * np.float32(scale))


def decoded(data: bytes) -> Pixels:
    """RGB pixels of an encoded picture, laid on white where it is transparent."""
    pixels = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    if pixels.shape[2] == 4:
        opaque = pixels[..., 3:].astype(np.float32) / WHITE
        pixels = np.round(pixels[..., :3] * opaque + WHITE * (1 - opaque)).astype(np.uint8)
    return np.ascontiguousarray(pixels[..., ::-1])


def share(name: str) -> float:
    """A number from 0 up to 1 that is the same for a name wherever and whenever it is asked for."""
    return int.from_bytes(hashlib.sha256(f"builtin heads:{name}".encode()).digest()[:6], "big") / 2**48


def _ids(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


def _boxes(path: Path) -> dict[str, tuple[Boxes, Boxes]]:
    """Heads and ignored regions of every picture."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            kinds = found.setdefault(row["id"], {"head": [], "ignore": [], "none": []})
            kinds[row["kind"]].append([float(row[edge] or 0) for edge in ("x0", "y0", "x1", "y1")])
    return {name: (_array(kinds["head"]), _array(kinds["ignore"])) for name, kinds in found.items()}


def _array(boxes: Sequence[Sequence[float]]) -> Boxes:
    return np.asarray(boxes, np.float32).reshape(-1, 4)
