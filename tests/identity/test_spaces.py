"""Spaces: which is best, whose it is, and that the shipped figures are what the data says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from kyara.extractors.histogram import HistogramExtractor
from kyara.flow import View
from kyara.identity.spaces import best, owner, shipped, shipped_from, spaces
from kyara.images import Limits, Picture, probe
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary

HELD_OUT = Path(__file__).parents[2] / "benchmarks" / "data" / "builtin" / "faces_heldout.csv"


def test_the_best_space_is_the_first_that_covers_half() -> None:
    assert best({"histogram": 10, "clip": 10, "builtin": 10, "mine": 10}, 10) == "builtin"
    assert best({"histogram": 10, "clip": 10, "builtin": 4}, 10) == "clip"
    assert best({"mine": 9, "histogram": 5}, 10) == "histogram"
    assert best({"builtin": 1, "mine": 3}, 10) == "mine"
    assert best({}, 0) is None


def test_a_space_belongs_to_the_extractor_it_is_named_after() -> None:
    assert owner("clip-head", ["clip", "tagger"]) == "clip"
    assert owner("clip-head", ["clip", "clip-head"]) == "clip-head"
    assert owner("clipped", ["clip"]) is None


def test_every_space_says_what_it_is_about_and_ships_both_figures_or_none() -> None:
    for space, facts in spaces().items():
        assert facts["about"]
        assert (shipped(space) is None) == ("far_1_percent" not in facts)
    assert shipped_from({"far_1_percent": 0.5}) is None
    assert shipped("mine") is None


def test_the_figures_of_histogram_are_those_of_random_faces(shared_data: Callable[[str], Path]) -> None:
    with HELD_OUT.open(encoding="utf-8") as lines:
        held_out = {row["id"] for row in csv.DictReader(lines)}
    rows = pq.read_table(shared_data("faces_hair_eye.parquet"), columns=["id", "image"]).to_pylist()
    rows = [row for row in rows if str(row["id"]) not in held_out]
    chosen = np.random.default_rng(4).permutation(len(rows))[:1200]
    extractor = HistogramExtractor(load_vocabulary())
    vectors = np.stack([extractor.look([_view(rows[i]["image"])])[0]["embedding"] for i in chosen]).astype(np.float64)
    cosines = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    figures = shipped("histogram")
    assert figures is not None
    assert figures.at_1pct == pytest.approx(np.quantile(cosines, 0.99), abs=0.01)
    assert figures.at_01pct == pytest.approx(np.quantile(cosines, 0.999), abs=0.01)


def _view(image: object) -> View:
    data = image["bytes"] if isinstance(image, dict) else image
    assert isinstance(data, bytes)
    with Image.open(io.BytesIO(data)) as opened:
        width, height = opened.size
    sample = Sample("x", "x", "x", width, height, sightings=(Sighting(),))
    return View(sample, 0, Picture(data, probe(data, Limits()), Limits(), None))
