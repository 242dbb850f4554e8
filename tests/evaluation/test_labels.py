"""True labels out of rows: every spelling, nothing and none, several characters, and mistakes that are named."""

from __future__ import annotations

import pytest

from kyara.errors import SourceError, VocabularyError
from kyara.evaluation.labels import FaultError, read_labels, truths_of
from kyara.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()


@pytest.mark.parametrize(
    ("row", "truth"),
    [
        ({"hair_color": "Pink", "tags": "1girl"}, {"hair_color": ("pink",)}),
        ({"Hair Color": "silver"}, {"hair_color": ("gray",)}),  # an alias, in any spelling
        ({"hair_color": "", "age": None, "dress": []}, {}),
        ({"hair_color": "none", "accessories": "None"}, {"hair_color": (), "accessories": ()}),
        ({"accessories": "hat|glasses| hat "}, {"accessories": ("hat", "glasses")}),
        ({"accessories": ["glasses", "hat"]}, {"accessories": ("glasses", "hat")}),
        ({"attributes": {"hair_color": "pink"}, "age": "teen"}, {"age": ("teen",), "hair_color": ("pink",)}),
        ({"attributes": None, "age": "teen"}, {"age": ("teen",)}),
    ],
)
def test_one_character(row: dict[str, object], truth: dict[str, tuple[str, ...]]) -> None:
    assert truths_of(row, VOCABULARY) == (truth,)


def test_several_characters() -> None:
    row = {"attributes": [{"hair_color": "pink"}, {"hair_color": "blue"}]}
    assert [one["hair_color"] for one in truths_of(row, VOCABULARY)] == [("pink",), ("blue",)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"hair_color": "pink|blue"}, "exclude one another; give one"),
        ({"hair_color": 3}, "hair_color is 3; expected a label"),
        ({"accessories": ["hat", "none"]}, "none and a label too"),
        ({"attributes": "pink"}, "expected an object"),
        ({"attributes": [{"age": "teen"}, 4]}, "expected an object"),
        (
            {"attributes": [{"age": "teen"}, {}], "gender": "male"},
            "labels 2 characters in attributes and one",
        ),
    ],
)
def test_a_faulty_row_says_why(row: dict[str, object], said: str) -> None:
    with pytest.raises(FaultError, match=said):
        truths_of(row, VOCABULARY)


def test_faulty_rows_are_kept_apart_and_the_others_are_read() -> None:
    rows = [(1, {"age": "teen"}), (2, {"age": "teen|child"}), (4, "not valid JSON")]
    labels = read_labels(rows, VOCABULARY, "labels.jsonl")
    assert labels.truths == {1: ({"age": ("teen",)},)}
    assert sorted(labels.faults) == [2, 4]


def test_an_unknown_label_names_row_value_and_the_nearest() -> None:
    rows = [(1, {"hair_color": "pink"}), (2, {"hair_color": "blnde"}), (5, {"hair_color": "blnde"})]
    with pytest.raises(VocabularyError) as caught:
        read_labels(rows, VOCABULARY, "labels.csv")
    said = str(caught.value)
    assert said.startswith("labels.csv: row 2: label 'blnde' of hair_color is unknown; did you mean 'blonde'?")
    assert "1 more row" in said


def test_an_unknown_attribute_in_a_mapping_is_named() -> None:
    with pytest.raises(VocabularyError, match=r"row 1: attribute .hair_colour. is unknown; did you mean"):
        read_labels([(1, {"attributes": {"hair_colour": "pink"}})], VOCABULARY, "x")


def test_columns_that_are_nearly_attributes_are_told() -> None:
    labels = read_labels([(1, {"hair_colour": "pink", "age": "teen", "image": "a.png"})], VOCABULARY, "x")
    assert labels.unread == {"hair_colour": "hair_color"}


def test_a_table_without_attributes_is_refused() -> None:
    with pytest.raises(SourceError, match="no true attribute in it; found columns tags, colour"):
        read_labels([(1, {"tags": "1girl", "colour": "pink"})], VOCABULARY, "x")
