import pytest

from kyara.records import Sighting
from kyara.sources.fields import Columns, UnusableError, first, joined, key, words


def test_tags_as_text_or_list() -> None:
    assert words({"tags": " 1girl, smile "}, Columns())[0] == "1girl, smile"
    assert words({"tags": ["long hair", "1girl"]}, Columns())[0] == "long_hair, 1girl"
    assert words({"tags": ["long hair"]}, Columns())[0] == "long_hair"


def test_first_column_that_is_not_empty_answers() -> None:
    assert words({"text": "", "caption": None, "description": "a girl"}, Columns())[1] == "a girl"
    assert first({"a": 0, "b": 1}, ("a", "b")) == 0


def test_danbooru_characters_get_a_prefix_and_leave_the_other_tags() -> None:
    row = {"tag_string": "1girl hatsune_miku smile", "tag_string_character": "hatsune_miku", "rating": "s"}
    assert words(row, Columns())[0] == "1girl smile character:hatsune_miku rating:s"
    assert words({"tags": "1girl, smile", "character": "Hatsune Miku"}, Columns())[0] == (
        "1girl, smile, character:Hatsune_Miku"
    )
    assert words({"characters": ["Saber", "Archer"]}, Columns())[0] == "character:Saber character:Archer"


def test_a_rating_that_is_none_is_ignored() -> None:
    for rating in (4.5, "five stars", ["s"], None):
        assert words({"tags": "smile", "rating": rating}, Columns())[0] == "smile"


def test_sightings() -> None:
    row = {"sightings": [{"head": [1, 2, 3.5, 4]}, {"body": [0, 0, 9, 9], "head": None}]}
    assert words(row, Columns())[2] == (Sighting(head=(1, 2, 3.5, 4)), Sighting(body=(0, 0, 9, 9)))


@pytest.mark.parametrize(
    "sightings",
    [
        *({}, "x", 3, [1], [{}], [{"head": []}], [{"head": "1,2,3,4"}], [{"head": [1, 2, 3]}]),
        *([{"head": [1, 2, 3, 4, 0.9]}], [{"head": [3, 2, 1, 4]}], [{"head": [1, 2, 1, 4]}]),
        *([{"head": [1, 2, float("nan"), 4]}], [{"head": [1, 2, float("inf"), 4]}], [{"head": [0, False, True, 4]}]),
        *([{"head": [0, 0, 10**400, 4]}], [{"head": [0, 0, "9", 4]}], [{"body": {"x": 1}}]),
    ],
)
def test_malformed_sightings_are_refused(sightings: object) -> None:
    with pytest.raises(UnusableError, match=r"sightings.*expected"):
        words({"sightings": sightings}, Columns())


@pytest.mark.parametrize(
    "row", [{"tags": 5}, {"tags": {"general": 1, "meta": "x"}}, {"text": ["a", 1]}, {"tags": b"x"}]
)
def test_wrong_types_are_refused(row: dict[str, object]) -> None:
    with pytest.raises(UnusableError, match="expected text or a list of texts"):
        words(row, Columns())


def test_key() -> None:
    assert [key({"id": value}, Columns()) for value in ("a", 5, 0, None, "")] == ["a", "5", "0", "", ""]
    for value in (1.5, True, ["a"]):
        with pytest.raises(UnusableError, match="key"):
            key({"id": value}, Columns())


def test_columns_among_and_renamed() -> None:
    columns = Columns().renamed("tags", "labels")
    assert columns.tags == ("labels",)
    assert columns.among(("labels", "id")).key == ("id",)
    assert columns.among(("labels", "id")).text == ()


def test_joined_keeps_one_separator() -> None:
    assert joined(["a b", None, "c"]) == "a b c"
    assert joined(["a, b c", "d e", "a, b c"]) == "a, b c, d, e"
    assert joined([None, ""]) is None
