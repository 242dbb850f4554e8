"""What is exported appears once, whole or not at all, under a name that follows the content."""

from __future__ import annotations

from pathlib import Path

import pytest

from kyara.errors import MissingWeightsError, WeightsError
from kyara.weights import Weights
from kyara.weights.exported import check_exportable, exported, exports_of


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"numbers")
    return Weights("a/b", "1" * 40, folder)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def graph(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"graph")


def folders(models: Path) -> list[str]:
    return sorted(path.name for path in models.iterdir() if path.is_dir())


def test_it_is_written_once(weights, models) -> None:
    times = []

    def counted(folder: Path) -> None:
        times.append(folder)
        graph(folder)

    home = exported(weights, (1,), models, counted)
    assert exported(weights, (1,), models, counted) == home
    assert ((home / "model.onnx").read_bytes(), len(times)) == (b"graph", 1)
    assert home.stat().st_mode & 0o777 == 0o755
    assert exports_of("a/b", models) == [home]
    assert exports_of("a/bc", models) == []


def test_what_changes_is_exported_again_and_what_is_only_moved_is_not(weights, models, tmp_path) -> None:
    def name(folder: Path, revision: str = "1" * 40, recipe: int = 1) -> str:
        return exported(Weights("a/b", revision, folder), (recipe,), models, graph).name

    folder = weights.folder
    before = name(folder)
    assert before.startswith("a--b-")
    (folder / "model.safetensors").touch()
    assert name(folder, revision="local") == before
    assert name(folder, recipe=2) != before
    folder = folder.rename(tmp_path / "moved")
    assert name(folder) == before
    for file in ("model.safetensors", "config.json"):
        with (folder / file).open("ab") as changed:
            changed.write(b" ")
        assert name(folder) != before
        before = name(folder)
    assert [path.name for path in exports_of("a/b", models)] == folders(models)


def test_an_export_that_fails_leaves_nothing(weights, models) -> None:
    def killed(folder: Path) -> None:
        graph(folder)
        raise KeyboardInterrupt

    def full(folder: Path) -> None:
        graph(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(KeyboardInterrupt):
        exported(weights, (1,), models, killed)
    with pytest.raises(WeightsError, match="No space left on device; free some space"):
        exported(weights, (1,), models, full)
    assert folders(models) == []


def test_who_comes_second_uses_the_first_s(weights, models) -> None:
    def slow(folder: Path) -> None:
        graph(folder)
        first = models / folder.name.removeprefix(".").rsplit(".", 1)[0]
        first.mkdir()
        graph(first)

    home = exported(weights, (1,), models, slow)
    assert folders(models) == [home.name]


def test_a_folder_that_cannot_be_written_is_named(weights, tmp_path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WeightsError, match=r"cannot write .*; free some space, or choose another folder for models"):
        exported(weights, (1,), tmp_path / "file", graph)


def test_what_is_left_by_a_kill_is_found(weights, models) -> None:
    home = exported(weights, (1,), models, graph)
    left = models / f".{home.name}.abc"
    left.mkdir()
    assert exports_of("a/b", models) == [left, home]


def test_without_safetensors_it_says_what_is_missing(weights) -> None:
    (weights.folder / "model.safetensors").unlink()
    with pytest.raises(MissingWeightsError, match=r"holds no some\.onnx or model\.safetensors"):
        check_exportable(weights, "some.onnx")
