"""Who costs by what is asked: only open attributes are looked for, and each is remembered on its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from kyara.cache.looking import Remembering, view_key
from kyara.flow import Asker, Raw, Reading, View
from kyara.records import Evidence, Sample, Sighting

ALL = ("gender", "hair_color", "age")


class Memory:
    """A Store of a dictionary, whatever else its calls bring along."""

    def __init__(self) -> None:
        self.entries: dict[bytes, bytes] = {}

    def get(self, *given):
        return {key: self.entries[key] for key in given[-1] if key in self.entries}

    def put(self, *given) -> None:
        self.entries.update(given[-1])

    def close(self) -> None:
        pass


class Judge:
    """Says of each attribute how long the text is, and notes what it was asked."""

    name, version, look_version = "judge", "1", "1"
    inputs = frozenset({"text"})
    batch_size, cost = 8, 1.0

    def __init__(self, **questions: str) -> None:
        self.questions = questions
        self.looked: list[tuple[str, list[str]]] = []

    def question(self, attribute: str) -> str:
        return self.questions.get(attribute, "")

    def look(self, views: Sequence[View]) -> list[Raw]:
        self.looked += [(view.text or "", sorted(view.asked or ALL)) for view in views]
        return [{name: np.array([len(view.text or "")]) for name in view.asked or ALL} for view in views]

    def interpret(self, view: View, raw: Raw, attributes: Collection[str]) -> Reading:
        scores = {name: float(array[0]) / 100 for name, array in raw.items() if name in attributes}
        return Reading(tuple(Evidence.of(self, name, {"some": score}) for name, score in scores.items()))


def view(text: str, *asked: str) -> View:
    return View(Sample(text, text, "", text=text, sightings=(Sighting(),)), 0, asked=frozenset(asked) or None)


def attributes_of(reading: Reading) -> list[str]:
    return [evidence.attribute for evidence in reading.evidence]


def test_only_what_is_open_is_looked_for_one_attribute_a_view() -> None:
    judge = Judge()
    assert isinstance(judge, Asker)
    readings = Remembering(judge, None).read([view("one", "gender", "age"), view("three", "age")], ALL)
    assert [attributes_of(reading) for reading in readings] == [["gender", "age"], ["age"]]
    assert readings[1].evidence[0].scores == (("some", 0.05),)
    assert judge.looked == [("one", ["gender"]), ("one", ["age"]), ("three", ["age"])]


def test_without_a_word_of_what_is_open_all_is() -> None:
    (reading,) = Remembering(Judge(), None).read([view("one")], ALL)
    assert attributes_of(reading) == list(ALL)


def test_what_was_asked_before_is_not_asked_again() -> None:
    memory, judge = Memory(), Judge()
    Remembering(judge, memory).read([view("one", "gender")], ALL)
    judge.looked.clear()
    remembering = Remembering(judge, memory)
    (reading,) = remembering.read([view("one", "gender", "age")], ALL)
    assert attributes_of(reading) == ["gender", "age"]
    assert judge.looked == [("one", ["age"])]
    assert (remembering.remembered.counts.hits, remembering.remembered.counts.looks) == (1, 1)


def test_a_changed_question_is_asked_again_alone() -> None:
    memory = Memory()
    Remembering(Judge(), memory).read([view("one")], ALL)
    changed = Judge(age="other labels")
    Remembering(changed, memory).read([view("one")], ALL)
    assert changed.looked == [("one", ["age"])]


def test_equal_texts_are_looked_at_once() -> None:
    judge = Judge()
    first = view("one", "age")
    Remembering(judge, None).read([first, replace(first, sample=replace(first.sample, key="other"))], ALL)
    assert judge.looked == [("one", ["age"])]


def test_what_is_open_is_nothing_to_other_lookers() -> None:
    class Plain(Judge):
        question = None

    assert view_key(Plain(), view("one", "age")) == view_key(Plain(), view("one"))
    assert view_key(Judge(), view("one", "age")) != view_key(Judge(), view("one", "gender"))
