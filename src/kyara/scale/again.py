"""Which samples of a finished shard are described again, and only those: the others stay as they are.

`missing` are the samples that somebody could not be asked about; a reason's name are those it was given for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rapidfuzz import process

from kyara.errors import SettingsError
from kyara.flow import Input, Shard
from kyara.records import Reason, Sample

MISSING = "missing"
_FAILURES = frozenset(
    {
        Reason.EXTRACTOR_FAILED,
        Reason.EXTRACTOR_DIED,
        Reason.TIMED_OUT,
        Reason.UNAVAILABLE,
        Reason.SWITCHED_OFF,
        Reason.OUT_OF_MEMORY,
    }
)


def reasons_of(words: Collection[str]) -> tuple[str, ...]:
    """The reasons these words stand for, sorted. Raises SettingsError for another word."""
    known = [MISSING, *(reason.value for reason in Reason)]
    for word in words:
        if word not in known:
            near = process.extractOne(word, known)[0]
            raise SettingsError(
                f"--again {word!r} found; did you mean {near!r}? It takes {MISSING} or reasons of skips"
            )
    reasons = {reason.value for reason in _FAILURES} if MISSING in words else set()
    return tuple(sorted(reasons | set(words) - {MISSING}))


def is_wanted(sample: Sample, again: Collection[str]) -> bool:
    """True where one of these reasons was given for a skip of the sample, or for what it misses."""
    given = sample.missed if sample.skip is None else (*sample.missed, sample.skip)
    return any(skip.reason in again for skip in given)


def has_wanted(mark: Mapping[str, Any], again: Collection[str]) -> bool:
    """True where the shard of this done-mark has such a sample."""
    return bool(again) and any(
        reason in again for reason in (*mark["skips"], *(key.rpartition(" ")[2] for key in mark["missed"]))
    )


def wanted_of(shard: Shard, before: Sequence[Sample], again: Collection[str]) -> tuple[Shard, list[int]]:
    """The shard with only the inputs that are described again, and their places among all."""
    places = [i for i, sample in enumerate(before) if is_wanted(sample, again)]
    return Shard(shard.index, shard.fingerprint, len(places), partial(_picked, shard, frozenset(places))), places


def _picked(shard: Shard, places: Collection[int]) -> Iterator[Input]:
    return (item for i, item in enumerate(shard.inputs()) if i in places)
