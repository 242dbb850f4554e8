"""`kyara dedup`: finds copies among real files, sets them aside, and brings every byte back."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageOps

from kyara.demo.cast import pictures
from kyara.demo.drawing import draw


def drawn(seed: int) -> Image.Image:
    """A smooth picture that is like no other."""
    small = np.random.default_rng(seed).integers(0, 255, (7, 6, 3)).astype(np.uint8)
    return Image.fromarray(small).resize((240, 300), Image.Resampling.BICUBIC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, with a copy, a small mirrored JPEG with its caption, and a picture of nothing."""
    path = tmp_path / "pictures"
    path.mkdir()
    for seed in range(4):
        drawn(seed).save(path / f"{seed}.png")
    (path / "copy.png").write_bytes((path / "0.png").read_bytes())
    ImageOps.mirror(drawn(1)).resize((120, 150)).save(path / "small.jpg", quality=60)
    (path / "small.txt").write_text("1girl")
    Image.new("RGB", (64, 64), "white").save(path / "white.png")
    return path


def dedup(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "kyara", "dedup", str(folder), *options]
    env = {**os.environ, "COLUMNS": "150"}
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_duplicates_are_found_set_aside_and_brought_back(folder: Path) -> None:
    before = contents(folder)
    said = dedup(folder, "--csv", str(folder.parent / "table.csv"))
    assert "1 exact, 1 near duplicates among 7 pictures" in " ".join(said.split())
    assert contents(folder) == before, "to say is not to do"
    (table,) = (folder.parent / "kyara-out").glob("*/dedup.parquet")
    rows = {row["key"]: row for row in pq.read_table(table).to_pylist()}
    assert {key for key, row in rows.items() if row["kept"]} == {"0.png", "1.png"}
    assert rows["copy.png"]["kind"] == "exact"
    assert (rows["small.jpg"]["kind"], rows["small.jpg"]["how"]) == ("near", "mirrored")
    assert (folder.parent / "table.csv").read_text().count("\n") == 5

    dedup(folder, "--apply")
    assert set(contents(folder)) == set(before) - {"copy.png", "small.jpg", "small.txt"} | {
        f".duplicates/{name}" for name in ("copy.png", "small.jpg", "small.txt")
    }
    assert "no duplicates among 5 pictures" in " ".join(dedup(folder).split())
    assert "3 files are back" in dedup(folder, "--undo")
    assert contents(folder) == before


def test_one_drawing_with_another_face_stays(tmp_path: Path) -> None:
    bust = next(picture for picture in pictures() if len(picture.poses) == 1 and picture.crop == "bust")
    folder = tmp_path / "sprites"
    folder.mkdir()
    for mood in ("smile", "sleepy"):
        draw(replace(bust, poses=(replace(bust.poses[0], mood=mood),))).image.save(folder / f"{mood}.png")
    said = " ".join(dedup(folder).split())
    assert "no duplicates among 2 pictures" in said
    assert "1 near pairs are variants, one drawing with another face: they stay" in said
    said = " ".join(dedup(folder, "--no-look").split())
    assert "1 near duplicates among 2 pictures" in said
    assert "variants" not in said


def test_a_result_that_nobody_measured_has_exact_duplicates(folder: Path) -> None:
    out = folder.parent / "out"
    command = [sys.executable, "-m", "kyara", "extract", str(folder), "--extractors", "tags", "--out", str(out)]
    subprocess.run([*command, "--detectors", "none"], capture_output=True, check=True, cwd=folder.parent)
    said = " ".join(dedup(out).split())
    assert "1 exact duplicates among 7 pictures" in said
    assert "7 have no fingerprint" in said


def test_an_unknown_kind_is_named(folder: Path) -> None:
    command = [sys.executable, "-m", "kyara", "dedup", str(folder), "--kinds", "alike"]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "kind 'alike' is unknown; choose some of exact, near, semantic" in done.stderr
