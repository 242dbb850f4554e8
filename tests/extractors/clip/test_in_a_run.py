"""CLIP in whole runs: precision, processes, a changed vocabulary, what the ledger keeps, and what auto makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from kyara import extract
from kyara.errors import MissingWeightsError, WeightsError
from kyara.recipes.run import Result

PICTURES = 24
MORE = """
[hair_color.labels.zinc]
prompts = ["a character with zinc hair"]
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
        settings = {"extractors": "clip", "clip": {"model": str(folder)}, "shard_size": 10} | more
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
    said = {label for sample in changed for value in sample.sightings[0].values for label, _ in value.scores}
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
