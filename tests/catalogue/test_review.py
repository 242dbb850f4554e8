"""A person's word counts over the machine's, whatever runs come after, until it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue, opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import facets, found, page
from kyara.catalogue.reading import samples
from kyara.catalogue.review import Verdict, decide, decisions, preview, undo, verdict
from kyara.errors import CatalogueError
from kyara.records import Sample

Result = Callable[..., Path]
Seen = Callable[..., Sample]


def said(catalogue: Catalogue, number: int, attribute: str = "hair_color") -> tuple[tuple[str, ...], float]:
    """What a page says, which must be what the whole sample says."""
    (hit,) = page(catalogue, BitMap([number])).hits
    (sample,) = samples(catalogue, [number])
    whole, brief = sample.sightings[0].value(attribute), hit.sighting.value(attribute)
    both = [((), 1.0) if one is None else (tuple(sorted(one.labels)), one.confidence) for one in (whole, brief)]
    assert both[0] == both[1]
    return both[0]


def test_a_decision_counts_outlives_a_run_and_is_taken_back(where: str, result: Result, seen: Seen) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue", "red"), seen("b.png", "blue")]))
        everybody = found(catalogue, "hair_color=blue")
        pink = verdict(catalogue, "Hair-Color", ["Pink"])
        assert pink == Verdict("hair_color", ["pink"])
        assert preview(catalogue, found(catalogue, "number>0"), pink) == {("blue",): 2, ("red",): 1}
        assert decide(catalogue, everybody, pink, "Ünïcode \0 ☃") == 2
        assert found(catalogue, "hair_color=pink>=1") == found(catalogue, "reviewed=yes") == everybody
        assert not found(catalogue, "hair_color=blue")
        assert facets(catalogue, everybody)["hair_color"] == {"pink": 2}
        assert said(catalogue, everybody[0]) == (("pink",), 1.0)

        ingest(catalogue, result([seen("a.png", "green", "red"), seen("b.png", "green")], "clip", 2000.0, "later"))
        assert found(catalogue, "hair_color=pink") == everybody, "a newer run never replaces a person's word"
        one, other = decisions(catalogue)
        assert (one.key, one.attribute, one.answer, one.before, one.who) == (
            "a.png", "hair_color", ["pink"], ["blue"], "Ünïcode \0 ☃",
        )  # fmt: skip
        assert one.head == (0.0, 0.0, 80.0, 90.5)

        assert [one.number for one in undo(catalogue, [other.number])] == [other.number]
        assert len(found(catalogue, "hair_color=pink")) == len(found(catalogue, "hair_color=green")) == 1
        assert [one.number for one in undo(catalogue)] == [one.number]
        assert found(catalogue, "hair_color=green") == everybody
        assert not found(catalogue, "reviewed=yes")
        assert undo(catalogue) == []
        assert list(decisions(catalogue)) == []
        assert [bool(one.undone_at) for one in decisions(catalogue, undone=True)] == [True, True]


def test_a_second_thought_stands_on_the_first(where: str, result: Result, seen: Seen) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue")]))
        (number,) = found(catalogue, "number>0")
        for answer in (["hat"], []):
            decide(catalogue, BitMap([number]), verdict(catalogue, "accessories", answer), "ann")
        assert said(catalogue, number, "accessories") == ((), 1.0)
        assert found(catalogue, "accessories=none") == BitMap([number])
        assert preview(catalogue, BitMap([number]), Verdict("accessories", [])) == {(): 1}
        undo(catalogue)
        assert said(catalogue, number, "accessories") == (("hat",), 1.0)
        undo(catalogue)
        assert said(catalogue, number, "accessories") == (("glasses", "hat"), 0.75)


def test_who_somebody_is(where: str, result: Result, seen: Seen) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue"), seen("b.png", "red")]))
        first, second = found(catalogue, "number>0")
        decide(catalogue, BitMap([first]), verdict(catalogue, "identity", ["Ayanami Rei"]), "ann")
        assert found(catalogue, "identity='ayanami rei'") == BitMap([first])
        assert found(catalogue, "identity=none") == BitMap([second])
        assert page(catalogue, BitMap([first])).hits[0].sighting.identity == "Ayanami Rei"
        assert next(decisions(catalogue)).before is None
        decide(catalogue, BitMap([first]), verdict(catalogue, "identity", []), "ben")
        assert found(catalogue, "identity=any") == BitMap()
        assert found(catalogue, "reviewed=yes and hair_color=blue") == BitMap([first])


@pytest.mark.parametrize("where", ["sqlite"], indirect=True)
def test_what_cannot_be_decided(where: str, result: Result, seen: Seen) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue")]))
        for attribute, answer, message in (
            ("hair_colr", ["pink"], "did you mean 'hair_color'"),
            ("hair_color", ["pinc"], "did you mean 'pink'"),
            ("hair_color", ["pink", "red"], "has one answer"),
            ("identity", ["A", "B"], "one character"),
        ):
            with pytest.raises(CatalogueError, match=message):
                verdict(catalogue, attribute, answer)
        with pytest.raises(CatalogueError, match="no decision 7, 9 stands; kyara review list"):
            undo(catalogue, [9, 7])
        assert decide(catalogue, BitMap(), verdict(catalogue, "hair_color", ["red"]), "ann") == 0
