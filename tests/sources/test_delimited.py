import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.records import Reason
from kyara.sources.delimited import open_delimited

POSTS = Path(__file__).parents[3] / "shared" / "data" / "tags" / "danbooru_posts.csv"


def table(tmp_path, raw: bytes, name: str = "t.csv", columns: dict[str, str] | None = None):
    (tmp_path / name).write_bytes(raw)
    return open_delimited(str(tmp_path / name), columns or {})


def inputs(source, size: int = 1000) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_quoted_line_ends_and_commas(tmp_path, size: int) -> None:
    raw = b'\xef\xbb\xbfid,text,tags\r\n1,"a girl,\nsmiling\n\nwidely",smile\r\n\r\n2,"""hi""",\r\n3,end,"a,b"'
    found = inputs(table(tmp_path, raw), size)
    assert [(item.key, item.text, item.tags) for item in found] == [
        ("1#5", "a girl,\nsmiling\n\nwidely", "smile"),
        ("2#7", '"hi"', None),
        ("3#8", "end", "a,b"),
    ]


def test_tsv_and_semicolons(tmp_path) -> None:
    assert inputs(table(tmp_path, b"tags\tid\na, b\t1\n", "t.tsv"))[0].tags == "a, b"
    assert inputs(table(tmp_path, b"tags;id\na;1\n"))[0].tags == "a"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"1,2,3,4", "4 fields; the header has 2"),
        (b"1", "1 fields"),
        (b"x,caf\xe9", "not UTF-8"),
        (b"x,a\rb", "not valid CSV"),
        (b'x,"' + b"y" * 200_000 + b'"', "field larger than field limit"),
    ],
)
def test_bad_rows_never_stop_the_rest(tmp_path, bad: bytes, words: str) -> None:
    first, middle, last = inputs(table(tmp_path, b"id,tags\n1,a\n" + bad + b"\n3,b\n"))
    assert (first.tags, last.tags, last.key) == ("a", "b", "3#4")
    assert middle.skip is not None
    assert middle.skip.reason is Reason.BAD_ROW
    assert words in middle.skip.detail


def test_a_quote_left_open_is_bounded(tmp_path) -> None:
    raw = b'id,tags\n1,"open\n' + b"2,smile, and more\n" * 50_000
    source = table(tmp_path, raw)
    found = inputs(source)
    assert found[0].skip is not None
    assert len(found) == source.count()
    assert found[-1].uri.endswith("#50002")


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"id,tags\n", b"id,tags\n\n\n", b'"id,tags\n' + b"x" * 200_000])
def test_empty_is_refused(tmp_path, raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"must name the columns|has no row|no column"):
        table(tmp_path, raw)


def test_header_is_part_of_the_fingerprint(tmp_path) -> None:
    one = next(table(tmp_path, b"tags,text\na,b\n").shards(9)).fingerprint
    two = next(table(tmp_path, b"text,tags\na,b\n").shards(9)).fingerprint
    assert one != two


def test_pictures_are_part_of_the_fingerprint(tmp_path) -> None:
    raw = b"image,tags\na.png,smile\nbad\n"
    one = next(table(tmp_path, raw).shards(9)).fingerprint
    (tmp_path / "a.png").write_bytes(b"1")
    assert next(table(tmp_path, raw).shards(9)).fingerprint != one


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=9), st.integers(1, 4))
def test_whatever_csv_writes_is_read_back(tmp_path_factory, rows: list[tuple[str, str]], size: int) -> None:
    rows = [tuple(field.replace("\r", "").encode("utf-8", "ignore").decode() for field in row) for row in rows]
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("tags", "text"), *rows])
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes(written.getvalue().encode())
    if b"\0" in path.read_bytes():
        return
    shards = list(open_delimited(str(path), {}).shards(size))
    found = [item for shard in shards for item in shard.inputs()]
    assert [(item.tags or "", item.text or "") for item in found] == [(a.strip(), b.strip()) for a, b in rows]
    assert sum(shard.count for shard in shards) == len(rows)


@pytest.mark.skipif(not POSTS.exists(), reason="shared/data/tags/danbooru_posts.csv is not here")
def test_real_posts() -> None:
    source = open_delimited(str(POSTS), {"tags": "tags"})
    found = inputs(source, 100)
    assert len(found) == source.count() == 1384
    assert all(item.skip is None and item.tags for item in found)
    assert found[0].key == "9999976#2"
