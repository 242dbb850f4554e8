"""What was made of a model is found by the model, with real exports, int8 networks and encoded texts."""

from __future__ import annotations

import runpy
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kyara.extractors.clip import ClipExtractor
from kyara.extractors.language.kept import kept_texts
from kyara.recipes.derived import derived_of, remove, size_of
from kyara.vocabulary import load_vocabulary
from kyara.weights import Runtime, find
from kyara.weights.exported import exports_of
from kyara.weights.quantise import int8_of, quantise
from kyara.weights.stored import Stored, measure, write

CLIP: Any = runpy.run_path(str(Path(__file__).parents[1] / "extractors" / "clip" / "conftest.py"))
Pull = Callable[..., Stored]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP as its authors publish it."""
    folder = tmp_path_factory.mktemp("clip")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in CLIP["_clip"]():
            part.save_pretrained(folder)
    return folder


@pytest.fixture
def pull(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pull:
    """Puts files where a pull would have put them, records in tmp_path; `onnx` are the towers it comes with."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))

    def pull(model: str, onnx: Path | None = None) -> Stored:
        stored = Stored(model, None, "5" * 40, "mit", ())
        shutil.copytree(tiny, stored.folder)
        if onnx:
            shutil.copytree(onnx, stored.folder / "onnx")
        files = [path for path in stored.folder.rglob("*") if path.is_file()]
        measured = [measure(path.relative_to(stored.folder).as_posix(), path) for path in files]
        stored = Stored(model, None, stored.revision, "mit", tuple(measured))
        write(stored, tmp_path)
        return stored

    return pull


def use(model: str, models: Path) -> Path:
    """Have CLIP say what it needs to of `model`; its vision network."""
    runtime = Runtime("openvino", folder=models)
    clip = ClipExtractor(load_vocabulary(), find(model, folder=models), runtime, models)
    clip._text_side.matrix(models)
    return clip.network.path


def rows() -> Any:
    rng = np.random.default_rng(0)
    return ({"pixel_values": rng.standard_normal((1, 3, 64, 64), np.float32)} for _ in range(16))


def test_all_that_was_made_is_found_and_removed_and_nothing_else(pull: Pull, tmp_path: Path) -> None:
    stored = pull("some/clip")
    network = use("some/clip", tmp_path)
    quantise(network, rows(), tmp_path)
    own, int8 = network.parent, int8_of(network, tmp_path).parent
    (texts,) = (tmp_path / "texts").iterdir()
    assert derived_of("some/clip-2", [], tmp_path) == []
    found = derived_of("some/clip", [stored], tmp_path)
    assert set(found) == {own, int8, texts}
    size = sum(map(size_of, found))
    assert size > sum(path.stat().st_size for path in own.iterdir()) + texts.stat().st_size
    assert sum(map(remove, found)) == size
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_dir() and "hf" not in path.parts) == [
        "int8", "pulled", "texts",
    ]  # fmt: skip
    assert derived_of("some/clip", [stored], tmp_path) == []
    assert use("some/clip", tmp_path) == network, "made anew"


def test_what_was_made_of_onnx_files_is_known_by_them(pull: Pull, tmp_path: Path) -> None:
    pull("some/clip")
    towers = use("some/clip", tmp_path).parent
    for path in (tmp_path / "texts").iterdir():
        path.unlink()
    stored = pull("some/onnx-clip", towers)
    network = use("some/onnx-clip", tmp_path)
    assert network.is_relative_to(stored.folder)
    (texts,) = kept_texts(stored.folder / "onnx" / "text_model.onnx", tmp_path)
    assert derived_of("some/onnx-clip", [stored], tmp_path) == [texts]


def test_exports_of_every_revision_and_of_killed_runs_are_found(tmp_path: Path) -> None:
    hexes = "0123456789abcdef", "fedcba9876543210"
    mine = [f".a--b-{hexes[0]}.k3_x", *(f"a--b-{one}" for one in hexes)]
    for name in (*mine, f"a--b-{hexes[0]}-{hexes[1]}", f"a--b-2-{hexes[0]}", "a--b", f"x-a--b-{hexes[0]}"):
        (tmp_path / name).mkdir()
    assert [path.name for path in exports_of("a/b", tmp_path)] == mine
    assert exports_of("a/[b]", tmp_path) == []
