"""Reviewed sightings: what people decided that stands, beside the evidence of the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyroaring import BitMap

from kyara.catalogue import Catalogue, opened, reviewed
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import found
from kyara.catalogue.review import decide, undo, verdict
from kyara.records import Note, NoteKind, Sample

Result = Callable[..., Path]
Seen = Callable[..., Sample]


def say(catalogue: Catalogue, query: str, attribute: str, *answer: str) -> BitMap:
    who = found(catalogue, query)
    assert decide(catalogue, who, verdict(catalogue, attribute, answer), "ann") == len(who) > 0
    return who


def told(catalogue: Catalogue) -> list[tuple[str, int, dict[str, tuple[str, ...]]]]:
    return [(one.sample.key, one.position, dict(one.answers)) for one in reviewed.reviewed(catalogue)]


@pytest.mark.parametrize("at_once", [1, 1000])
def test_what_stands_is_given_with_the_evidence_of_the_machine(
    where: str, result: Result, seen: Seen, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(reviewed, "AT_ONCE", at_once)
    one = replace(seen("a.png", "blue", "red"), notes=(Note(NoteKind.SKETCH),))
    given = [one, seen("b.png", "blue"), seen("c.png", "green")]
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result(given))
        assert told(catalogue) == []
        say(catalogue, "hair_color=red", "hair_color", "pink")
        say(catalogue, "key='a.png'", "accessories")
        say(catalogue, "key='b.png'", "hair_color", "black")
        say(catalogue, "key='b.png'", "hair_color", "blue")
        say(catalogue, "key='c.png'", "identity", "Rei")
        assert told(catalogue) == [
            ("a.png", 0, {"accessories": ()}),
            ("a.png", 1, {"hair_color": ("pink",), "accessories": ()}),
            ("b.png", 0, {"hair_color": ("blue",)}),
        ]
        first = next(reviewed.reviewed(catalogue))
        assert (first.sample.tags, first.sample.notes) == (one.tags, one.notes)
        assert [s.evidence for s in first.sample.sightings] == [s.evidence for s in one.sightings]

        undo(catalogue)  # who Rei is
        undo(catalogue)
        assert told(catalogue)[-1] == ("b.png", 0, {"hair_color": ("black",)})
        undo(catalogue)
        assert [key for key, _, _ in told(catalogue)] == ["a.png", "a.png"]


def test_a_decision_follows_its_sighting_through_another_run(where: str, result: Result, seen: Seen) -> None:
    with opened(where, write=True) as catalogue:
        ingest(catalogue, result([seen("a.png", "blue", "red")]))
        say(catalogue, "hair_color=red", "hair_color", "pink")
        say(catalogue, "hair_color=blue", "hair_color", "black")
        later = seen("a.png", "blue", "red", run="2")
        swapped = replace(later, sightings=later.sightings[::-1])
        ingest(catalogue, result([swapped], "clip", 2000.0, "later"))
        assert told(catalogue) == [("a.png", 0, {"hair_color": ("pink",)}), ("a.png", 1, {"hair_color": ("black",)})]
        assert {
            e.version for one in reviewed.reviewed(catalogue) for s in one.sample.sightings for e in s.evidence
        } == {"2"}
        alone = replace(later, sightings=later.sightings[:1])
        ingest(catalogue, result([alone], "clip", 3000.0, "last"))
        assert told(catalogue) == [("a.png", 0, {"hair_color": ("black",)})], "nobody is left to hold the other"
