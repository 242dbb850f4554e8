"""`from kyara import describe_as`: the main job for inputs somebody else brings, kept between calls."""

from __future__ import annotations

import pickle

import pytest

from kyara import describe_as, extract
from kyara.errors import SettingsError
from kyara.flow import Input
from kyara.recipes.describing import _recipe


def test_it_says_what_extract_says() -> None:
    texts = ["a girl with long red hair", "a boy with glasses"] * 40
    describe = describe_as(extractors="text")
    described = describe([Input(f"#{number}", "", text=text) for number, text in enumerate(texts)])
    expected = extract(text=texts[0], extractors="text")
    assert described[0].sightings[0].values == expected[0].sightings[0].values
    assert len(described) == 80
    assert described[79].sightings[0].value("accessories").labels == ("glasses",)


def test_it_travels_as_its_settings_and_keeps_its_recipe() -> None:
    describe = describe_as(extractors="text", min_confidence=0.9)
    again = pickle.loads(pickle.dumps(describe))
    assert again == describe
    assert len(pickle.dumps(describe)) < 5000
    again([Input("#1", "", text="a girl")])
    before = _recipe.cache_info().hits
    again([Input("#1", "", text="a girl")])
    assert _recipe.cache_info().hits == before + 1


def test_other_settings_are_another_function() -> None:
    assert describe_as(extractors="text") != describe_as(extractors="tags")
    with pytest.raises(SettingsError, match="--min-confidence: 3 found"):
        describe_as(min_confidence=3)
