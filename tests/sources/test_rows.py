import resource
import sys

import pytest

from kyara.errors import SourceError
from kyara.sources import rows
from kyara.sources.lines import open_lines


def test_long_lines_are_cut_and_shards_of_them_are_short(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "LONGEST_LINE_BYTES", 100)
    monkeypatch.setattr(rows, "LARGEST_BLOCK_BYTES", 1000)
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 100_000 + b"\nend\n")
    source = open_lines(str(path))
    shards = list(source.shards(500))
    assert max(shard.count for shard in shards) <= 64
    texts = [item.text or "" for shard in shards for item in shard.inputs()]
    assert [len(texts), len(texts[0]), texts[-1]] == [1001, 100, "end"]
    assert source.count() == 1001


def test_a_file_that_became_shorter_stops_the_run(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\nthree\n")
    (shard,) = open_lines(str(path)).shards(10)
    path.write_bytes(b"one\n")
    with pytest.raises(SourceError, match="became shorter"):
        list(shard.inputs())


def test_number_of_rows_of_a_huge_file_is_not_told(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\n")
    monkeypatch.setattr(rows, "COUNTED_BYTES", 4)
    assert open_lines(str(path)).count() is None


def test_memory_stays_constant(tmp_path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        for _ in range(100):
            file.write((b"x" * 999 + b"\n") * 1000)  # 100 MB
    source = open_lines(str(path))
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    assert sum(1 for shard in source.shards(1000) for _ in shard.inputs()) == 100_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before
    assert grown < 30e6, f"{grown / 1e6:.0f} MB more for 100 MB of rows"
