"""An export is whole or not there, and takes nobody's place unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.errors import OutputError
from kyara.exports.target import MARK, fresh_folder, write_file


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with fresh_folder(target, {"format": "kohya"}) as folder:
        (folder / "a").write_text("x")
        assert not target.exists()
    assert (target / "a").read_text() == "x"
    assert (target / MARK).exists()
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_what_fails_leaves_nothing_and_keeps_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with fresh_folder(target, {}) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(ZeroDivisionError), fresh_folder(target, {}, force=True) as folder:
        (folder / "a").write_text(str(1 / 0))
    assert (target / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_an_export_is_replaced_and_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with fresh_folder(target, {}) as folder:  # empty: free to take
        (folder / "a").write_text("old")
    with pytest.raises(OutputError, match="--force replaces it"), fresh_folder(target, {}):
        pass
    with fresh_folder(target, {}, force=True):
        pass
    assert not (target / "a").exists()
    (target / MARK).unlink()
    (target / "photo.png").write_text("x")
    with pytest.raises(OutputError, match="no export of Kyara"), fresh_folder(target, {}, force=True):
        pass
    with pytest.raises(OutputError, match="is a file"), fresh_folder(target / "photo.png", {}):
        pass


def test_a_full_disk_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="free some space"), fresh_folder(tmp_path / "out", {}):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.csv"
    write_file(path, lambda to: to.write_text("1") and None)
    with pytest.raises(OutputError, match="--force"):
        write_file(path, lambda to: to.write_text("2") and None)
    assert path.read_text() == "1"
    write_file(path, lambda to: to.write_text("2") and None, force=True)
    assert path.read_text() == "2"
