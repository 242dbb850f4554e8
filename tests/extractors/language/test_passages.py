"""Whose words are whose: a text of several people is cut by person, and views get the account of theirs."""

from __future__ import annotations

import pytest

from kyara.extractors.language.passages import of_view, passages, passages_version
from kyara.extractors.text import TextExtractor
from kyara.extractors.text.account import Said
from kyara.flow import View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary

TWO = "An old man with a white beard stands beside a young girl with red hair. She wears glasses."
ALONE = Said({"red": 0.9}, ("red hair",))


def test_of_one_person_the_whole_text() -> None:
    for text in ("A girl with red hair. She wears glasses.", "rain over the harbour", "red hair, green eyes, hat"):
        assert passages(text) == (text,)


def test_of_two_each_their_own_words() -> None:
    man, girl = passages(TWO)
    assert "white beard" in man
    assert "red hair" not in man
    assert "glasses" not in man
    assert "red hair" in girl
    assert girl.endswith("She wears glasses.")
    assert "beard" not in girl


@pytest.mark.parametrize("text", ["", "  \n "])
def test_of_an_empty_text_nothing(text) -> None:
    assert passages(text) == ()


def test_people_come_in_the_order_in_which_the_text_extractor_announces_them() -> None:
    extractor = TextExtractor(load_vocabulary())
    assert extractor.people(TWO) == 2 == len(passages(TWO))
    sample = Sample("a", "a", "", text=TWO, sightings=(Sighting(),) * 2)
    first, second = extractor.read([View(sample, 0), View(sample, 1)], ["age"])
    assert [first.evidence[0].scores[0][0], second.evidence[0].scores[0][0]] == ["elderly", "child"]
    assert passages(TWO)[0].startswith("An old man")


def view(count: int, index: int = 0, **box: object) -> View:
    return View(Sample("a", "a", "", sightings=(Sighting(**box),) * count), index)


def test_each_view_gets_its_person_s_account() -> None:
    account = ({"hair_color": ALONE}, {})
    assert of_view(account, view(2)) == {"hair_color": ALONE}
    assert of_view(account, view(2, 1)) == {}


def test_where_boxes_make_that_impossible_it_is_shared() -> None:
    account = ({"hair_color": ALONE}, {})
    shared = of_view(account, view(2, head=(0, 0, 1, 1)))["hair_color"]
    assert shared.scores == {"red": pytest.approx(0.45)}
    assert of_view(({"hair_color": ALONE},), view(2))["hair_color"].scores == {"red": pytest.approx(0.54)}


def test_the_version_says_what_cuts_them() -> None:
    assert passages_version() == passages_version() != ""
