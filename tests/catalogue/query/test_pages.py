"""Pages hold what was found in order, with a person's word where there is one; facets count labels."""

from __future__ import annotations

from pyroaring import BitMap

from kyara.catalogue import Catalogue
from kyara.catalogue.query import facets, found, page


def test_a_page_holds_what_was_found_in_order(catalogue: Catalogue) -> None:
    everybody = found(catalogue, "number>0")
    whole, second = page(catalogue, everybody), page(catalogue, everybody, first=1, limit=2)
    assert [hit.number for hit in whole.hits] == [1, 2, 3, 4]
    assert [hit.number for hit in second.hits] == [2, 3]
    assert (second.first, second.total) == (1, 4)
    assert page(catalogue, everybody, first=9).hits == []
    assert page(catalogue, BitMap()).hits == []


def test_a_hit_says_where_and_what(catalogue: Catalogue) -> None:
    one, two, three, four = page(catalogue, found(catalogue, "number>0")).hits
    assert (one.sample.key, two.sample.key) == ("rain/1.png", "rain/1.png")
    assert one.sample.uri == "file:///pictures/rain/1.png"
    assert (one.sample.width, one.sample.height, len(one.sample.sightings)) == (640, 480, 1)
    assert {v.attribute: (v.labels, v.confidence, v.decided) for v in one.sighting.values} == {
        "hair_color": (("gray",), 0.8, True),
        "gender": (("female",), 1.0, True),
        "accessories": (("hat", "ring"), 0.7, True),
    }
    assert one.sighting.hints == ("hatsune_miku_(vocaloid)",)
    assert three.sighting.identity == "Mina"
    assert four.sample.key == "sun/3 ünï.png"
    assert four.sighting.values[0].decided is False


def test_labels_are_counted_under_a_query(catalogue: Catalogue) -> None:
    counted = facets(catalogue, found(catalogue, "number<=3"))
    assert counted["hair_color"] == {"gray": 2, "white": 1}
    assert list(counted["hair_color"]) == ["gray", "white"], "the commonest first"
    assert counted["gender"] == {"female": 2, "male": 1}
    assert counted["accessories"] == {"hat": 1, "ring": 1}
    assert "identity" not in counted
    assert facets(catalogue, found(catalogue, "key~sun"), ["identity", "character"]) == {
        "identity": {"Mina": 1},
        "character": {},
    }


def test_guesses_are_not_counted(catalogue: Catalogue) -> None:
    assert facets(catalogue, found(catalogue, "number=4"))["hair_color"] == {}
