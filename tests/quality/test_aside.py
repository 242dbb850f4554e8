"""Setting aside: what goes comes back byte for byte, whatever happened in between."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kyara.quality.aside import brought_back, set_aside


def test_a_picture_goes_with_its_own_sidecars_and_comes_back(tmp_path: Path) -> None:
    names = ["a.png", "a.txt", "b.png", "b.jpg", "b.txt", "c[1].png", "c[1].json"]
    for name in names:
        (tmp_path / name).write_text(name)
    journal = tmp_path / "journal"
    for name in ("a.png", "b.png", "c[1].png"):
        assert set_aside(journal, tmp_path / name, hashlib.sha256(name.encode()).hexdigest())
    there = {path.name for path in tmp_path.iterdir() if path.is_file()} - {"journal"}
    assert there == {"b.jpg", "b.txt"}, "a sidecar that another picture shares stays"
    (tmp_path / "a.txt").write_text("new")
    assert brought_back(journal) == (4, [tmp_path / "a.txt"])
    assert (tmp_path / "a.txt").read_text() == "new"
    (tmp_path / "a.txt").unlink()
    assert brought_back(journal) == (1, [])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {name: name for name in names}


def test_a_picture_that_is_another_now_stays(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("edited")
    assert not set_aside(tmp_path / "journal", tmp_path / "a.png", "0" * 64)
    assert not set_aside(tmp_path / "journal", tmp_path / "gone.png", "0" * 64)
    assert not (tmp_path / "journal").exists()


def test_a_line_torn_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("x")
    set_aside(tmp_path / "journal", tmp_path / "a.png", hashlib.sha256(b"x").hexdigest())
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'{"from": "/tm')
    assert brought_back(tmp_path / "journal") == (1, [])
