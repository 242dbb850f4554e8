"""Before a run at int8: quantises every network that has no int8 of its own yet, on pictures of the very source.

Whole pictures are shown, and the boxes that came with them; detectors are not asked, for what a network meets in a crop
lies within what it meets in whole pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from kyara.errors import UnreadableImageError, WeightsError
from kyara.flow import Input, Source, View
from kyara.images import Limits
from kyara.recipes.asking import views_of
from kyara.recipes.opening import DecodeWatch, open_input
from kyara.records import Sighting
from kyara.weights import Model
from kyara.weights.quantise import FEWEST, Quantised, Row, has_int8, quantise

MOST = 300  # pictures; NNCF's own default, and its ranges move little beyond
REACH = 10_000  # inputs; the pictures are spread evenly over so many from the start, which costs a listing only
SHARD = 1000

Told = Callable[[str, int, int], None]  # (extractor, pictures shown, of how many); then minutes of arithmetic


class Feeding(Protocol):
    """An extractor with a network and the feeds that it gives it for views."""

    name: str

    @property
    def network(self) -> Model: ...
    def feeds(self, views: Sequence[View]) -> Mapping[str, NDArray[np.generic]]: ...


def calibrate(
    extractors: Sequence[object],
    source: Source,
    limits: Limits,
    folder: Path,
    told: Told,
    watch: DecodeWatch | None = None,
) -> dict[str, Quantised]:
    """What was quantised into `folder` now, by extractor, of those that have a network and no int8 of it there.

    They are best made with a runtime at full precision. Raises WeightsError where the source has too few pictures, or
    where a network does not bear int8.
    """
    lacking = [one for one in map(_feeding, extractors) if one and not has_int8(one.network.path, folder)]
    if not lacking:
        return {}
    inputs = chosen(source)
    if len(inputs) < FEWEST:
        raise WeightsError(
            f"{len(inputs)} pictures in {source.name} found; int8 is calibrated on at least {FEWEST}: run it over a "
            f"larger folder once (it is kept), or give --precision auto"
        )
    done = {}
    for one in lacking:
        done[one.name] = quantise(one.network.path, _rows(one, inputs, limits, told, watch), folder)
        one.network.unload()
    return done


def chosen(source: Source) -> list[Input]:
    """At most 300 inputs with pictures: evenly spread over the first 10,000 of a source that knows its size, else its
    first ones."""
    every = max(1, min(source.count() or 0, REACH) // MOST)
    inputs = chain.from_iterable(shard.inputs() for shard in source.shards(SHARD))
    return list(islice((item for item in islice(inputs, 0, None, every) if item.image and not item.skip), MOST))


def _feeding(extractor: object) -> Feeding | None:
    return cast("Feeding", extractor) if hasattr(type(extractor), "feeds") else None  # `network` may take an export


def _rows(
    one: Feeding, inputs: Sequence[Input], limits: Limits, told: Told, watch: DecodeWatch | None
) -> Iterator[Row]:
    """What the network is fed, row by row, for the pictures that can be read."""
    for shown, item in enumerate(inputs, 1):
        opened = open_input(item, limits, watch)
        if opened.picture is not None:
            sample = opened.sample if opened.sample.sightings else replace(opened.sample, sightings=(Sighting(),))
            try:
                feeds = one.feeds(views_of(replace(opened, sample=sample)))
            except UnreadableImageError:
                continue
            for place in range(len(next(iter(feeds.values())))):
                yield {name: feed[place : place + 1] for name, feed in feeds.items()}
        told(one.name, shown, len(inputs))
