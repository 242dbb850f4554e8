import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.records import Reason
from kyara.sources.jsonl import open_jsonl


def table(tmp_path, raw: bytes):
    path = tmp_path / "t.jsonl"
    path.write_bytes(raw)
    return open_jsonl(str(path), {})


def inputs(source, size: int = 1000) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


def test_line_ends_bom_and_no_last_newline(tmp_path) -> None:
    source = table(tmp_path, b'\xef\xbb\xbf{"tags":"a"}\r\n\r\n{"tags":"b","id":5}\n\n{"tags":"c"}')
    assert [(item.key, item.tags) for item in inputs(source)] == [("#1", "a"), ("5#3", "b"), ("#5", "c")]
    assert source.count() == 3


@pytest.mark.parametrize(
    "bad", [b"{", b"[1]", b'"x"', b"null", b'{"tags":"\xff"}', b'{"tags":"\\ud800"}', b'{"tags":1}', b"[" * 3000, b"\0"]
)
def test_bad_rows_never_stop_the_rest(tmp_path, bad: bytes) -> None:
    first, middle, last = inputs(table(tmp_path, b'{"tags":"a"}\n' + b" " * 4096 + b"\n" + bad + b'\n{"tags":"b"}\n'))
    assert (first.tags, last.tags, last.key) == ("a", "b", "#4")
    assert middle.skip is not None
    assert middle.skip.reason is Reason.BAD_ROW
    assert "row 3" in middle.skip.detail


def test_equal_ids_have_unlike_keys(tmp_path) -> None:
    keys = [item.key for item in inputs(table(tmp_path, b'{"tags":"a","id":"x"}\n' * 5), 2)]
    assert len(set(keys)) == 5


def test_a_column_that_comes_late_is_read(tmp_path) -> None:
    raw = b'{"tags":"a"}\n' * 2000 + b'{"text":"a girl"}\n'
    assert inputs(table(tmp_path, raw))[-1].text == "a girl"


def test_no_usable_column_or_no_row(tmp_path) -> None:
    with pytest.raises(SourceError, match="found x; looked for"):
        table(tmp_path, b'{"x":1}\n')
    with pytest.raises(SourceError, match="no column to read"):
        table(tmp_path, b"")


def test_fingerprints_change_only_where_rows_do(tmp_path) -> None:
    raw = b'{"tags":"a"}\n{"tags":"b"}\n{"tags":"c"}\n'
    one = [shard.fingerprint for shard in table(tmp_path, raw).shards(1)]
    two = [shard.fingerprint for shard in table(tmp_path, raw.replace(b"b", b"x")).shards(1)]
    assert [a == b for a, b in zip(one, two, strict=True)] == [True, False, True]
    renamed = open_jsonl(str(tmp_path / "t.jsonl"), {"text": "tags"})
    assert next(renamed.shards(1)).fingerprint != two[0], "columns matter"


def test_a_changed_picture_changes_the_fingerprint(tmp_path) -> None:
    raw = b'{"tags":"a"}\n' * 1500 + b'{"image":"sub/a.png"}\n'
    (tmp_path / "sub").mkdir()
    picture = tmp_path / "sub" / "a.png"
    picture.write_bytes(b"1")
    one = [shard.fingerprint for shard in table(tmp_path, raw).shards(1000)]
    picture.write_bytes(b"22")
    two = [shard.fingerprint for shard in table(tmp_path, raw).shards(1000)]
    assert [a == b for a, b in zip(one, two, strict=True)] == [True, False]
    image = inputs(table(tmp_path, raw))[-1].image
    assert image is not None
    assert image() == b"22"


lines = st.one_of(
    st.binary(max_size=20),
    st.dictionaries(st.sampled_from(["tags", "text", "id", "image"]), st.text(max_size=5) | st.integers()).map(
        lambda row: json.dumps(row).encode()
    ),
)


@given(st.lists(lines, max_size=12), st.integers(1, 5))
def test_counts_agree_and_any_bytes_are_survived(tmp_path_factory, rows: list[bytes], size: int) -> None:
    path = tmp_path_factory.mktemp("any") / "t.jsonl"
    path.write_bytes(b"\n".join([b'{"tags":"a"}', *rows]))
    try:
        source = open_jsonl(str(path), {})
    except SourceError:
        assert b"\0" in path.read_bytes()
        return
    shards = list(source.shards(size))
    found = [list(shard.inputs()) for shard in shards]
    assert [len(items) for items in found] == [shard.count for shard in shards]
    assert source.count() == sum(map(len, found))
    keys = [item.key for items in found for item in items]
    assert len(set(keys)) == len(keys)


def test_speed(tmp_path) -> None:
    tags = " ".join(f"tag_{i}" for i in range(70))
    raw = b"".join(json.dumps({"id": i, "tags": tags}).encode() + b"\n" for i in range(50_000))
    source = table(tmp_path, raw)
    started = time.process_time()
    shards = list(source.shards(1000))
    cut = time.process_time()
    number = sum(1 for shard in shards for _ in shard.inputs())
    done = time.process_time()
    size = os.path.getsize(tmp_path / "t.jsonl") / 1e6
    print(f"jsonl: fingerprints {size / (cut - started):,.0f} MB/s, {number / (done - cut):,.0f} inputs/s")
    assert number / (done - cut) > 30_000
