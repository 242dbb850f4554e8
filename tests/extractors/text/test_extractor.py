"""The extractor gives each view its person, and shares what it cannot place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kyara.extractors.text import TextExtractor
from kyara.flow import NOTHING, View
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary

TWO = "A tall blonde woman stands beside a bald man with a grey beard."


@pytest.fixture(scope="module")
def extractor() -> TextExtractor:
    return TextExtractor(load_vocabulary())


def sample(text: str | None, *sightings: Sighting) -> Sample:
    return Sample("k", "i", "u", text=text, sightings=sightings or (Sighting(),))


def scores(extractor: TextExtractor, view: View, attribute: str) -> dict[str, float]:
    reading = extractor.read([view], [attribute])[0]
    return dict(reading.evidence[0].scores) if reading.evidence else {}


def test_announces(extractor: TextExtractor) -> None:
    assert extractor.announce(sample(TWO)) == 2
    assert extractor.announce(sample("a girl with red hair")) == 1
    assert extractor.announce(sample("a mountain")) is None
    assert extractor.announce(sample(None)) is None


def test_each_announced_sighting_has_its_person(extractor: TextExtractor) -> None:
    two = sample(TWO, Sighting(), Sighting())
    assert scores(extractor, View(two, 0), "hair_color") == {"blonde": 0.95}
    assert scores(extractor, View(two, 1), "hair_length") == {"bald": 0.95}


def test_boxes_share_and_weigh_less(extractor: TextExtractor) -> None:
    boxed = Sighting(head=(0.0, 0.0, 9.0, 9.0))
    two = sample(TWO, boxed, boxed)
    assert scores(extractor, View(two, 0), "hair_color") == {"blonde": pytest.approx(0.475)}
    one = sample("a girl with red hair", boxed, boxed)
    assert scores(extractor, View(one, 1), "hair_color") == {"red": pytest.approx(0.57)}


def test_only_the_attributes_asked_for(extractor: TextExtractor) -> None:
    reading = extractor.read([View(sample("a girl with red hair"), 0)], ["hair_color"])[0]
    assert [e.attribute for e in reading.evidence] == ["hair_color"]
    assert reading.evidence[0].span == ("red hair",)
    assert (reading.evidence[0].extractor, reading.evidence[0].version) == ("text", extractor.version)


def test_no_text_no_reading(extractor: TextExtractor) -> None:
    assert extractor.read([View(sample(None), 0), View(sample(""), 0)], ["gender"]) == [NOTHING, NOTHING]


def test_the_version_follows_the_vocabulary(extractor: TextExtractor) -> None:
    vocabulary = load_vocabulary()
    less = replace(vocabulary, attributes=vocabulary.attributes[:-1])
    assert TextExtractor(vocabulary).version == extractor.version != TextExtractor(less).version
