import pytest

from kyara.errors import SourceError
from kyara.records import Reason
from kyara.sources.fields import Columns
from kyara.sources.table import Reading, chosen

READING = Reading(Columns(), "/folder", "file:///folder/t.jsonl")


def test_rows() -> None:
    item = READING.read(7, {"id": "x", "tags": "smile", "text": "a girl", "image": "a.png"})
    assert (item.key, item.uri, item.tags, item.text) == ("x#7", "file:///folder/t.jsonl#7", "smile", "a girl")
    assert item.image is not None
    with pytest.raises(FileNotFoundError):
        item.image()
    assert READING.read(8, {"tags": "smile"}).key == "#8"


def test_pictures_as_bytes_struct_and_path() -> None:
    for value in (b"png", {"bytes": b"png", "path": None}):
        item = READING.read(1, {"image": value})
        assert item.image is not None
        assert item.image() == b"png"
    assert READING.picture({"image": {"bytes": None, "path": "b.png"}}) == "/folder/b.png"
    assert READING.picture({"file_name": "/other/b.png"}) == "/other/b.png"
    assert READING.picture({"image": 5}) is None


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"image": 5}, "image is int"),
        ({"image": "https://example.org/a.png"}, "download"),
        ({"tags": 5}, "tags is a number"),
        ({"id": 1.5, "tags": "smile"}, "key is a number"),
    ],
)
def test_bad_rows(row: dict[str, object], words: str) -> None:
    item = READING.read(3, row)
    assert item.skip is not None
    assert item.skip.reason is Reason.BAD_ROW
    assert words in item.skip.detail
    assert "row 3" in item.skip.detail
    assert item.key == "#3"


def test_rows_with_ever_new_names_are_not_remembered_for_ever() -> None:
    reading = Reading(Columns(), "/folder", "file:///t")
    for number in range(3000):
        assert reading.read(1, {f"c{number}": 1, "tags": "smile"}).tags == "smile"
    assert len(reading._present) <= 1000


def test_chosen_columns() -> None:
    assert chosen({"tags": "labels"}, ["labels", "x"], "t.csv").tags == ("labels",)
    assert chosen({}, ["tags"], "t.csv") == Columns()


@pytest.mark.parametrize(
    ("given", "there", "words"),
    [
        ({"tags": "tag_strng"}, ["id", "tag_string"], r"t.csv: has no column 'tag_strng'; did you mean 'tag_string'"),
        ({"tags": "zzz"}, ["id", "tag_string"], r"there are: id, tag_string"),
        ({"tag": "tags"}, ["tags"], r"'tag'; did you mean 'tags'"),
        ({}, ["eye", "hair"], r"no column to read; found eye, hair; looked for image"),
        ({}, [], r"found none"),
    ],
)
def test_unknown_columns_are_refused(given: dict[str, str], there: list[str], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        chosen(given, there, "t.csv")
