"""Folders by what lies in them: imagefolder with its table, splits, and what only looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.sources import open_source

ROWS = [{"file_name": "1.png", "text": "a girl with a hat"}, {"file_name": "sub/2.png", "text": "a boy"}]


def put_table(folder: Path, kind: str) -> None:
    if kind == "jsonl":
        (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
        return
    table = pa.Table.from_pylist(ROWS)
    if kind == "csv":
        pyarrow.csv.write_csv(table, folder / "metadata.csv")
    else:
        pq.write_table(table, folder / "metadata.parquet")


def put_pictures(folder: Path, picture) -> None:
    for number, name in enumerate(("1.png", "sub/2.png"), 1):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(number))


def inputs(source: Source) -> list[Input]:
    return [item for shard in source.shards(100) for item in shard.inputs()]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_imagefolder(tmp_path, kind: str, picture) -> None:
    put_pictures(tmp_path, picture)
    put_table(tmp_path, kind)
    found = inputs(open_source(tmp_path))
    assert [item.text for item in found] == ["a girl with a hat", "a boy"]
    assert [item.image() for item in found if item.image] == [picture(1), picture(2)]


def test_splits_with_and_without_a_table(tmp_path, picture) -> None:
    for split in ("train", "test"):
        put_pictures(tmp_path / split, picture)
    put_table(tmp_path / "train", "jsonl")
    (tmp_path / "README.md").write_text("# data")
    keys = [
        (item.key.rpartition("/train/")[2].rpartition("/test/")[2], item.text) for item in inputs(open_source(tmp_path))
    ]
    assert keys == [
        ("1.png", None),
        ("sub/2.png", None),
        ("metadata.jsonl#1", ROWS[0]["text"]),
        ("metadata.jsonl#2", "a boy"),
    ]


def test_a_table_that_is_no_metadata_of_pictures_is_no_imagefolder(tmp_path, picture) -> None:
    put_pictures(tmp_path, picture)
    (tmp_path / "metadata.csv").write_text("name,tags\na,hat\n")
    assert [item.key for item in inputs(open_source(tmp_path))] == ["1.png", "sub/2.png"]
    pq.write_table(pa.table({"tags": ["hat"]}), tmp_path / "metadata.parquet")
    assert len(inputs(open_source(tmp_path))) == 2


def test_an_empty_folder_and_an_unreadable_one(tmp_path, monkeypatch) -> None:
    with pytest.raises(SourceError, match="no picture in this folder"):
        open_source(tmp_path)

    def refused(path: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(SourceError, match="Permission denied"):
        open_source(tmp_path)


def test_links_in_a_circle_end(tmp_path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    with pytest.raises(SourceError, match="no picture"):
        open_source(tmp_path)
