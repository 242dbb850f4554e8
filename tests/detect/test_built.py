"""The table of detectors: names, files, folders, what is missing and what one's own must keep to."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from kyara.detect.built import AUTO, NETWORKS, asked_detectors, build_detectors
from kyara.errors import MissingWeightsError, SettingsError
from kyara.weights import Model, Runtime
from kyara.weights.known import known

Seeing = Callable[[int | None], Model]


@pytest.fixture
def onnx_file(seeing: Seeing) -> Path:
    return seeing(None).path


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))


def test_auto_goes_on_with_the_package_s_own_and_says_what_fetches_better() -> None:
    asked, missing = asked_detectors(["auto"])
    assert asked == ("builtin-head",)
    assert [detector.name for detector in build_detectors(asked, Runtime())] == ["builtin-head"]
    firsts = [kinds[0] for kinds in AUTO]
    assert missing == {name: f"kyara models pull {NETWORKS[name].repository}" for name in firsts}


def test_auto_takes_faces_where_no_heads_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, onnx_file: Path) -> None:
    monkeypatch.chdir(tmp_path)  # a folder called as the hub's repository is that repository
    for name in ("anime-face", "photo-face"):
        file = tmp_path / NETWORKS[name].repository / NETWORKS[name].files[0]
        file.parent.mkdir(parents=True)
        shutil.copy(onnx_file, file)
    asked, missing = asked_detectors(["auto", "photo-face"])
    assert asked == ("anime-face", "photo-face")
    assert list(missing) == ["anime-person"]
    assert [detector.name for detector in build_detectors(asked, Runtime())] == ["anime-face", "photo-face"]


def test_what_is_asked_for_by_name_must_be_here() -> None:
    with pytest.raises(MissingWeightsError, match="kyara models pull deepghs/anime_person_detection"):
        build_detectors(["anime-person"], Runtime())


def test_none_is_none() -> None:
    assert asked_detectors(["none"]) == ((), {})


@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_or_a_folder_of_ones_own(name: str, onnx_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / NETWORKS[name].files[0]).parent.mkdir(parents=True)
    shutil.copy(onnx_file, folder / NETWORKS[name].files[0])
    shutil.copy(onnx_file, tmp_path / "model.onnx")
    for where in (onnx_file, folder, tmp_path):
        (detector,) = build_detectors([f"{name}={where}"], Runtime())
        assert detector.name == name


def test_another_model_of_the_same_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, onnx_file: Path) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "deepghs/anime_face_detection/face_detect_v1.4_n"
    folder.mkdir(parents=True)
    shutil.copy(onnx_file, folder / "model.onnx")
    (detector,) = build_detectors(["anime-face=face_detect_v1.4_n"], Runtime())
    assert detector.name == "anime-face"
    with pytest.raises(MissingWeightsError, match=r"holds no face_detect_v1\.4_x/model\.onnx"):
        build_detectors(["anime-face=face_detect_v1.4_x"], Runtime())


@pytest.mark.parametrize("where", ["/nowhere/a.onnx", "/nowhere/folder", "nobody/nothing"])
def test_weights_that_are_not_there(where: str) -> None:
    with pytest.raises(MissingWeightsError, match=r"\w; "):
        build_detectors([f"anime-face={where}"], Runtime())


def test_the_table_agrees_with_the_known_models() -> None:
    for name, network in NETWORKS.items():
        fetched = {pattern for group in known()[network.repository].weights for pattern in group}
        assert fetched & set(network.files), f"{name}: what is pulled is not what is read"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["anime-fase"], "did you mean 'anime-face'"),
        (["zzz"], "choose of anime-head, "),
        (["no_such_module:Eyes"], "cannot import it"),
        (["eyes_of_mine:Broken"], "cannot be made: ValueError: no"),
        (["eyes_of_mine:Blind"], "look None found"),
        (["eyes_of_mine:Mine", "eyes_of_mine:Twin"], "'mine' is asked for twice"),
    ],
)
def test_what_is_wrong_is_said(names: list[str], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_eyes(tmp_path, monkeypatch)
    with pytest.raises(SettingsError, match=said):
        build_detectors(names, Runtime())


def test_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_eyes(tmp_path, monkeypatch)
    (detector,) = build_detectors(["eyes_of_mine:Mine"], Runtime())
    assert detector.name == "mine"


def write_eyes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        class Mine:
            name, version, look_version, inputs, batch_size = "mine", "1", "1", frozenset({"pixels"}), 8
            def look(self, views): return [{} for _ in views]
            def detections(self, raw): return ()
        class Twin(Mine): pass
        class Blind(Mine): look = None
        class Broken:
            def __init__(self): raise ValueError("no")
    """
    (folder / "eyes_of_mine.py").write_text(textwrap.dedent(code), encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
