"""CLIP in whole runs: precision, processes, a changed vocabulary, what the ledger keeps, and what auto makes of it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from kyara import extract
from kyara.errors import MissingWeightsError, WeightsError
from kyara.extractors.clip.export import towers
from kyara.extractors.clip.family import family_of
from kyara.recipes.run import Result
from kyara.weights.stored import Stored, measure, write

PICTURES = 24
MORE = """
[accessories.labels.zinc]
prompts = ["a character wearing zinc"]
"""
Run = Callable[..., Result]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Small pictures, no two alike; every second one with tags beside it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    noise = np.random.default_rng(1)
    for number in range(PICTURES):
        small = noise.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        Image.fromarray(small).resize((150, 200), Image.Resampling.BICUBIC).save(folder / f"{number:02}.png")
        if number % 2:
            (folder / f"{number:02}.txt").write_text("1girl, blue_hair")
    return folder


@pytest.fixture
def run(hubs, models: Path, pictures: Path, tmp_path: Path) -> Run:
    """Extract with the tiny CLIP; the models folder is shared, so that it is exported once."""
    folder = hubs("clip").folder

    def run(out: str, **more: Any) -> Result:
        named = {"extractors": "clip", "detectors": "none", "clip": {"model": str(folder)}, "shard_size": 10}
        settings = named | more
        networks = {"folder": models} | settings.pop("models", {})
        return extract(pictures, out=tmp_path / out, models=networks, **settings)

    return run


def parts(result: Result) -> list[bytes]:
    return [path.read_bytes() for path in sorted((result.folder.path / "parts").glob("*.parquet"))]


def test_a_changed_vocabulary_costs_no_pass_over_pixels(run: Run, tmp_path: Path) -> None:
    vocabulary = tmp_path / "more.toml"
    vocabulary.write_text(MORE)
    cache = tmp_path / "raw.sqlite"
    first, changed = run("first", cache=cache), run("changed", cache=cache, vocabulary=vocabulary)
    assert first.tally.cache == {"clip": (0, PICTURES)}
    assert changed.tally.cache == {"clip": (PICTURES, 0)}
    said = {label for sample in changed for item in sample.sightings[0].evidence for label, _ in item.scores}
    assert "zinc" in said


@pytest.mark.parametrize("more", [{"workers": 2}, {"threads": 1, "batch_size": 5}, {"threads": 3}], ids=str)
def test_the_answer_is_the_same_however_the_work_is_cut(more: dict[str, int], run: Run) -> None:
    assert parts(run("other", cache="none", **more)) == parts(run("one", cache="none"))


def test_the_ledger_keeps_where_networks_ran(run: Run) -> None:
    result = run("out", cache="none", models={"backend": "onnxruntime"})
    lines = [orjson.loads(line) for line in (result.folder.path / "ledger.jsonl").read_bytes().splitlines()]
    (networks,) = [line["networks"] for line in lines if line["event"] == "run"]
    assert (networks["runtime"], networks["device"]) == ("onnxruntime cpu f32", "cpu")


def test_another_backend_is_another_version(run: Run, tmp_path: Path) -> None:
    cache = tmp_path / "raw.sqlite"
    versions = set()
    for backend in ("openvino", "onnxruntime", "torch"):
        result = run(backend, cache=cache, models={"backend": backend})
        assert result.tally.cache == {"clip": (0, PICTURES)}
        versions |= {e.version for sample in result for e in sample.sightings[0].evidence}
    assert len(versions) == 3


def test_int8_is_calibrated_on_the_pictures_once(run: Run, tmp_path: Path) -> None:
    networks = {"folder": tmp_path / "own", "precision": "int8"}
    first = run("first", cache="none", models=networks)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "own").rglob("network.bin")}
    assert len(kept) == 1
    again = run("again", cache="none", models=networks)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "own").rglob("network.bin")} == kept
    assert parts(again) == parts(first) != parts(run("full", cache="none"))


def test_too_few_pictures_calibrate_nothing(hubs, tmp_path: Path, pictures: Path) -> None:
    settings = {"extractors": "clip", "clip": {"model": str(hubs("clip").folder)}}
    for path in sorted(pictures.glob("*.png"))[5:]:
        path.unlink()
    with pytest.raises(WeightsError, match=r"5 pictures in .* found; int8 is calibrated on at least 16"):
        extract(pictures, out=tmp_path / "out", models={"folder": tmp_path / "own", "precision": "int8"}, **settings)


def test_a_device_that_is_not_there_is_an_error(run: Run) -> None:
    with pytest.raises(WeightsError, match="cuda"):
        run("out", models={"device": "cuda"})


def test_a_model_that_is_not_there_is_an_error(pictures: Path) -> None:
    with pytest.raises(MissingWeightsError, match="run `kyara models pull some/clip`"):
        extract(pictures, extractors="clip", clip={"model": "some/clip"})


def test_auto_takes_it_where_it_is_and_tags_beside_it(run: Run) -> None:
    result = run("out", extractors="auto", cache="none")
    speakers = [{e.extractor for e in sample.sightings[0].evidence} for sample in result]
    assert speakers[:2] == [{"clip"}, {"clip", "tags"}]


DEFAULT, OTHER = "openai/clip-vit-base-patch32", "Xenova/clip-vit-base-patch32"


@pytest.fixture
def pull(hubs, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts the tiny CLIP where a pull of a model would have put it: the default as safetensors, others as ONNX."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    own = tmp_path / "models"

    def pull(model: str) -> None:
        weights, revision = hubs("clip").weights, "5" * 40
        stored = Stored(model, None, revision, "mit", ())
        shutil.copytree(weights.folder, stored.folder)
        if model != DEFAULT:
            (stored.folder / "model.safetensors").unlink()
            (stored.folder / "onnx").mkdir()
            for path in towers(weights, family_of(weights), models):
                shutil.copy(path, stored.folder / "onnx")
        files = [path for path in stored.folder.rglob("*") if path.is_file()]
        measured = [measure(path.relative_to(stored.folder).as_posix(), path) for path in files]
        write(Stored(model, None, revision, "mit", tuple(measured)), own)

    return pull


def auto(pictures: Path, tmp_path: Path, out: str, **more: Any) -> set[str]:
    """Who is asked of pixels in a run that names nobody."""
    result = extract(pictures, out=tmp_path / out, models={"folder": tmp_path / "models"}, cache="none", **more)
    return set(result.tally.cache)


def test_auto_takes_another_known_clip_where_the_default_is_not_here(pull, pictures, tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO, "kyara.progress")
    assert "clip" not in auto(pictures, tmp_path, "none")
    pull(OTHER)
    assert "clip" in auto(pictures, tmp_path, "other")
    assert f"clip uses {OTHER}, for {DEFAULT} is not ready on this machine; --clip names another" in caplog.text
    caplog.clear()
    pull(DEFAULT)
    assert "clip" in auto(pictures, tmp_path, "default")
    assert "not ready" not in caplog.text


def test_what_was_named_is_never_replaced(pull, pictures, tmp_path) -> None:
    pull(OTHER)
    assert "clip" not in auto(pictures, tmp_path, "named", clip={"model": "google/siglip-base-patch16-224"})
    assert "clip" not in auto(pictures, tmp_path, "revision", clip={"revision": "6" * 40})
    with pytest.raises(MissingWeightsError, match=f"run `kyara models pull {DEFAULT}`"):
        auto(pictures, tmp_path, "asked", extractors="clip")


def test_a_default_that_needs_torch_is_not_ready_without_it(pull, pictures, tmp_path, monkeypatch, caplog) -> None:
    caplog.set_level(logging.INFO, "kyara.progress")
    pull(DEFAULT)
    pull(OTHER)
    monkeypatch.setattr("kyara.extras.has", lambda module: module != "torch")
    assert "clip" in auto(pictures, tmp_path, "out")
    assert f"clip uses {OTHER}" in caplog.text
