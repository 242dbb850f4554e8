"""A decoder that kills the process (a real segmentation fault), and a disk that is full (a tiny tmpfs)."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]

# Pillow, patched from outside Kyara: decoding a picture 66 pixels wide kills the process.
CRASHING = """
import ctypes
from PIL import ImageFile
load = ImageFile.ImageFile.load
def deadly(self):
    if self.size[0] == 66:
        ctypes.string_at(0)
    return load(self)
ImageFile.ImageFile.load = deadly
"""


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A decoder that crashes on two of the pictures in `in`; the folder to put on PYTHONPATH."""
    (tmp_path / "in").mkdir()
    for i in range(12):
        Image.new("RGB", (66 if i in (3, 8) else 64, 50 + i)).save(tmp_path / "in" / f"{i:02}.png")
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(CRASHING)
    return site


def test_a_decoder_that_kills_the_process_does_not_kill_the_run(kyara: Run, tmp_path: Path, hostile: Path) -> None:
    result = kyara("extract", "in", "--out", "out", "--json", "--threads", "2", PYTHONPATH=str(hostile))
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    reasons = {row["key"]: row["error"] and row["error"]["reason"] for row in rows}
    assert reasons == {f"{i:02}.png": "decoder_crash" if i in (3, 8) else None for i in range(12)}
    assert "the process died (signal 11)" in result.stderr
    assert "12 in, 10 described, 2 skipped" in result.stderr


def test_a_worker_process_killed_by_a_decoder_does_not_kill_the_run(kyara: Run, tmp_path: Path, hostile: Path) -> None:
    (tmp_path / "c.toml").write_text("shard_size = 3\n")
    options = ("--out", "out", "--workers", "2", "--config", "c.toml")
    result = kyara("extract", "in", *options, PYTHONPATH=str(hostile))
    assert result.returncode == 0, result.stderr
    assert "12 in, 10 described, 2 skipped" in result.stderr


def test_the_second_run_knows_whom_not_to_decode(kyara: Run, tmp_path: Path, hostile: Path) -> None:
    kyara("extract", "in", "--out", "out", PYTHONPATH=str(hostile))
    Image.new("RGB", (64, 40)).save(tmp_path / "in" / "new.png")
    result = kyara("extract", "in", "--out", "out", PYTHONPATH=str(hostile))
    assert result.returncode == 0
    assert "killed the process" not in result.stderr
    assert "13 in, 11 described, 2 skipped" in result.stderr


def test_a_full_disk_is_one_line_and_what_is_done_is_kept(kyara: Run, tmp_path: Path, small_disk: Path) -> None:
    noise = [os.urandom(600).hex() for _ in range(600)]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps({"tags": f"1girl, {n}"}) + "\n" for n in noise))
    (tmp_path / "c.toml").write_text("shard_size = 50\n")
    arguments = ("extract", "posts.jsonl", "--extractors", "tags", "--config", "c.toml", "--out")
    full = kyara(*arguments, small_disk / "out")
    assert full.returncode == 2, full.stderr
    (line,) = [line for line in full.stderr.splitlines() if line.startswith("error: ")]
    assert "No space left" in line
    assert "run the same command again" in line
    done = len(list((small_disk / "out" / "done").glob("*.json")))
    assert done > 0
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    again = kyara(*arguments, small_disk / "out")
    assert again.returncode == 0, again.stderr
    assert f"{done * 50} were done before" in again.stderr
    kyara(*arguments, "quiet")
    parts = {p.name: p.read_bytes() for p in (tmp_path / "quiet" / "parts").iterdir()}
    assert {p.name: p.read_bytes() for p in (small_disk / "out" / "parts").iterdir()} == parts
