import os
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kyara.errors import SourceError
from kyara.sources import open_source


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.PNG").write_bytes(b"picture")
    (tmp_path / "t.jsonl").write_text('{"tags":"smile"}\n')
    (tmp_path / "t.NDJSON").write_text('{"tags":"smile"}\n')
    (tmp_path / "t.csv").write_text("tags\nsmile\n")
    (tmp_path / "t.tsv").write_text("tags\nsmile\n")
    (tmp_path / "t.txt").write_text("a girl\n")
    pq.write_table(pa.table({"tags": ["smile"]}), tmp_path / "t.parquet")
    return tmp_path


KINDS = ["pictures", "pictures/a.PNG", "t.jsonl", "t.NDJSON", "t.csv", "t.tsv", "t.txt", "t.parquet"]


@pytest.mark.parametrize("spec", KINDS)
def test_every_kind_opens_by_path_or_text(here: Path, spec: str) -> None:
    for given in (spec, Path(spec), here / spec):
        source = open_source(given)
        (shard,) = source.shards(10)
        (item,) = shard.inputs()
        assert item.skip is None
        assert source.count() == shard.count == 1
        assert source.name in (spec, "pictures")
        assert item.uri.startswith("file://")


@pytest.mark.parametrize("spec", KINDS)
def test_shards_travel_to_other_processes(here: Path, spec: str) -> None:
    (shard,) = open_source(spec).shards(10)
    (item,) = pickle.loads(pickle.dumps(shard)).inputs()
    assert item == next(shard.inputs()) or item.image is not None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("pictres", r"pictres: does not exist; did you mean pictures"),
        ("zzzzzz", r"does not exist; see what is in"),
        ("no/such/folder", r"nor does its folder"),
        ("t.pdf", r"\.pdf is no known kind; known are \.jpg"),
        ("pipe.jsonl", r"neither a file nor a folder"),
        ("nul\0", r"cannot be read"),
        ("x" * 5000, r"cannot be read"),
    ],
)
def test_refused_with_a_remedy(here: Path, spec: str, words: str) -> None:
    (here / "t.pdf").write_bytes(b"%PDF")
    os.mkfifo(here / "pipe.jsonl")
    with pytest.raises(SourceError, match=words):
        open_source(spec)


def test_columns_reach_the_table(here: Path) -> None:
    (here / "t.csv").write_text("labels\nsmile\n")
    (shard,) = open_source("t.csv", {"tags": "labels"}).shards(9)
    assert next(shard.inputs()).tags == "smile"
    with pytest.raises(SourceError, match="did you mean 'labels'"):
        open_source("t.csv", {"tags": "label"})
