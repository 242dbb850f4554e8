"""Hugging Face datasets: real objects of the `datasets` package, made here or loaded from local files."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import datasets
import pytest
import webdataset
from PIL import Image as Picture

from kyara import extract
from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.sources import open_source
from kyara.sources.hub import dataset_source, map_dataset


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hf")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    datasets.disable_progress_bars()


def made(picture, rows: int = 5) -> datasets.Dataset:
    features = datasets.Features(
        image=datasets.Image(), tags=datasets.Value("string"), rating=datasets.ClassLabel(names=["general", "explicit"])
    )
    pictures = [{"bytes": picture(number), "path": None} for number in range(rows)]
    tags = [f"1girl, pink_hair, {number}_bells" for number in range(rows)]
    return datasets.Dataset.from_dict({"image": pictures, "tags": tags, "rating": [0] * rows}, features=features)


def inputs(source: Source, size: int = 2) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


@pytest.mark.parametrize("streamed", [False, True])
def test_rows_with_pictures_as_bytes_and_names_of_classes(picture, streamed: bool) -> None:
    dataset = made(picture)
    source = dataset_source(dataset.to_iterable_dataset() if streamed else dataset)
    found = inputs(source)
    assert [item.key for item in found] == [f"#{number}" for number in range(1, 6)]
    assert found[3].tags == "1girl, pink_hair, 3_bells, rating:general"
    assert found[3].image is not None
    assert found[3].image() == picture(3)
    assert source.count() == (None if streamed else 5)
    assert [shard.count for shard in source.shards(2)] == [2, 2, 1]
    for shard in source.shards(3):
        assert len(list(pickle.loads(pickle.dumps(shard)).inputs())) == shard.count


@pytest.mark.parametrize("streamed", [False, True])
def test_fingerprints(picture, streamed: bool) -> None:
    def fingerprints(dataset: datasets.Dataset) -> list[str]:
        given = dataset.to_iterable_dataset() if streamed else dataset
        return [shard.fingerprint for shard in dataset_source(given).shards(2)]

    dataset = made(picture)
    first = fingerprints(dataset)
    assert fingerprints(made(picture)) == first
    assert fingerprints(dataset.map(lambda row: {"tags": row["tags"].upper()})) != first
    assert len(set(first)) == 3


def test_a_streamed_shard_is_short_where_pictures_are_large(picture, monkeypatch) -> None:
    monkeypatch.setattr("kyara.sources.hub.LARGEST_STREAMED_BYTES", 2 * len(picture()))
    counts = [shard.count for shard in dataset_source(made(picture).to_iterable_dataset()).shards(100)]
    assert counts == [2, 2, 1]


@pytest.mark.parametrize("prefix", ["hub:", "stream:"])
def test_tars_that_datasets_reads_are_read_as_tars_are_here(tmp_path, picture, prefix: str) -> None:
    with webdataset.TarWriter(str(tmp_path / "train-000.tar")) as sink:
        sink.write({"__key__": "7", "webp": picture(7, "WEBP"), "txt": "1girl, hatsune miku", "json": {"rating": "g"}})
    (item,) = inputs(open_source(f"{prefix}{tmp_path}"))
    (direct,) = inputs(open_source(tmp_path))
    assert (item.key, item.tags) == ("7#1", direct.tags)
    assert item.image is not None
    assert item.image() == picture(7, "WEBP")


def test_the_picture_may_be_in_a_column_of_any_name(picture) -> None:
    dataset = made(picture).rename_column("image", "drawing")
    found = inputs(dataset_source(dataset))
    assert found[2].image is not None
    assert found[2].image() == picture(2)


def test_it_runs(picture) -> None:
    samples = extract(dataset_source(made(picture)), extractors="tags", detectors="none", cache="none")
    assert [sample.sightings[0].value("hair_color").labels for sample in samples] == [("pink",)] * 5
    assert samples[0].width == 16


def test_by_name_with_split_from_local_files_and_from_disk(tmp_path, picture) -> None:
    (tmp_path / "data").mkdir()
    made(picture).to_parquet(tmp_path / "data" / "test.parquet")
    for prefix in ("hub:", "stream:"):
        found = inputs(open_source(f"{prefix}{tmp_path / 'data'}#test"))
        assert [item.tags for item in found][4] == "1girl, pink_hair, 4_bells, rating:general"
        assert found[4].image is not None
        assert found[4].image() == picture(4)
    assert len(inputs(open_source(f"hub:{tmp_path / 'data'}#test[:40%]"))) == 2
    made(picture).save_to_disk(tmp_path / "saved")
    assert len(inputs(open_source(tmp_path / "saved"))) == 5


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("hub:nobody/nothing", "hub:nobody/nothing: .*check name, revision, split and network"),
        ("stream:nobody/nothing@abc#test", "check name, revision"),
        ("hub:", "names no dataset"),
    ],
)
def test_refused_with_a_remedy(spec: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(spec)


def test_a_dictionary_of_splits_and_a_dataset_of_numbers_are_refused(picture) -> None:
    with pytest.raises(SourceError, match="holds the splits train; give one"):
        dataset_source(datasets.DatasetDict(train=made(picture)))
    with pytest.raises(SourceError, match="no column to read"):
        dataset_source(datasets.Dataset.from_dict({"x": [1]}))


def first_labels(row: dict) -> dict[str, list[str]]:
    return {one["attribute"]: one["labels"] for one in row["kyara"]["sightings"][0]["attributes"]}


@pytest.mark.parametrize("num_proc", [None, 2])
def test_map_dataset_adds_what_is_found(picture, num_proc: int | None) -> None:
    dataset = made(picture)
    mapped = map_dataset(dataset, num_proc=num_proc, extractors="tags", detectors="none", cache="none")
    assert mapped.column_names == ["image", "tags", "rating", "kyara"]
    assert isinstance(mapped[0]["image"], Picture.Image)
    assert [first_labels(row)["hair_color"] for row in mapped] == [["pink"]] * 5
    assert mapped[0]["kyara"]["id"] == extract(picture(0), extractors="tags", cache="none")[0].id
    assert mapped[0]["kyara"]["skip"] is None


def test_map_dataset_is_kept_by_settings(picture) -> None:
    dataset = made(picture)
    options = {"extractors": "tags", "detectors": "none", "cache": "none"}
    first, again = (map_dataset(dataset, **options) for _ in range(2))
    assert first._fingerprint == again._fingerprint
    assert map_dataset(dataset, min_confidence=0.99, **options)._fingerprint != first._fingerprint


def test_map_dataset_streamed_by_split_and_with_a_bad_picture(picture) -> None:
    rows = {"image": [{"bytes": b"nothing", "path": None}, {"bytes": picture(), "path": None}], "text": ["", "a boy"]}
    features = datasets.Features(image=datasets.Image(), text=datasets.Value("string"))
    dataset = datasets.Dataset.from_dict(rows, features=features)
    splits = datasets.IterableDatasetDict(train=dataset.to_iterable_dataset())
    mapped = map_dataset(splits, extractors="text", detectors="none", cache="none")
    bad, good = mapped["train"].cast_column("image", datasets.Image(decode=False))
    assert bad["kyara"]["skip"].startswith("not_an_image: ")
    assert bad["kyara"]["sightings"] == []
    assert first_labels(good)["gender"] == ["male"]


def test_a_saved_picture_of_a_dataset_has_the_bytes_it_had(tmp_path: Path, picture) -> None:
    sink = io.BytesIO(picture(9, "WEBP"))
    (tmp_path / "a.webp").write_bytes(sink.getvalue())
    loaded = datasets.load_dataset("imagefolder", data_dir=str(tmp_path), split="train")
    (item,) = inputs(dataset_source(loaded))
    assert item.image is not None
    assert item.image() == sink.getvalue()
