"""`kyara identify` from outside: who is where, which pictures are of X, and what the tags say of it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.identity.gallery import Gallery, Prototype, Reference

Run = Callable[..., subprocess.CompletedProcess[str]]

LOOK = ("--extractors", "tags,histogram", "--detectors", "none", "--gallery", "g")


@pytest.fixture
def known(kyara: Run, tmp_path: Path) -> Run:
    """Rem is blue, and known; a folder with two more of her, one under another name, and a red stranger."""
    Image.new("RGB", (96, 96), "#3050c0").save(tmp_path / "rem.png")
    folder = tmp_path / "in"
    folder.mkdir()
    for name, colour in {"blue1": "#3050c1", "blue2": "#3050c2", "red": "#c03030"}.items():
        Image.new("RGB", (96, 96), colour).save(folder / f"{name}.png")
    (folder / "blue1.txt").write_text("1girl, solo, rem_(re:zero)")
    (folder / "blue2.txt").write_text("1girl, solo, ram_(re:zero)")
    (folder / "bad.png").write_bytes(b"no picture")
    assert kyara("gallery", "add", "Rem", "rem.png", *LOOK).returncode == 0
    return kyara


def test_who_is_where_and_what_tags_say_of_it(known: Run, tmp_path: Path) -> None:
    result = known("identify", "in", *LOOK, "--out", "out")
    assert result.returncode == 0, result.stderr
    rows = {line.split()[0]: line for line in result.stdout.splitlines() if ".png" in line}
    assert "Rem" in rows["blue1.png"]
    assert rows["blue1.png"].rstrip().endswith("agrees")
    assert "disagrees: ram_(re:zero)" in rows["blue2.png"]
    assert "unknown, nearest Rem" in rows["red.png"]
    assert "known: Rem 2; unknown: 1" in result.stderr
    assert "tags: agrees 1, disagrees 1" in result.stderr
    assert "4 in, 3 described, 1 skipped" in result.stderr
    stored = [json.loads(line) for line in known("show", "out", "--json").stdout.splitlines()]
    names = {row["key"]: [sighting["identity"] for sighting in row["sightings"]] for row in stored}
    assert names == {"bad.png": [], "blue1.png": ["Rem"], "blue2.png": ["Rem"], "red.png": [None]}


def test_which_pictures_are_of_her_is_one_command(known: Run) -> None:
    result = known("identify", "in", "--only", "Rem", "--json", *LOOK)
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["key"], row["identity"], row["tags_say"]) for row in rows] == [
        ("blue1.png", "Rem", "agrees"),
        ("blue2.png", "Rem", "disagrees"),
    ]
    assert all(row["similarity"] > 0.99 for row in rows)
    again = known("identify", "in", "--only", "Rem", *LOOK)
    assert "4 were done before" in again.stderr
    assert "red.png" not in again.stdout
    assert again.stdout.count(".png") == 2


def test_a_name_nobody_has_is_refused_with_the_nearest(known: Run) -> None:
    result = known("identify", "in", *LOOK, "--only", "Ram")
    assert result.returncode == 2, result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert "'Ram' is unknown; did you mean 'Rem'?" in line


def test_who_has_no_picture_in_the_space_is_said(known: Run, tmp_path: Path) -> None:
    elsewhere = Prototype("id", "k", "u", None, None, (Reference("clip", "1", np.ones(3, np.float32)),))
    Gallery(tmp_path / "g").add("Ram", [elsewhere])
    result = known("identify", "in", *LOOK, "--space", "histogram", "--only", "Ram")
    assert result.returncode == 2
    assert "error: Ram cannot be found in space histogram" in result.stderr
    assert "kyara gallery renew" in result.stderr


def test_pictures_without_the_embedding_are_said(known: Run, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("A girl with red hair.\n")
    result = known("identify", "t.txt", "--only", "Rem", *LOOK)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "no picture of Rem\n"
    assert "1 sightings have no embedding of their own in space histogram" in result.stderr
