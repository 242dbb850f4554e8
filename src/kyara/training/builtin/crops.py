"""Face crops for training, decoded once into memory: pixels, noisy colours, names; never a held-out one.

Which rows are held out is read from the committed tables of splits. A tenth of the labelled rows that remain checks:
everything is chosen and calibrated on it, nothing learns from it. Knows no network.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import Tensor

from kyara.errors import SourceError
from kyara.images import Limits, Picture, probe, resized

SIDE_PX = 96
HAIR = ("aqua", "black", "blonde", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "white")
EYES = ("aqua", "black", "blue", "brown", "gray", "green", "orange", "pink", "purple", "red", "yellow")
COLOURS = {"hair_color": HAIR, "eye_color": EYES}
UNLABELLED = -1
CHECK_SHARE = 0.1
FACES, IDENTITIES = "faces_hair_eye.parquet", "faces_identity.parquet"
BILINEAR = 2  # Pillow's number

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Crops:
    """`pixels` uint8 (n, 3, 96, 96); `hair`, `eyes`, `names` int64 (n,), UNLABELLED where nothing is known."""

    pixels: Tensor
    hair: Tensor
    eyes: Tensor
    names: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: Tensor) -> Crops:
        """Those `rows` (int64 (m,)) alone."""
        return Crops(self.pixels[rows], self.hair[rows], self.eyes[rows], self.names[rows])


def faces(data: Path, splits: Path) -> tuple[Crops, Crops]:
    """(to learn from, labelled or not; to check on, all labelled) of the pack, without what is held out."""
    held_out = {row["id"] for row in table(splits / "faces_heldout.csv")}
    rows = [row for row in pack(data / FACES) if row["id"] not in held_out]
    checks = torch.tensor([row["hair_color"] is not None and _share(row["id"]) < CHECK_SHARE for row in rows])
    crops = Crops(
        decoded(row["image"] for row in rows),
        torch.tensor([_label(HAIR, row["hair_color"]) for row in rows]),
        torch.tensor([_label(EYES, row["eye_color"]) for row in rows]),
        torch.full((len(rows),), UNLABELLED),
    )
    return crops.take(torch.where(~checks)[0]), crops.take(torch.where(checks)[0])


def identities(data: Path, splits: Path, without_fold: int = 0) -> Crops:
    """Crops with names, but for those of the fold's characters and of pictures that show one of them. 0: all."""
    rows = pack(data / IDENTITIES)
    return _named([rows[i] for i in fold_rows(rows, splits, without_fold)[0]])


def fold_crops(data: Path, splits: Path, fold: int) -> tuple[Crops, Tensor]:
    """The crops of the fold's three characters, and of each the number (int64) of the picture it is from."""
    rows = pack(data / IDENTITIES)
    tied = {row["source_md5"]: row["group"] for row in table(splits / "identity_groups.csv")}
    kept = [rows[i] for i in fold_rows(rows, splits, fold)[1]]
    number: dict[str, int] = {}
    groups = [number.setdefault(str(tied.get(row["source_md5"], row["source_md5"])), len(number)) for row in kept]
    return _named(kept), torch.tensor(groups)


def fold_rows(rows: Sequence[Row], splits: Path, fold: int) -> tuple[list[int], list[int]]:
    """Row numbers (one may learn names from, that are judged) of one fold; what may not be learned from is any picture,
    or twin of one, that shows one of the fold's characters."""
    of = {row["character"]: int(row["fold"]) for row in table(splits / "identity_folds.csv")}
    tied = {row["source_md5"]: row["group"] for row in table(splits / "identity_groups.csv")}
    excluded = {row["id"] for row in table(splits / "identity_excluded.csv")}
    group = [tied.get(row["source_md5"], row["source_md5"]) for row in rows]
    seen = {group[i] for i, row in enumerate(rows) if of[row["character"]] == fold}
    usable = [i for i, row in enumerate(rows) if row["id"] not in excluded]
    return [i for i in usable if group[i] not in seen], [i for i in usable if of[rows[i]["character"]] == fold]


def _named(rows: Sequence[Row]) -> Crops:
    names = sorted({row["character"] for row in rows})
    unlabelled = torch.full((len(rows),), UNLABELLED)
    return Crops(
        decoded(row["image"] for row in rows),
        unlabelled,
        unlabelled,
        torch.tensor([names.index(row["character"]) for row in rows]),
    )


def decoded(images: Iterable[bytes]) -> Tensor:
    """Encoded pictures as uint8 (n, 3, 96, 96)."""
    return torch.from_numpy(np.stack([_pixels(image) for image in images])).permute(0, 3, 1, 2).contiguous()


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a committed table. Raises SourceError."""
    if not path.is_file():
        raise SourceError(f"{path} is absent; the tables of splits are expected there: give --splits")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def pack(path: Path) -> list[Row]:
    """The rows of a data pack. Raises SourceError."""
    if not path.is_file():
        raise SourceError(f"{path} is absent; the data packs are expected there: give --data")
    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def _pixels(image: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    pixels = Picture(image, probe(image, Limits()), Limits()).crop(None, SIDE_PX)
    return pixels if pixels.shape[:2] == (SIDE_PX, SIDE_PX) else resized(pixels, (SIDE_PX, SIDE_PX), BILINEAR)


def _label(known: Sequence[str], label: str | None) -> int:
    return UNLABELLED if label is None else known.index(label)


def _share(identifier: str) -> float:
    """A number from 0 up to 1 that is the same for an id wherever it is asked for."""
    return int.from_bytes(hashlib.sha256(f"builtin check:{identifier}".encode()).digest()[:6], "big") / 2**48
