"""Asks extractors and gathers what they answer; a failure costs the one sample it belongs to.

Any exception of a batch (a broken picture, memory, a bug) halves the batch and goes on, down to the single sample
that fails alone. Which extractors to ask, and in which order, is the recipe's business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import Event

from kyara.errors import KyaraError, UnreadableImageError
from kyara.flow import NOTHING, Extractor, Opened, Reading, View
from kyara.records import Reason, Skip

Answer = Reading | Skip


class ExtractorError(KyaraError):
    """An extractor that breaks its contract, or fails on everything it is asked."""


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
    for i, answer in zip(asked, _read(extractor, [views[i] for i in asked], attributes), strict=True):
        answers[i] = answer
    given = [answers[i] for i in asked]
    if any(isinstance(answer, Reading) for answer in given):
        proven.set()
    elif given and not proven.is_set():
        faults = [a for a in given if isinstance(a, Skip) and a.reason is Reason.EXTRACTOR_FAILED]
        if len(faults) == len(given):
            raise ExtractorError(
                f"extractor {extractor.name!r} failed on all {len(given)} samples of its first batch: "
                f"{faults[0].detail}; correct it, or leave it out of --extractors"
            )
    return answers


def _read(extractor: Extractor, views: Sequence[View], attributes: Collection[str]) -> Sequence[Answer]:
    if not views:
        return []
    try:
        readings = extractor.read(views, attributes)
    except ExtractorError:
        raise
    except Exception as error:
        if len(views) > 1:
            half = len(views) // 2
            return [*_read(extractor, views[:half], attributes), *_read(extractor, views[half:], attributes)]
        return [_skip(extractor, error)]
    if len(readings) != len(views):
        raise ExtractorError(
            f"extractor {extractor.name!r} gave {len(readings)} readings for {len(views)} views; one each is expected"
        )
    return readings


def _skip(extractor: Extractor, error: Exception) -> Skip:
    step = f"extract {extractor.name}"
    if isinstance(error, UnreadableImageError):
        return Skip("decode", Reason(error.reason), error.detail)
    if isinstance(error, MemoryError):
        return Skip(step, Reason.OUT_OF_MEMORY, "not enough memory for this sample alone")
    return Skip(step, Reason.EXTRACTOR_FAILED, f"{type(error).__name__}: {error}")
