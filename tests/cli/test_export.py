"""`kyara export` and `kyara dataset check` as a person types them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def result(kyara: Run, tmp_path: Path) -> Path:
    """A result of three pictures with tags, one of them broken."""
    (tmp_path / "pictures").mkdir()
    for i, colour in enumerate(("red", "blue")):
        Image.new("RGB", (64, 64), colour).save(tmp_path / "pictures" / f"{i}.png")
        (tmp_path / "pictures" / f"{i}.txt").write_text(f"1girl, {colour}_hair, smile")
    (tmp_path / "pictures" / "2.png").write_text("no picture")
    done = kyara("extract", "pictures", "--out", "out", "--extractors", "tags")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


@pytest.mark.usefixtures("result")
def test_a_training_set_and_its_check(kyara: Run, tmp_path: Path) -> None:
    done = kyara("export", "kohya", "--from", "out", "--out", "set", "--trigger", "ohwx", "--repeats", 5)
    assert done.returncode == 0, done.stderr
    assert "2 pictures written to set" in done.stderr
    assert "left out: 1 × skipped by the run: not_an_image" in done.stderr
    assert "kyara dataset check set" in done.stderr
    checked = kyara("dataset", "check", "set")
    assert checked.returncode == 0, checked.stdout
    assert "all 2 pictures have their caption" in checked.stdout
    assert checked.stdout.count("ohwx ||| 1girl") == 2
    next((tmp_path / "set" / "5_ohwx").glob("*.txt")).unlink()
    failed = kyara("dataset", "check", "set")
    assert failed.returncode == 1
    assert "1 of 2 pictures have their caption, expected all" in failed.stdout


@pytest.mark.usefixtures("result")
def test_tables(kyara: Run, tmp_path: Path) -> None:
    assert kyara("export", "jsonl", "--from", "out", "--out", "a.jsonl").returncode == 0
    assert [json.loads(line)["key"] for line in (tmp_path / "a.jsonl").read_text().splitlines()] == [
        "0.png", "1.png", "2.png",
    ]  # fmt: skip
    again = kyara("export", "csv", "--from", "out", "--out", "a.jsonl")
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert kyara("export", "parquet", "--from", "out", "--out", "a", "--by", "hair_color").returncode == 0
    assert {path.name for path in (tmp_path / "a").iterdir() if path.is_dir()} == {"hair_color=red", "hair_color=blue"}


def test_mistakes_are_one_line(kyara: Run) -> None:
    for arguments, said in (
        (("export", "kohya"), "--out FOLDER or --in-place"),
        (("export", "csv", "--from", "x", "--where", "a=b", "--out", "y"), "give one of them"),
        (("export", "csv", "--from", "nowhere", "--out", "y"), "not a result"),
        (("export", "csv", "--catalogue", "absent.db", "--out", "y"), "no catalogue at"),
        (("dataset", "check", "nowhere"), "is not there"),
    ):
        done = kyara(*arguments)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
