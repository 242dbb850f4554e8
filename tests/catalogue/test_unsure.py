"""Unsure answers are drawn from all strata, stand for all there are, and come back with their evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from pyroaring import BitMap

from kyara.catalogue import opened
from kyara.catalogue.query import found
from kyara.catalogue.review import decide, undo, verdict
from kyara.catalogue.sync import sync
from kyara.catalogue.unsure import Unsure, answered, drawn, read
from kyara.errors import CatalogueError
from kyara.records import Sample

Fill = Callable[..., str]
Seen = Callable[..., Sample]


def test_all_are_drawn_where_there_are_few_but_what_is_sure_or_decided(fill: Fill, seen: Seen) -> None:
    samples = [seen("a.png", "blue", "red", sure=0.6), seen("b.png", "blue", sure=1.0), seen("c.png", "pink", sure=0.3)]
    with opened(fill(samples), write=True) as catalogue:
        both = {"hair_color", "accessories"}
        hair = drawn(catalogue, None, ["Hair-Color"], 100)
        (blue, red), (pink,) = found(catalogue, "key=a.png"), found(catalogue, "key=c.png")
        assert sorted(hair, key=lambda one: one.sighting) == [Unsure(n, "hair_color", 1) for n in (blue, red, pink)]
        everything = drawn(catalogue, None, (), 100)
        assert Counter(one.attribute for one in everything) == {"hair_color": 3, "accessories": 4}, (
            "two labels, one answer"
        )
        assert {one.attribute for one in drawn(catalogue, BitMap([blue]), both, 100)} == both
        decide(catalogue, BitMap([blue]), verdict(catalogue, "hair_color", ["green"]), "ann")
        decide(catalogue, BitMap([red]), verdict(catalogue, "hair_color", []), "ann")
        assert drawn(catalogue, None, ["hair_color"], 100) == [Unsure(pink, "hair_color", 1)]
        assert drawn(catalogue, None, ["age"], 100) == []
        assert drawn(catalogue, BitMap(), (), 100) == []
        with pytest.raises(CatalogueError, match="did you mean 'hair_color'"):
            drawn(catalogue, None, ["hair_colr"], 100)


def test_of_many_some_stand_for_all_and_few_are_drawn_whole(fill: Fill, seen: Seen) -> None:
    samples = [seen(f"{i}.png", "blue", sure=0.9) for i in range(300)]
    samples += [seen(f"unsure{i}.png", "red", sure=0.55) for i in range(6)]
    with opened(fill(samples)) as catalogue:
        some = drawn(catalogue, None, ["hair_color"], 40)
        assert len({one.sighting for one in some}) == len(some) == 40
        rare = found(catalogue, "hair_color=red")
        assert {one.sighting for one in some if one.stands_for == 1} == set(rare)
        assert sum(one.stands_for for one in some) == pytest.approx(306)
        assert some == drawn(catalogue, None, ["hair_color"], 40), "the same each time"


def test_what_is_drawn_is_read_whole_and_by_its_number(fill: Fill, seen: Seen) -> None:
    samples = [seen("a.png", "blue", "red", "pink", sure=0.6), seen("b.png", "green")]
    with opened(fill(samples)) as catalogue:
        (red,), (green,) = found(catalogue, "hair_color=red"), found(catalogue, "hair_color=green")
        held = dict(read(catalogue, [green, red]))
        assert list(held) == sorted([red, green])
        (sighting,) = held[red].sightings
        assert (held[red].key, sighting.evidence) == ("a.png", samples[0].sightings[1].evidence)
        assert sighting.values == samples[0].sightings[1].values
        assert [e.space for e in sighting.embeddings] == ["builtin"]
        assert dict(read(catalogue, [])) == {}


def test_who_is_gone_is_not_asked_about(fill: Fill, seen: Seen) -> None:
    with opened(fill([seen("a.png", "blue", sure=0.6)]), write=True) as catalogue:
        assert len(drawn(catalogue, None, ["hair_color"], 9)) == 1
        sync(catalogue)
        assert drawn(catalogue, None, ["hair_color"], 9) == []


def test_the_last_answered_are_known_until_they_are_taken_back(fill: Fill, seen: Seen) -> None:
    with opened(fill([seen("a.png", "blue", "red", sure=0.6)]), write=True) as catalogue:
        blue, red = found(catalogue, "key=a.png")
        assert answered(catalogue, 9) == {}
        for number, name, label in ((blue, "hair_color", "green"), (red, "age", "teen"), (red, "identity", "Rei")):
            decide(catalogue, BitMap([number]), verdict(catalogue, name, [label]), "ann")
        assert answered(catalogue, 9) == {"hair_color": [blue], "age": [red]}
        assert answered(catalogue, 1) == {"age": [red]}
        undo(catalogue)
        undo(catalogue)
        assert answered(catalogue, 9) == {"hair_color": [blue]}
