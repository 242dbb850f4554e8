"""The head detector that ships: on the drawn cast, whose boxes are known, and never by precision other than f32."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kyara.demo import draw_cast
from kyara.detect.builtin import builtin_heads
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.records import Box, Sample, Sighting
from kyara.sources import open_source
from kyara.weights import Runtime


def overlap(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0.0) * max(height, 0.0)
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return common / (sum(areas) - common)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Sequence[tuple[View, list[Box]]]:
    """Every picture of the cast that comes with boxes, and its heads."""
    folder = draw_cast(tmp_path_factory.mktemp("cast"))
    views = []
    for shard in open_source(str(folder)).shards(100):
        for item in shard.inputs():
            if heads := [sighting.head for sighting in item.sightings if sighting.head]:
                data = item.image()
                header = probe(data, Limits())
                whole = Sample(item.key, "i", "u", header.width, header.height, sightings=(Sighting(),))
                views.append((View(whole, 0, Picture(data, header, Limits())), heads))
    return views


def test_most_heads_of_the_cast_are_found(cast: Sequence[tuple[View, list[Box]]]) -> None:
    detector = builtin_heads(Runtime())
    wanted = found = 0
    for view, heads in cast:
        (raw,) = detector.look([view])
        seen = [detection.box for detection in detector.detections(raw)]
        wanted += len(heads)
        found += sum(any(overlap(head, box) >= 0.5 for box in seen) for head in heads)
    assert wanted >= 20
    assert found >= 0.8 * wanted


def test_it_always_runs_at_full_precision() -> None:
    int8 = replace(Runtime(), precision="int8")
    assert builtin_heads(int8).version == builtin_heads(Runtime()).version
