"""Asks extractors and gathers what they answer, held to the contract of `flow.Extractor`.

Which extractors to ask, and in which order, is the recipe's business; what becomes of a failure is that of attempts.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kyara.cache.looking import Remembering
from kyara.errors import BrokenAnswerError, ExtractorError
from kyara.flow import NOTHING, Extractor, Opened, Reading, View
from kyara.recipes.attempts import Attempts
from kyara.records import Reason, Skip
from kyara.settings import FailureSettings

Answer = Reading | Skip
_ITS_FAULT = frozenset({Reason.EXTRACTOR_FAILED, Reason.TIMED_OUT, Reason.UNAVAILABLE, Reason.SWITCHED_OFF})


@dataclass(frozen=True, slots=True)
class Heard:
    """What everybody answers on one view, NOTHING where one was not asked; and the strategy to fuse it by.

    Without a `strategy` it is fused as the run is told.
    """

    answers: tuple[Answer, ...]
    strategy: str | None = None


def views_of(opened: Opened) -> list[View]:
    """One view per sighting."""
    sample = opened.sample
    return [View(sample, index, opened.picture) for index in range(len(sample.sightings))]


def is_asked(extractor: Extractor, view: View) -> bool:
    """True when the view has any of the inputs the extractor's answer depends on."""
    inputs = extractor.inputs
    return (
        ("tags" in inputs and view.tags is not None)
        or ("text" in inputs and view.text is not None)
        or ("pixels" in inputs and view.picture is not None)
    )


class Asking:
    """One extractor with the record of its failures."""

    def __init__(self, extractor: Extractor, patience: FailureSettings, alone: bool) -> None:
        """`alone`: nobody else is asked in this run, which without it would describe nothing."""
        ours = type(extractor).__module__.startswith("kyara.")  # held to the contract by their tests
        self.extractor = extractor
        risky = isinstance(extractor, Remembering) or not ours  # rules of the house neither hang nor crash
        self.attempts = Attempts(f"extract {extractor.name}", patience, risky)
        self._checks = not ours
        self._alone = alone

    def __call__(self, views: Sequence[View], attributes: Collection[str]) -> list[Answer]:
        """One answer per view, in order: NOTHING where it is not asked, a Skip where it fails on this view alone.

        An extractor that fails on all of its first batch is taken for broken: it is asked no more, or, where it is the
        only one, raises ExtractorError.
        """
        extractor, proven = self.extractor, self.attempts.breaker.proven
        asked = [i for i, view in enumerate(views) if is_asked(extractor, view)]
        answers: list[Answer] = [NOTHING] * len(views)

        def read(some: Sequence[View]) -> Sequence[Reading]:
            readings = extractor.read(some, attributes)
            if self._checks:
                _check(readings, len(some), attributes)
            if some[0].asked is None:
                return readings
            return [_only(reading, view.asked or ()) for view, reading in zip(some, readings, strict=True)]

        given = self.attempts(read, [views[i] for i in asked])
        for i, answer in zip(asked, given, strict=True):
            answers[i] = answer
        if not proven and len(given) > 1:
            self._see_broken(given)
        return answers

    def _see_broken(self, given: Sequence[Answer]) -> None:
        faults = [one for one in given if isinstance(one, Skip) and one.reason in _ITS_FAULT]
        if self.attempts.breaker.proven or len(faults) < len(given) or self.attempts.breaker.state == "off":
            return
        fault = f"it failed on all {len(given)} samples of its first batch: {faults[0].detail}"
        if self._alone:
            raise ExtractorError(
                f"extractor {self.extractor.name!r}: {fault}; correct it, or leave it out of --extractors"
            )
        self.attempts.give_up(fault)


def _only(reading: Reading, asked: Collection[str]) -> Reading:
    """`reading` with the evidence that was asked for: another view's questions must not show."""
    kept = tuple([evidence for evidence in reading.evidence if evidence.attribute in asked])
    return reading if len(kept) == len(reading.evidence) else replace(reading, evidence=kept)


def _check(readings: object, count: int, attributes: Collection[str]) -> None:
    """Raises BrokenAnswerError where an extractor breaks its contract (flow.Extractor)."""
    if not isinstance(readings, list | tuple) or not all(isinstance(reading, Reading) for reading in readings):
        raise BrokenAnswerError(f"gave {type(readings).__name__} {readings!r:.80}; a list of Reading is expected")
    if len(readings) != count:
        raise BrokenAnswerError(f"gave {len(readings)} readings for {count} views; one each is expected")
    for reading in readings:
        for evidence in reading.evidence:
            if evidence.attribute not in attributes:
                raise BrokenAnswerError(f"gave evidence for {evidence.attribute!r}, which was not asked")
            if not all(0 <= p <= 1 for _, p in evidence.scores):  # NaN is in no range
                raise BrokenAnswerError(f"gave {evidence.attribute} scores {evidence.scores!r:.80}; 0 to 1 is expected")
        for embedding in reading.embeddings:
            vector = np.asarray(embedding.vector)
            if vector.ndim != 1 or not np.isfinite(vector).all():
                raise BrokenAnswerError(f"gave an embedding {embedding.space!r} of shape {vector.shape} or not finite")
