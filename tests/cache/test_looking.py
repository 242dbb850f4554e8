"""A Remembering looker: what it has seen it never looks at again, and what has changed it always does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from kyara.cache.looking import Remembering, view_key
from kyara.cache.store import Kind
from kyara.errors import BrokenAnswerError
from kyara.flow import Reading, View
from kyara.records import Sample, Sighting


class Memory:
    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.kinds: set[Kind] = set()

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        self.kept.update(entries)
        self.kinds.add(kind)


class Looker:
    """Its raw output is the number of the look; its caption that number and what it was asked for."""

    name, version, look_version = "eyes", "1", "1"
    batch_size, cost = 8, 1.0

    def __init__(self, *inputs: str, surplus: int = 0) -> None:
        self.inputs = frozenset(inputs or ("pixels",))
        self.surplus = surplus
        self.looked: list[list[str]] = []

    def look(self, views: list[View]) -> list[dict[str, np.ndarray]]:
        self.looked.append([view.sample.key for view in views])
        first = sum(map(len, self.looked[:-1]))
        return [{"n": np.array(first + i)} for i in range(len(views) + self.surplus)]

    def interpret(self, view: View, raw: dict[str, np.ndarray], attributes: object) -> Reading:
        return Reading(caption=f"{view.sample.key} look {int(raw['n'])} {attributes}")


def view(key: str = "a", *, sighting: Sighting | None = None, **fields: object) -> View:
    fields = {"id": f"id of {key}", "uri": key, **fields}
    return View(Sample(key=key, sightings=(sighting or Sighting(),), **fields), 0)


def captions(remembering: Remembering, *views: View, of: object = "all") -> list[str | None]:
    return [reading.caption for reading in remembering.read(views, of)]


def test_a_hit_never_looks() -> None:
    looker, store = Looker(), Memory()
    assert captions(Remembering(looker, store), view("a"), view("b")) == ["a look 0 all", "b look 1 all"]
    again = Remembering(looker, store)
    assert captions(again, view("b"), view("a"), view("c")) == ["b look 1 all", "a look 0 all", "c look 2 all"]
    assert looker.looked == [["a", "b"], ["c"]]
    assert (again.remembered.counts.hits, again.remembered.counts.looks) == (2, 1)


def test_what_is_kept_stands_under_who_looked() -> None:
    store = Memory()
    captions(Remembering(Looker(), store), view())
    assert store.kinds == {Kind("eyes", "1")}


def test_evidence_is_made_anew_of_what_was_seen() -> None:
    remembering = Remembering(Looker(), Memory())
    captions(remembering, view(), of="hair")
    assert captions(remembering, view(), of="eyes") == ["a look 0 eyes"]


def test_duplicates_in_one_batch_are_looked_at_once() -> None:
    looker = Looker()
    first, copy = view("a", id="same", tags="x"), view("copy of a", id="same", tags="y")
    assert captions(Remembering(looker, None), first, copy) == ["a look 0 all", "copy of a look 0 all"]
    assert sum(map(len, looker.looked)) == 1


def test_without_a_store_every_batch_is_looked_at() -> None:
    looker = Looker()
    remembering = Remembering(looker, None)
    assert captions(remembering, view()) != captions(remembering, view())


HEAD = Sighting(head=(0.0, 0.0, 8.0, 8.0))
CHANGES = {
    "other pixels": (view(id="x"), view(id="y")),
    "other head": (view(sighting=HEAD), view(sighting=Sighting(head=(0.0, 0.0, 8.0, 9.0)))),
    "other body": (view(sighting=HEAD), view(sighting=replace(HEAD, body=(0.0, 0.0, 9.0, 9.0)))),
    "head is not body": (view(sighting=HEAD), view(sighting=Sighting(body=HEAD.head))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_pixels_look_again(change: str) -> None:
    before, after = CHANGES[change]
    looker, store = Looker(), Memory()
    captions(Remembering(looker, store), before)
    captions(Remembering(looker, store), after)
    assert len(looker.looked) == 2


@pytest.mark.parametrize(
    "edited", [view(tags="red hair"), view(text="red hair"), view(uri="elsewhere"), view(expected=3)]
)
def test_a_sidecar_is_nothing_to_whom_looks_at_pixels_only(edited: View) -> None:
    assert view_key(Looker(), edited) == view_key(Looker(), view())


@pytest.mark.parametrize(("kind", "edited"), [("tags", view(tags="red hair")), ("text", view(text="red hair"))])
def test_a_declared_input_counts(kind: str, edited: View) -> None:
    assert view_key(Looker("pixels", kind), edited) != view_key(Looker("pixels", kind), view())
    assert view_key(Looker(kind), replace_id(edited)) == view_key(Looker(kind), edited), "and only declared ones do"


def replace_id(of: View) -> View:
    return replace(of, sample=replace(of.sample, id="another"))


def test_tags_are_not_mistaken_for_text() -> None:
    both = Looker("tags", "text")
    assert view_key(both, view(tags="red", text=None)) != view_key(both, view(tags=None, text="red"))


@pytest.mark.parametrize("part", ["look_version", "name"])
def test_another_model_looks_again(part: str) -> None:
    looker, store = Looker(), Memory()
    captions(Remembering(looker, store), view())
    setattr(looker, part, "2")
    captions(Remembering(looker, store), view())
    assert len(looker.looked) == 2


def test_another_reading_of_the_same_look_does_not_look_again() -> None:
    looker, store = Looker(), Memory()
    captions(Remembering(looker, store), view())
    looker.version = "2"
    captions(Remembering(looker, store), view())
    assert len(looker.looked) == 1


def test_a_damaged_entry_looks_again_and_is_mended() -> None:
    looker, store = Looker(), Memory()
    captions(Remembering(looker, store), view())
    store.kept = {key: value[:-1] for key, value in store.kept.items()}
    assert captions(Remembering(looker, store), view()) == ["a look 1 all"]
    assert captions(Remembering(looker, store), view()) == ["a look 1 all"]


@pytest.mark.parametrize("surplus", [-1, 1])
def test_a_wrong_number_of_outputs_is_not_remembered(surplus: int) -> None:
    store = Memory()
    with pytest.raises(BrokenAnswerError, match=rf"gave {2 + surplus} raw outputs for 2 views"):
        Remembering(Looker(surplus=surplus), store).read([view("a"), view("b")], ())
    assert not store.kept
