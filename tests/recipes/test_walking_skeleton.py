"""The cases that break designs, from folder to result: they were made to work before anything else was built."""

import json
from pathlib import Path
from threading import Event

import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw

from kyara.recipes.run import Result, prepare, run_into, source_of
from kyara.records import NoteKind
from kyara.settings import load_settings


def figure(path: Path, *hair: str) -> list[list[float]]:
    """A picture with one head per hair colour, side by side; the head boxes."""
    picture = Image.new("RGB", (200 * len(hair), 240), "white")
    draw = ImageDraw.Draw(picture)
    boxes = []
    for i, colour in enumerate(hair):
        left = 200 * i + 40
        draw.rectangle((left, 30, left + 120, 100), fill=colour)
        draw.rectangle((left + 10, 75, left + 110, 150), fill=(250, 220, 200))
        boxes.append([float(left), 30.0, float(left + 120), 150.0])
    picture.save(path)
    return boxes


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    heads = figure(folder / "two.png", "#4664b4", "#af2d2d")
    sidecar = {"tags": "1girl, 1boy", "sightings": [{"head": box} for box in heads]}
    (folder / "two.json").write_text(json.dumps(sidecar))
    figure(folder / "one.png", "#28242c")
    (folder / "one.txt").write_text("1girl, black_hair, smile")
    (folder / "same.png").write_bytes((folder / "one.png").read_bytes())
    (folder / "same.txt").write_text("1girl, blonde_hair, glasses")
    return folder


def run(pictures: Path, out: Path, cache: Path, **settings: object) -> tuple[Result, dict[str, tuple[int, int]]]:
    job = prepare(
        source_of([pictures], [], {}),
        load_settings(cache=cache, **{"extractors": "tags,histogram", "detectors": "none"} | settings),
    )
    result = run_into(job, out, False, Event(), lambda done, skipped: None)
    return result, result.tally.cache


def labels(result: Result, key: str, attribute: str, sighting: int = 0) -> tuple[str, ...]:
    sample = next(sample for sample in result if sample.key == key)
    value = sample.sightings[sighting].value(attribute)
    return value.labels if value is not None and value.decided else ()


def test_two_characters_in_one_picture_have_attributes_of_their_own(pictures: Path, tmp_path: Path) -> None:
    result, _ = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    assert labels(result, "two.png", "hair_color", 0) == ("blue",)
    assert labels(result, "two.png", "hair_color", 1) == ("red",)
    sample = next(sample for sample in result if sample.key == "two.png")
    assert sample.expected == 2
    assert sample.notes[0].kind is NoteKind.SEVERAL_CHARACTERS
    assert sample.sightings[0].head == (40.0, 30.0, 160.0, 150.0)


def test_pixels_give_evidence_and_an_embedding(pictures: Path, tmp_path: Path) -> None:
    result, _ = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    sample = next(sample for sample in result if sample.key == "two.png")
    for sighting in sample.sightings:
        (embedding,) = sighting.embeddings
        assert embedding.space == "histogram"
        assert embedding.vector.shape == (192,)
        assert float(embedding.vector @ embedding.vector) == pytest.approx(1.0, abs=1e-5)


def test_an_edited_sidecar_changes_its_answer_and_no_pixel_is_looked_at_again(pictures: Path, tmp_path: Path) -> None:
    result, counts = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    assert labels(result, "one.png", "expression") == ("smiling",)
    assert set(counts) == {"histogram"}
    assert set(counts.values()) <= {(0, 4), (1, 3)}  # equal bytes may meet in one batch
    (pictures / "one.txt").write_text("1girl, black_hair, angry")
    result, counts = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    assert labels(result, "one.png", "expression") == ("angry",)
    assert set(counts.values()) == {(4, 0)}


def test_the_same_bytes_with_other_tags_get_other_answers(pictures: Path, tmp_path: Path) -> None:
    result, _ = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    one, same = (next(s for s in result if s.key == key) for key in ("one.png", "same.png"))
    assert one.id == same.id
    assert labels(result, "one.png", "hair_color") == ("black",)
    assert labels(result, "same.png", "hair_color") == ("blonde",)


def test_duplicates_are_told_in_a_table_and_nothing_is_dropped(pictures: Path, tmp_path: Path) -> None:
    result, _ = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    rows = pq.read_table(tmp_path / "out" / "duplicates.parquet").to_pylist()
    assert [(row["key"], row["first_key"]) for row in rows] == [("same.png", "one.png")]
    assert len(result) == 3


def test_duplicates_are_told_anew_when_a_shard_changes(pictures: Path, tmp_path: Path) -> None:
    run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    figure(pictures / "same.png", "#ffffff")
    run(pictures, tmp_path / "out", tmp_path / "cache.sqlite")
    assert pq.read_table(tmp_path / "out" / "duplicates.parquet").num_rows == 0


def test_a_run_stopped_between_shards_goes_on_to_the_same_bytes(pictures: Path, tmp_path: Path) -> None:
    run(pictures, tmp_path / "whole", tmp_path / "cache.sqlite", shard_size=1)
    whole = {p.name: p.read_bytes() for p in (tmp_path / "whole" / "parts").iterdir()}
    run(pictures, tmp_path / "out", tmp_path / "cache.sqlite", shard_size=1)
    (tmp_path / "out" / "done" / "00001.json").unlink()  # as after a kill between part and mark
    (tmp_path / "out" / "parts" / "00002.parquet").write_bytes(b"half")
    result, _ = run(pictures, tmp_path / "out", tmp_path / "cache.sqlite", shard_size=1)
    assert result.tally.passed == 1
    assert {p.name: p.read_bytes() for p in (tmp_path / "out" / "parts").iterdir()} == whole
    assert len(whole) == 3
