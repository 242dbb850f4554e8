"""What is made once appears whole or not at all; what a kill left goes when nobody can be making it any more."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from kyara.errors import WeightsError
from kyara.weights.made import ABANDONED_S, in_child, leftovers, made_once


def write(folder: Path) -> None:
    (folder / "part.bin").write_bytes(b"all of it")


def refuse(folder: Path) -> None:
    raise AssertionError("it is there already")


def test_it_is_made_once(tmp_path: Path) -> None:
    home = made_once(tmp_path / "deep" / "home", write)
    assert made_once(home, refuse) == home
    assert (home / "part.bin").read_bytes() == b"all of it"
    assert home.stat().st_mode & 0o777 == 0o755
    assert leftovers(home) == []


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        write(folder)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        made_once(tmp_path / "home", fail)
    assert list(tmp_path.iterdir()) == []


def test_who_comes_second_takes_what_the_first_made(tmp_path: Path) -> None:
    home = tmp_path / "home"

    def late(folder: Path) -> None:
        made_once(home, write)
        (folder / "part.bin").write_bytes(b"later")

    assert (made_once(home, late) / "part.bin").read_bytes() == b"all of it"
    assert leftovers(home) == []


def test_what_a_kill_left_goes_after_a_day(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name, age in {".home.old": ABANDONED_S + 60, ".home.new": 60}.items():
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert len(leftovers(home)) == 2
    made_once(home, write)
    assert leftovers(home) == [tmp_path / ".home.new"]


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WeightsError, match=r"cannot write .*free some space, or choose another folder"):
        made_once(tmp_path / "file" / "home", write)


def test_a_child_that_fails_says_why(tmp_path: Path) -> None:
    said = in_child("kyara.weights.laid_out", tmp_path / "none.onnx", tmp_path)
    assert said
    assert "none.onnx" in said
    assert in_child("kyara.weights") is not None  # has no __main__
    shutil.rmtree(tmp_path)
