"""`from kyara import describe_as`: a function from inputs to samples, for the loops of other libraries.

It travels to other processes as its settings alone; each makes the recipe at its first call. Knows no source.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from kyara.flow import Input
from kyara.recipes.extract import Recipe
from kyara.recipes.run import Job, prepare
from kyara.records import Sample
from kyara.settings import load_settings
from kyara.sources import given


@dataclass(frozen=True, slots=True)
class Describing:
    """What `extract` does, for inputs somebody else brings. Equal ones give equal answers: it may be cached by value.

    `asked` are the settings as JSON, `identity` who answers: versions of extractors, vocabulary, fusion.
    """

    asked: bytes
    identity: bytes

    def __call__(self, inputs: Sequence[Input]) -> list[Sample]:
        """The described samples, in order; a bad input has a `skip`."""
        recipe = _recipe(self.asked, os.getpid())
        size = recipe.batch_size
        return [sample for start in range(0, len(inputs), size) for sample in recipe(inputs[start : start + size])]


def describe_as(**settings: Any) -> Describing:
    """A function that describes inputs with these settings, which are those of `extract`. Raises KyaraError."""
    asked = orjson.dumps(settings, default=str, option=orjson.OPT_SORT_KEYS)
    job = _job(asked)
    job.recipe.close()
    return Describing(asked, orjson.dumps(dict(job.identity), option=orjson.OPT_SORT_KEYS))


def _job(asked: bytes) -> Job:
    return prepare(given("", name="rows"), load_settings(**orjson.loads(asked)), workers=1)


@lru_cache(maxsize=1)
def _recipe(asked: bytes, process: int) -> Recipe:
    """One a process: a child made by fork may not use its parent's cache and networks."""
    return _job(asked).recipe
