"""Tables come back as they were written, down to the last odd character, and refuse what is not theirs."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyara.errors import OutputError
from kyara.exports.flat import flat_schema, flattened
from kyara.exports.tables import read_parquet, write_csv, write_jsonl, write_parquet
from kyara.records import Sample, Value
from kyara.results.columns import to_table
from kyara.results.rows import to_row
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


def flat(samples: list[Sample]) -> pa.Table:
    return flattened(to_table(samples), VOCABULARY)


def known(samples: list[Sample]) -> list[Sample]:
    """Without the sample whose attribute has no vocabulary's name."""
    return [sample for sample in samples if "<script>" not in sample.key]


def test_one_row_a_sighting_one_column_an_attribute(samples: list[Sample]) -> None:
    rows = flat(known(samples)).to_pylist()
    assert [(row["key"], row["number"]) for row in rows][:3] == [("both.png", 1), ("both.png", 2), ("one.png", 1)]
    girl, boy = rows[:2]
    assert (girl["hair_color"], girl["hair_color_confidence"]) == ("pink", 0.58)
    assert girl["accessories"] == ["glasses", "ribbon"]
    assert (girl["age"], girl["age_confidence"]) == (None, 0.41)  # undecided
    assert boy["accessories"] == []  # decided: none
    assert (boy["eye_color"], boy["eye_color_confidence"]) == (None, None)  # unsaid
    assert girl["head"] == [120, 60, 280, 220]
    assert boy["body"] is None
    assert len(rows) == sum(len(sample.sightings) for sample in known(samples))


def test_every_value_lands_in_its_row_whatever_is_missing_around_it(samples: list[Sample]) -> None:
    made = [samples[6], samples[0], samples[7], samples[8], samples[4], samples[6]]
    for row in flat(made).to_pylist():
        sample = next(one for one in made if one.key == row["key"])
        sighting = sample.sightings[row["number"] - 1]
        for attribute in VOCABULARY.attributes:
            value = sighting.value(attribute.name)
            assert row[f"{attribute.name}_confidence"] == (value.confidence if value else None)
            labels = (value.labels[0] if attribute.one_of else list(value.labels)) if value and value.decided else None
            assert row[attribute.name] == labels


@pytest.mark.parametrize("count", [0, 1])
def test_no_sighting_is_no_row(count: int, samples: list[Sample]) -> None:
    assert flat([samples[6]] * count).num_rows == 0


def test_an_attribute_the_vocabulary_lacks_is_refused(samples: list[Sample]) -> None:
    values = (Value("mood", ("blue",), 1, True, (), ()),)
    strange = replace(samples[1], sightings=(replace(samples[1].sightings[0], values=values),))
    with pytest.raises(OutputError, match="--vocabulary"):
        flat([strange])


@pytest.mark.parametrize("by", [None, "hair_color", "gender"])
def test_parquet_comes_back(by: str | None, samples: list[Sample], tmp_path: Path) -> None:
    whole, folder = flat(known(samples)), tmp_path / "out"
    assert write_parquet([whole.slice(0, 2), whole.slice(2)], folder, VOCABULARY, by) == whole.num_rows
    back = read_parquet(folder, VOCABULARY)
    order = [("key", "ascending"), ("number", "ascending")]
    assert back.select(whole.column_names).sort_by(order).to_pylist() == whole.sort_by(order).to_pylist()
    file = next(folder.rglob("*.parquet"))
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"
    if by is not None:
        assert (folder / f"{by}=__HIVE_DEFAULT_PARTITION__").is_dir()
        assert len(list(folder.iterdir())) > 1


def test_parquet_is_checked_when_it_is_written_and_read(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    table = flat(known(samples))
    with pytest.raises(OutputError, match="flat schema none"):
        write_parquet([table.replace_schema_metadata({})], folder, VOCABULARY)
    with pytest.raises(OutputError, match="'dress' is no attribute to divide by"):
        write_parquet([table], folder, VOCABULARY, by="dress")
    with pytest.raises(OutputError, match=r"no part-\*.parquet"):
        read_parquet(folder, VOCABULARY)
    pq.write_table(table.drop_columns(["age"]), folder / "part-0.parquet")
    with pytest.raises(OutputError, match="column 'age' is not there"):
        read_parquet(folder, VOCABULARY)
    metadata = flat_schema(VOCABULARY).metadata | {b"kyara.flat": b"9"}
    pq.write_table(table.replace_schema_metadata(metadata), folder / "part-0.parquet")
    with pytest.raises(OutputError, match="flat schema 9, expected 1"):
        read_parquet(folder, VOCABULARY)


def test_jsonl_is_what_show_prints(samples: list[Sample], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert write_jsonl(samples, path) == len(samples)
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
        json.loads(orjson.dumps(to_row(sample))) for sample in samples
    ]


def test_odd_characters_survive_every_table(naughty_samples: list[Sample], tmp_path: Path) -> None:
    table = flat(naughty_samples)
    write_jsonl(naughty_samples, tmp_path / "a.jsonl")
    write_csv([table], tmp_path / "a.csv", VOCABULARY)
    (tmp_path / "parquet").mkdir()
    write_parquet([table], tmp_path / "parquet", VOCABULARY)
    lines = (tmp_path / "a.jsonl").read_bytes().split(b"\n")[:-1]
    jsonl = [json.loads(line) for line in lines]
    parquet = read_parquet(tmp_path / "parquet", VOCABULARY).to_pylist()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert len(jsonl) == len(parquet) == len(cells) == len(naughty_samples)
    for sample, line, row, cell in zip(naughty_samples, jsonl, parquet, cells, strict=True):
        string = sample.key
        for found in (line, row, cell):
            assert [found[name] for name in ("key", "uri", "tags", "text")] == [string] * 4
        sighting = line["sightings"][0]
        assert [sighting["identity"], sighting["caption"], *sighting["hints"]] == [string] * 3
        assert [row["identity"], row["caption"], *row["hints"]] == [string] * 3
        assert [cell["identity"], cell["caption"], cell["hints"]] == [string] * 3


def test_csv_joins_what_is_several(samples: list[Sample], tmp_path: Path) -> None:
    assert write_csv([flat(known(samples))], tmp_path / "a.csv", VOCABULARY) == 7
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        girl = next(csv.DictReader(file))
    assert girl["accessories"] == "glasses; ribbon"
    assert girl["head"] == "120; 60; 280; 220"
    assert girl["age"] == ""
