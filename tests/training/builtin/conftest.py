"""A drawn toy pack: faces of one hair and one eye colour each, twelve characters, and the tables of splits."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

HAIR = {"red": (200, 40, 40), "blue": (50, 70, 200), "green": (40, 160, 60), "blonde": (230, 210, 110)}
EYES = {"brown": (110, 70, 40), "aqua": (60, 200, 210)}
HELD_OUT = ("toy3", "toy10")
CHARACTERS = tuple("abcdefghijkl")


@dataclass(frozen=True, slots=True)
class Toy:
    data: Path
    splits: Path


def drawn(hair: tuple[int, int, int], eyes: tuple[int, int, int], seed: int, side: int = 96) -> bytes:
    """A PNG: hair around skin, two eyes; noise by `seed`."""
    pixels = np.zeros((side, side, 3), np.float64)
    pixels[:] = hair
    pixels[side // 3 :, side // 5 : -side // 5] = (250, 220, 200)
    for left in (0.3, 0.58):
        pixels[int(0.5 * side) : int(0.65 * side), int(left * side) : int((left + 0.14) * side)] = eyes
    pixels += np.random.default_rng(seed).normal(0, 8, pixels.shape)
    out = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        lines.writeheader()
        lines.writerows(rows)


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """300 faces (every fifth unlabelled, two held out) and 5 crops of each of 12 characters."""
    folder = tmp_path_factory.mktemp("toy")
    rows = []
    for i in range(300):
        hair, eyes = list(HAIR)[i % 4], list(EYES)[i // 4 % 2]
        known = i % 5 != 4
        rows.append({
            "id": f"toy{i}", "image": drawn(HAIR[hair], EYES[eyes], i),
            "hair_color": hair if known else None, "eye_color": eyes if known else None,
        })  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), folder / "faces_hair_eye.parquet")
    crops = []
    for number, name in enumerate(CHARACTERS):
        hair, eyes = list(HAIR.values())[number % 4], list(EYES.values())[number // 4 % 2]
        for i in range(5):
            image = drawn(hair, eyes, 1000 + 10 * number + i, side=128)
            crops.append({"id": f"{name}{i}", "image": image, "character": name, "source_md5": f"{name}{i}"})
    crops[0]["source_md5"] = "d0"  # a and d stand in one picture; a's is a twin of another of e's
    pq.write_table(pa.Table.from_pylist(crops), folder / "faces_identity.parquet")
    _table(folder / "faces_heldout.csv", [{"id": i, "group": i, "labelled": "yes"} for i in HELD_OUT])
    folds = [{"character": name, "fold": str(1 + number // 3)} for number, name in enumerate(CHARACTERS)]
    _table(folder / "identity_folds.csv", folds)
    _table(folder / "identity_groups.csv", [{"source_md5": "e1", "group": "a1"}])
    _table(folder / "identity_excluded.csv", [{"id": "k4", "twin": "l4"}, {"id": "l4", "twin": "k4"}])
    return Toy(folder, folder)
