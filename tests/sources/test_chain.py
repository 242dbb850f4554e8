from pathlib import Path

import pytest

from kyara.errors import SourceError
from kyara.flow import Source
from kyara.sources import chain, given, open_source


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("one/a.png", "one/b.png", "two/a.png", "one/sub/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"picture")
    (tmp_path / "t.jsonl").write_bytes(b'{"tags":"a"}\n{"tags":"b","id":7}\n')
    return tmp_path


def keys(source: Source) -> list[str]:
    return [item.key for shard in source.shards(2) for item in shard.inputs()]


def test_keys_get_the_sources_name_and_shards_are_numbered_on(here: Path) -> None:
    source = chain([open_source("one/sub"), open_source("two"), open_source("t.jsonl"), given("x", name="text")])
    assert keys(source) == ["one/sub/c.png", "two/a.png", "t.jsonl#1", "t.jsonl/7#2", "text#1"]
    assert [shard.index for shard in source.shards(1)] == [0, 1, 2, 3, 4]
    assert source.count() == 5


def test_a_single_source_stays_as_it_is(here: Path) -> None:
    source = open_source("one")
    assert chain([source]) is source


def test_pictures_of_one_folder_become_one_source(here: Path) -> None:
    source = chain([open_source("one/b.png"), open_source("one/a.png")])
    assert keys(source) == ["a.png", "b.png"]
    assert len(list(source.shards(10))) == 1
    assert keys(chain([open_source("one/b.png"), open_source("two/a.png")])) == ["one/b.png", "two/a.png"]


@pytest.mark.parametrize(
    "specs", [["one", "one"], ["one", "one/"], ["one", "./two/../one"], ["one", "one/sub"], ["one", "one/a.png"],
              ["one/a.png", "one/a.png"], ["t.jsonl", "t.jsonl"], ["one/a.png", "two", "one/a.png"], [".", "two"]]
)  # fmt: skip
def test_the_same_twice_is_refused(here: Path, specs: list[str]) -> None:
    with pytest.raises(SourceError, match=r"given twice|lies in"):
        chain([open_source(spec) for spec in specs])


def test_none_is_refused() -> None:
    with pytest.raises(SourceError, match="no source given"):
        chain([])


def test_the_count_is_unknown_where_one_is(here: Path, monkeypatch) -> None:
    monkeypatch.setattr("kyara.sources.rows.COUNTED_BYTES", 1)
    assert chain([open_source("one"), open_source("t.jsonl")]).count() is None


def test_fingerprints_hold_the_names(here: Path) -> None:
    alone = {shard.fingerprint for shard in open_source("one").shards(9)}
    chained = {shard.fingerprint for shard in chain([open_source("one"), open_source("two")]).shards(9)}
    assert not alone & chained
