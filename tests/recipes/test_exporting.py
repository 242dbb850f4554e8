"""From a result or a catalogue into every format: what is asked for, all of it, and as it was."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.errors import OutputError
from kyara.exports.captions import Style
from kyara.exports.flat import flattened
from kyara.exports.kohya import Plan
from kyara.exports.tables import read_parquet
from kyara.exports.training_sets import read_training_set
from kyara.recipes.exporting import (
    Look,
    caption_in_place,
    export_csv,
    export_jsonl,
    export_parquet,
    export_pictures,
    of_catalogue,
    of_result,
)
from kyara.records import Sample, Sighting, Value
from kyara.results.columns import to_table
from kyara.results.folder import ResultFolder
from kyara.results.rows import to_row
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
Draw = Callable[..., Path]


def stored(folder: Path, samples: list[Sample]) -> Path:
    result = ResultFolder(folder)
    result.claim({"source": "test"})
    result.commit(0, "fp", samples[:2], False)
    result.commit(1, "fp", samples[2:], False)
    result.close()
    return folder


def seen(name: str, hair: str, left: float = 20) -> Sighting:
    values = (
        Value("gender", ("female",), 0.9, True, (("female", 0.9),), ("tags",)),
        Value("hair_color", (hair,), 0.8, True, ((hair, 0.8),), ("tags",)),
    )
    return Sighting(head=(left, 20, left + 160, 130), identity=name, values=values)


@pytest.fixture
def cast(tmp_path: Path, drawn: Draw) -> list[Sample]:
    """Four pictures: Ann three times, the last time beside Bea, and Bea alone."""
    shown = [("ann",), ("ann",), ("ann", "bea"), ("bea",)]
    hair = {"ann": "blue", "bea": "red"}
    samples = []
    for i, who in enumerate(shown):
        path = drawn(tmp_path / "pictures" / f"{i}.png", *who, boxes=False) if i else _first(tmp_path, drawn)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        sightings = tuple(seen(name.title(), hair[name], 20 + 200 * n) for n, name in enumerate(who))
        tags = "smile" if i else "smile, blue_hair, green_hair"
        samples.append(Sample(path.name, content, path.as_uri(), 200 * len(who), 240, tags, sightings=sightings))
    return samples


def _first(tmp_path: Path, drawn: Draw) -> Path:
    (tmp_path / "pictures").mkdir()
    return drawn(tmp_path / "pictures" / "0.png", "ann", boxes=False)


def test_words_survive_database_json_csv_and_parquet(naughty_samples: list[Sample], tmp_path: Path) -> None:
    with opened(tmp_path / "kyara.db", write=True) as catalogue:
        ingest(catalogue, stored(tmp_path / "result", naughty_samples))
        chosen = of_catalogue(catalogue)
        export_jsonl(chosen, tmp_path / "a.jsonl")
        export_csv(chosen, tmp_path / "a.csv", VOCABULARY)
        export_parquet(chosen, tmp_path / "parquet", VOCABULARY)
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().split(b"\n")[:-1]]
    rows = read_parquet(tmp_path / "parquet", VOCABULARY).to_pylist()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    words = {sample.key for sample in naughty_samples}
    for found in (lines, rows, cells):
        assert {one["key"] for one in found} == words
        assert len(found) == len(words)
        assert all(one["uri"] == one["tags"] == one["text"] == one["key"] for one in found)
    for line in lines:
        sighting = line["sightings"][0]
        assert {sighting["identity"], sighting["caption"], *sighting["hints"], *sighting["tags"]} == {line["key"]}
        assert sighting["evidence"][0]["span"] == [line["key"]]


def test_a_query_chooses_sightings(cast: list[Sample], tmp_path: Path) -> None:
    with opened(tmp_path / "kyara.db", write=True) as catalogue:
        ingest(catalogue, stored(tmp_path / "result", cast))
        chosen = of_catalogue(catalogue, "hair_color=red")
        done = export_jsonl(chosen, tmp_path / "a.jsonl")
        look = Look("head", style=Style(separator="|||"))
        heads = export_pictures(chosen, "kohya", tmp_path / "heads", VOCABULARY, look, Plan())
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert done.written == 2
    assert [[one["identity"] for one in row["sightings"]] for row in rows] == [["Bea"], ["Bea"]]
    assert heads.written == 2
    captions = [one.caption for one in read_training_set(tmp_path / "heads")[0].seen]
    assert captions == ["Bea ||| 1girl, solo, red hair"] * 2


def test_a_result_gives_the_same_rows_as_its_samples(cast: list[Sample], tmp_path: Path) -> None:
    chosen = of_result(stored(tmp_path / "result", cast))
    export_jsonl(chosen, tmp_path / "a.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert lines == [json.loads(json.dumps(to_row(sample))) for sample in cast]
    assert export_parquet(chosen, tmp_path / "flat", VOCABULARY).written == 5
    assert read_parquet(tmp_path / "flat", VOCABULARY).to_pylist() == flattened(to_table(cast), VOCABULARY).to_pylist()
    divided = export_parquet(chosen, tmp_path / "divided", VOCABULARY, by="hair_color")
    assert divided.written == 5
    assert pq.read_table(tmp_path / "divided" / "hair_color=red").num_rows == 2


def test_a_name_takes_the_place_of_what_it_always_comes_with(cast: list[Sample], tmp_path: Path) -> None:
    chosen = of_result(stored(tmp_path / "result", cast))
    look = Look(style=Style(separator="|||"), prune=True)
    done = export_pictures(chosen, "kohya", tmp_path / "set", VOCABULARY, look, Plan(repeats=4))
    (subset,) = read_training_set(tmp_path / "set")
    assert (done.written, subset.captioned, subset.repeats) == (4, 4, 4)
    assert [one.caption for one in subset.seen] == [
        "Ann ||| 1girl, solo, smile",  # and the tag green_hair, which her value denies, is gone
        "Ann ||| 1girl, solo, smile",
        "Ann, Bea ||| 2girls, red hair, smile",  # of Bea there are too few pictures to tell what is usual
        "Bea ||| 1girl, solo, red hair, smile",
    ]


def test_captions_go_beside_the_pictures(cast: list[Sample], tmp_path: Path) -> None:
    chosen = of_result(stored(tmp_path / "result", cast))
    done = caption_in_place(chosen, VOCABULARY, Look(style=Style(trigger="ohwx")), Plan())
    assert done.beside == {"new": 4}
    (subset,) = read_training_set(tmp_path / "pictures")
    assert subset.captioned == 4
    assert (subset.seen[0].caption or "").startswith("ohwx, 1girl, ")


@pytest.mark.parametrize("format", ["imagefolder", "diffusers", "webdataset", "kohya"])
def test_every_picture_format_passes_the_check(format: str, cast: list[Sample], tmp_path: Path) -> None:
    gone = replace(cast[0], key="gone.png", uri=(tmp_path / "gone.png").as_uri())
    chosen = of_result(stored(tmp_path / "result", [*cast, gone]))
    done = export_pictures(chosen, format, tmp_path / "set", VOCABULARY, Look(), Plan())
    assert done.written == 4
    assert done.left_out == {"moved or deleted since the run": 1}
    assert [(s.captioned, len(s.seen)) for s in read_training_set(tmp_path / "set")] == [(4, 4)]


def test_pictures_come_out_of_tars(cast: list[Sample], tmp_path: Path) -> None:
    data = (tmp_path / "pictures" / "0.png").read_bytes()
    with tarfile.open(tmp_path / "odd name.tar", "w") as tar:
        member = tarfile.TarInfo("deep/0.png")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    outer = (tmp_path / "odd name.tar").as_uri()
    there = replace(cast[0], uri=f"tar://deep/0.png::{outer}")
    lost = replace(cast[1], uri=f"tar://deep/1.png::{outer}")
    other = replace(cast[2], uri=f"tar://deep/0.png::{outer}")
    chosen = of_result(stored(tmp_path / "result", [there, lost, other]))
    done = export_pictures(chosen, "diffusers", tmp_path / "set", VOCABULARY, Look(), Plan())
    assert done.written == 1
    assert done.left_out == {"not to be had: FileNotFoundError": 1, "changed since the run": 1}
    assert next((tmp_path / "set").glob("*.png")).read_bytes() == data


def test_nothing_to_export_is_an_error_and_leaves_nothing(naughty_samples: list[Sample], tmp_path: Path) -> None:
    chosen = of_result(stored(tmp_path / "result", naughty_samples))
    with pytest.raises(OutputError, match="never there: tags or text alone"):
        export_pictures(chosen, "kohya", tmp_path / "set", VOCABULARY, Look(), Plan())
    assert not (tmp_path / "set").exists()
