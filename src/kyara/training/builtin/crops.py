"""Face crops for training, decoded once into memory: pixels, noisy colours, looks, names; never a held-out one.

Which rows are held out is read from the committed tables of splits. A tenth of the labelled rows that remain checks:
everything is chosen and calibrated on it, nothing learns from it. A look is what somebody saw in a crop without knowing
its label: `colours.csv` and `colours_again.csv` beside this file are two. Knows no network.
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
LOOKS = tuple(Path(__file__).with_name(name) for name in ("colours.csv", "colours_again.csv"))
UNLABELLED = -1
UNCLEAR, OR = "unclear", "|"
CHECK_SHARE = 0.1
FACES, IDENTITIES = "faces_hair_eye.parquet", "faces_identity.parquet"
BILINEAR = 2  # Pillow's number

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Crops:
    """`pixels` uint8 (n, 3, 96, 96); `hair`, `eyes`, `names` int64 (n,), UNLABELLED where nothing is known; `looks`
    int64 (n, 2, looks, 2): of hair and of eyes the likelier and the other colour that each look saw, or UNLABELLED."""

    pixels: Tensor
    hair: Tensor
    eyes: Tensor
    names: Tensor
    looks: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, rows: Tensor) -> Crops:
        """Those `rows` (int64 (m,)) alone."""
        return Crops(self.pixels[rows], self.hair[rows], self.eyes[rows], self.names[rows], self.looks[rows])


@dataclass(frozen=True, slots=True)
class Named:
    """Crops with names: `pictures` int64 (n,), equal for crops of one picture or of its twins; `fold` of the character;
    `usable` bool (n,), False for crops that stand under two names."""

    crops: Crops
    pictures: Tensor
    fold: Tensor
    usable: Tensor

    def learned(self, fold: int) -> Tensor:
        """Rows to learn names from when `fold` is judged: none from a picture that shows one of its characters.
        Fold 0 judges nobody."""
        seen = torch.isin(self.pictures, self.pictures[self.fold == fold])
        return torch.where(self.usable & ~seen)[0]

    def judged(self, fold: int) -> Tensor:
        """Rows of the fold's three characters."""
        return torch.where(self.usable & (self.fold == fold))[0]


def faces(data: Path, splits: Path) -> tuple[Crops, Crops]:
    """(to learn from, labelled or not; to check on, all labelled) of the pack, without what is held out."""
    held_out = {row["id"] for row in table(splits / "faces_heldout.csv")}
    rows = [row for row in pack(data / FACES) if row["id"] not in held_out]
    checks = torch.tensor([row["hair_color"] is not None and _share(row["id"]) < CHECK_SHARE for row in rows])
    crops = coloured(rows)
    return crops.take(torch.where(~checks)[0]), crops.take(torch.where(checks)[0])


def coloured(rows: Sequence[Row]) -> Crops:
    """Rows of `faces_hair_eye`, with their looks where the crop was looked at."""
    return Crops(
        decoded(row["image"] for row in rows),
        torch.tensor([_label(HAIR, row["hair_color"]) for row in rows]),
        torch.tensor([_label(EYES, row["eye_color"]) for row in rows]),
        torch.full((len(rows),), UNLABELLED),
        _looks([row["id"] for row in rows]),
    )


def identities(data: Path, splits: Path) -> Named:
    """All crops with names, and what the folds need to know of them."""
    rows = pack(data / IDENTITIES)
    fold = {row["character"]: int(row["fold"]) for row in table(splits / "identity_folds.csv")}
    tied = {row["source_md5"]: row["group"] for row in table(splits / "identity_groups.csv")}
    excluded = {row["id"] for row in table(splits / "identity_excluded.csv")}
    names, numbers = sorted(fold), dict[str, int]()
    pictures = [numbers.setdefault(tied.get(row["source_md5"]) or row["source_md5"], len(numbers)) for row in rows]
    unlabelled = torch.full((len(rows),), UNLABELLED)
    return Named(
        Crops(
            decoded(row["image"] for row in rows),
            unlabelled,
            unlabelled,
            torch.tensor([names.index(row["character"]) for row in rows]),
            torch.empty((len(rows), len(COLOURS), 0, 2), dtype=torch.int64),
        ),
        torch.tensor(pictures),
        torch.tensor([fold[row["character"]] for row in rows]),
        torch.tensor([row["id"] not in excluded for row in rows]),
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


def _looks(ids: Sequence[str]) -> Tensor:
    seen = [{row["id"]: row for row in table(path)} for path in LOOKS]
    nothing = dict.fromkeys(COLOURS, UNCLEAR)
    return torch.tensor(
        [
            [[_colours(known, look.get(identifier, nothing)[name]) for look in seen] for name, known in COLOURS.items()]
            for identifier in ids
        ]
    )


def _colours(known: Sequence[str], seen: str) -> tuple[int, int]:
    """The likelier and the other colour of "blue|aqua", "blue" or "unclear"."""
    colours = [] if seen == UNCLEAR else [known.index(colour) for colour in seen.split(OR)]
    likelier, other, *_ = *colours, UNLABELLED, UNLABELLED
    return likelier, other


def _share(identifier: str) -> float:
    """A number from 0 up to 1 that is the same for an id wherever it is asked for."""
    return int.from_bytes(hashlib.sha256(f"builtin check:{identifier}".encode()).digest()[:6], "big") / 2**48
