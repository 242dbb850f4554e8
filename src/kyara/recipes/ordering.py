"""In which order extractors are asked: all of them about everything, by cost upwards only while unsure, or by a policy.

With a confidence to reach, every sighting goes on to the next dearer extractor with only those attributes that are not
decided with it yet; one of which all is known goes no further. Who reads nothing but what an earlier one found to be
silent of an attribute is not asked about it. How a policy asks, leading.py tells. What a sighting is asked depends on
itself alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from threading import Lock

from kyara.flow import NOTHING, Reading, View
from kyara.fuse import Fuser
from kyara.fuse.policy.policy import Policy
from kyara.recipes.asking import Answer, Asking, Heard, is_asked
from kyara.recipes.leading import led


class Ordering:
    """Asks for batches of views. Safe to use from several threads."""

    def __init__(self, asking: Sequence[Asking], attributes: Collection[str], fuser: Fuser) -> None:
        self.asking = tuple(asking)
        self.until: float | None = None  # the confidence to reach; None: everybody is asked about everything
        self.policy: Policy | None = None  # where there is one, it decides, and `until` does not
        self.attributes = attributes
        self._fuser = fuser
        self._lock = Lock()
        self._counts = {one.extractor.name: (0, 0) for one in asking}

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        """(sightings asked about, sightings spared) so far, by extractor; empty where everybody is always asked."""
        return {} if self.until is None and self.policy is None else dict(self._counts)

    def __call__(self, views: Sequence[View]) -> list[Heard]:
        """What is heard of each view. Answers stand in the order of asking: by cost with a confidence to reach."""
        if self.policy is not None:
            heard, asked = led(self.policy, self.asking, views, self.attributes, self._fuser)
            for one in self.asking:
                self._count(one, views, asked[one.extractor.name])
            return heard
        if self.until is not None:
            return self._upwards(views, self.until)
        return [Heard(given) for given in zip(*(one(views, self.attributes) for one in self.asking), strict=True)]

    def _upwards(self, views: Sequence[View], until: float) -> list[Heard]:
        answers: list[list[Answer]] = [[] for _ in views]
        order = sorted(self.asking, key=lambda asking: asking.extractor.cost)
        for one in order:
            opened = [self._open(given, until) - _silent_for(one, order, given) for given in answers]
            places = [i for i, left in enumerate(opened) if left]
            given = one([replace(views[i], asked=opened[i]) for i in places], self.attributes)
            by_place = dict(zip(places, given, strict=True))
            for i, already in enumerate(answers):
                already.append(by_place.get(i, NOTHING))
            self._count(one, views, places)
        return [Heard(tuple(given)) for given in answers]

    def _open(self, answers: Sequence[Answer], until: float) -> frozenset[str]:
        """The attributes that these answers do not decide with the confidence to reach."""
        evidence = tuple([e for answer in answers if isinstance(answer, Reading) for e in answer.evidence])
        sure = [v.attribute for v in self._fuser(evidence) if v.decided and v.confidence >= until]
        return frozenset(self.attributes).difference(sure)

    def _count(self, one: Asking, views: Sequence[View], places: Sequence[int]) -> None:
        could = sum(is_asked(one.extractor, view) for view in views)
        did = sum(is_asked(one.extractor, views[i]) for i in places)
        with self._lock:
            asked, spared = self._counts[one.extractor.name]
            self._counts[one.extractor.name] = asked + did, spared + could - did


def _silent_for(one: Asking, order: Sequence[Asking], answers: Sequence[Answer]) -> frozenset[str]:
    """The attributes of which `one` finds nothing: those who read all that it reads spoke of none of them, and one of
    them says that there is nothing."""
    readings = [
        answer
        for other, answer in zip(order, answers, strict=False)
        if isinstance(answer, Reading) and other.extractor.inputs >= one.extractor.inputs
    ]
    spoken = {evidence.attribute for reading in readings for evidence in reading.evidence}
    return frozenset[str]().union(*(reading.silent for reading in readings)) - spoken
