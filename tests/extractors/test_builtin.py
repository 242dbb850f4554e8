"""The network that ships: fed as it was trained, honest about headless sightings, the same whatever its neighbours."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow.parquet as pq
import pytest
from PIL import Image

from kyara.extractors.builtin import BuiltinExtractor, squared
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.records import Box, Sample, Sighting
from kyara.vocabulary import load_vocabulary
from kyara.weights import BUILTIN, Runtime, find

NAMES = ("hair_color", "eye_color")


@pytest.fixture(scope="module")
def extractor() -> BuiltinExtractor:
    return BuiltinExtractor(load_vocabulary(), find(BUILTIN), Runtime())


def view(image: Image.Image, head: Box | None) -> View:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    data = buffer.getvalue()
    sample = Sample("k", "i", "u", *image.size, sightings=(Sighting(head=head),))
    return View(sample, 0, Picture(data, probe(data, Limits()), Limits()))


def noise(seed: int, width: int = 96, height: int = 96) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def test_a_head_is_fed_as_a_normalised_square_and_read_by_the_temperatures(extractor: BuiltinExtractor) -> None:
    picture = noise(1)
    pixels = (np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255 - 0.5) / 0.5
    folder = find(BUILTIN).folder
    hair, eyes, embedding = onnxruntime.InferenceSession(folder / "faces.onnx").run(None, {"pixel_values": pixels})
    one = view(picture, (0.0, 0.0, 96.0, 96.0))
    (raw,) = extractor.look([one])
    for name, logits in zip(NAMES, (hair, eyes), strict=True):
        assert raw[name] == pytest.approx(logits[0], abs=1e-4)
    reading = extractor.interpret(one, raw, NAMES)
    (found,) = reading.embeddings
    assert found.space == "builtin"
    assert found.vector == pytest.approx(embedding[0], abs=1e-5)
    assert np.linalg.norm(found.vector) == pytest.approx(1.0, abs=1e-4)
    table = tomllib.loads((folder / "faces.toml").read_text("utf-8"))
    for evidence, logits in zip(reading.evidence, (hair, eyes), strict=True):
        part = table[evidence.attribute]
        mass = np.exp(logits[0].astype(np.float64) / part["temperature"])
        chances = dict(zip(part["labels"], mass / mass.sum(), strict=True))
        assert dict(evidence.scores) == pytest.approx({x: p for x, p in chances.items() if p >= 0.01}, abs=2e-4)
        assert list(evidence.scores) == sorted(evidence.scores, key=lambda pair: (-pair[1], pair[0]))


def test_other_colours_order_or_scale_are_another_answer(extractor: BuiltinExtractor) -> None:
    picture = noise(2)
    box = (0.0, 0.0, 96.0, 96.0)
    (right,) = extractor.look([view(picture, box)])
    (swapped,) = extractor.look([view(Image.fromarray(np.asarray(picture)[:, :, ::-1]), box)])
    assert np.abs(right["hair_color"] - swapped["hair_color"]).max() > 1e-3


def test_a_sighting_without_a_head_gets_nothing(extractor: BuiltinExtractor) -> None:
    one = view(noise(3), None)
    (raw,) = extractor.look([one])
    reading = extractor.interpret(one, raw, NAMES)
    assert (reading.evidence, reading.embeddings) == ((), ())


def test_the_answer_does_not_depend_on_neighbours(extractor: BuiltinExtractor) -> None:
    box = (10.0, 5.0, 90.0, 80.0)
    views = [view(noise(seed), None if seed == 4 else box) for seed in range(40)]
    together = extractor.look(views)
    for i in (0, 3, 39):
        (alone,) = extractor.look([views[i]])
        assert together[i]["embedding"] == pytest.approx(alone["embedding"], abs=1e-5)
    assert together[4]["embedding"].size == 0


def test_only_what_is_asked_for_and_known_is_said() -> None:
    vocabulary = load_vocabulary()
    hair = vocabulary["hair_color"]
    few = replace(hair, labels=tuple(label for label in hair.labels if label.name in ("black", "blonde")))
    extractor = BuiltinExtractor(replace(vocabulary, attributes=(few,)), find(BUILTIN), Runtime())
    one = view(noise(5), (0.0, 0.0, 96.0, 96.0))
    (raw,) = extractor.look([one])
    (evidence,) = extractor.interpret(one, raw, NAMES).evidence
    assert {label for label, _ in evidence.scores} <= {"black", "blonde"}
    assert extractor.interpret(one, raw, ("eye_color",)).evidence == ()
    assert extractor.version != BuiltinExtractor(vocabulary, find(BUILTIN), Runtime()).version


@pytest.mark.parametrize(
    ("box", "wanted"),
    [((0, 0, 10, 10), (0, 0, 10, 10)), ((0, 0, 10, 20), (-5, 0, 15, 20)), ((4, 4, 8, 6), (4, 3, 8, 7))],
)
def test_the_square_holds_the_box(box: Box, wanted: Box) -> None:
    assert squared(box) == wanted


def test_it_sees_colours_of_real_heads(extractor: BuiltinExtractor, shared_data: Callable[[str], Path]) -> None:
    rows = pq.read_table(shared_data("faces_hair_eye.parquet")).to_pylist()
    rows = [row for row in rows if row["hair_color"] and row["eye_color"]][:200]
    views = [view(Image.open(io.BytesIO(row["image"])).convert("RGB"), (0.0, 0.0, 96.0, 96.0)) for row in rows]
    readings = [extractor.interpret(v, raw, NAMES) for v, raw in zip(views, extractor.look(views), strict=True)]
    for place, name in enumerate(NAMES):
        right = sum(r.evidence[place].scores[0][0] == row[name] for r, row in zip(readings, rows, strict=True))
        assert right >= 0.65 * len(rows)  # chance is a fifth; benchmarks/builtin_attributes.py has the figures
