import pytest

from kyara.errors import SourceError
from kyara.records import Reason
from kyara.sources.lines import open_lines


def test_blank_lines_are_no_inputs(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa girl\r\n\n  \t\nan old man \n\nthe end")
    source = open_lines(str(path))
    found = [item for shard in source.shards(2) for item in shard.inputs()]
    assert [(item.key, item.text) for item in found] == [("#1", "a girl"), ("#4", "an old man"), ("#6", "the end")]
    assert source.count() == 3
    assert [shard.index for shard in source.shards(1)] == [0, 1, 2]
    assert found[0].uri == path.as_uri() + "#1"


def test_a_line_that_is_not_utf8_is_a_bad_row(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a girl\ncaf\xe9\nan old man\n")
    found = [item for shard in open_lines(str(path)).shards(9) for item in shard.inputs()]
    assert [item.skip and item.skip.reason for item in found] == [None, Reason.BAD_ROW, None]
    assert found[1].skip is not None
    assert "row 2" in found[1].skip.detail
    assert "UTF-8" in found[1].skip.detail


@pytest.mark.parametrize("raw", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_empty_is_refused(tmp_path, raw: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(SourceError, match="has no row; write one description a line"):
        open_lines(str(tmp_path / "a.txt"))


@pytest.mark.parametrize("raw", ["a girl".encode("utf-16"), b"\x89PNG\0\0"])
def test_utf16_and_binary_are_refused(tmp_path, raw: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(SourceError, match="save it as UTF-8"):
        open_lines(str(tmp_path / "a.txt"))


def test_a_blank_line_more_changes_keys_and_so_the_fingerprint(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\nthree\n")
    first = [shard.fingerprint for shard in open_lines(str(path)).shards(1)]
    path.write_bytes(b"one\n\ntwo\nthree\n")
    second = [shard.fingerprint for shard in open_lines(str(path)).shards(1)]
    assert [a == b for a, b in zip(first, second, strict=True)] == [True, False, False]
