"""Asks extractors and gathers what they answer; a failure costs the one sample it belongs to.

Any exception of a batch (a broken picture, memory, a bug) halves the batch and goes on, down to the single sample
that fails alone; a KyaraError (no disk, a missing extra, a broken contract) is about the run and stops it. Which
extractors to ask, and in which order, is the recipe's business.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from threading import Event
from typing import TypeVar

from kyara.errors import ExtractorError, KyaraError, UnreadableImageError
from kyara.flow import NOTHING, Extractor, Opened, Reading, View
from kyara.records import Reason, Skip

Answer = Reading | Skip
T = TypeVar("T")


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


def ask(extractor: Extractor, views: Sequence[View], attributes: Collection[str], proven: Event) -> list[Answer]:
    """One answer per view, in order: NOTHING where it is not asked, a Skip where it fails on this view alone.

    `proven` is set once the extractor has answered anything in this run. Until then, failing on a whole batch is
    taken for a broken extractor, not for broken samples: raises ExtractorError.
    """
    asked = [i for i, view in enumerate(views) if is_asked(extractor, view)]
    answers: list[Answer] = [NOTHING] * len(views)

    def read(some: Sequence[View]) -> Sequence[Reading]:
        return _checked(extractor.read(some, attributes), extractor, len(some))

    for i, answer in zip(asked, attempt(f"extract {extractor.name}", read, [views[i] for i in asked]), strict=True):
        answers[i] = answer
    given = [answers[i] for i in asked]
    if any(isinstance(answer, Reading) for answer in given):
        proven.set()
    elif len(given) > 1 and not proven.is_set():
        faults = [a for a in given if isinstance(a, Skip) and a.reason is Reason.EXTRACTOR_FAILED]
        if len(faults) == len(given):
            raise ExtractorError(
                f"extractor {extractor.name!r} failed on all {len(given)} samples of its first batch: "
                f"{faults[0].detail}; correct it, or leave it out of --extractors"
            )
    return answers


def attempt(step: str, call: Callable[[Sequence[View]], Sequence[T]], views: Sequence[View]) -> list[T | Skip]:
    """What `call` gives for each view, in order; a view on which it fails alone is a Skip at `step`."""
    if not views:
        return []
    try:
        return list(call(views))
    except KyaraError:
        raise
    except Exception as error:
        if len(views) == 1:
            return [_skip(step, error)]
    half = len(views) // 2  # outside `except`, whose traceback holds the memory that may be short
    return [*attempt(step, call, views[:half]), *attempt(step, call, views[half:])]


def _checked(readings: object, extractor: Extractor, count: int) -> Sequence[Reading]:
    if not isinstance(readings, list | tuple) or not all(isinstance(reading, Reading) for reading in readings):
        said = f"{type(readings).__name__} {readings!r:.80}"
        raise ExtractorError(f"extractor {extractor.name!r} gave {said}; a list of Reading is expected")
    if len(readings) != count:
        raise ExtractorError(
            f"extractor {extractor.name!r} gave {len(readings)} readings for {count} views; one each is expected"
        )
    return readings


def _skip(step: str, error: Exception) -> Skip:
    if isinstance(error, UnreadableImageError):
        return Skip("decode", Reason(error.reason), error.detail)
    if isinstance(error, MemoryError):
        return Skip(step, Reason.OUT_OF_MEMORY, "not enough memory for this sample alone")
    said = str(error).encode("utf-8", "replace").decode()  # results hold valid UTF-8 only
    return Skip(step, Reason.EXTRACTOR_FAILED, f"{type(error).__name__}: {said:.300}")
