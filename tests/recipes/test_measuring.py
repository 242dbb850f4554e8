"""Quality in the recipe: measured once and remembered, bounds make skips, extractors see what was prepared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kyara import extract
from kyara.images import Picture
from kyara.recipes.assembling import recipe_of
from kyara.records import NoteKind, Reason, Sample
from kyara.settings import Settings
from kyara.weights import Runtime

QUIET = {"detectors": "none", "cache": "none"}


@pytest.fixture
def framed(tmp_path: Path) -> Path:
    """Noise of low contrast in a black frame."""
    pixels = np.zeros((200, 160, 3), np.uint8)
    pixels[40:160, 40:120] = np.random.default_rng(3).integers(60, 160, (120, 80, 3))
    path = tmp_path / "framed.png"
    Image.fromarray(pixels).save(path)
    return path


def one(path: Path, **settings: Any) -> Sample:
    (sample,) = extract(path, **{**QUIET, "extractors": "histogram", "quality": {"measure": "auto"}, **settings})
    return sample


def test_whoever_looks_at_pixels_measures_them(framed: Path) -> None:
    quality = one(framed).quality
    assert quality is not None
    assert (quality.size_px, quality.aspect) == (160, 1.25)
    assert quality.border == pytest.approx(1 - 120 * 80 / (200 * 160), abs=0.01)
    assert len(quality.fingerprint) == 256, "of what lies within the frame"


def test_nobody_measures_unasked(framed: Path) -> None:
    assert one(framed, quality={}).quality is None


def test_tags_alone_decode_nothing(framed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Picture, "decode", lambda *_: pytest.fail("decoded"))
    framed.with_suffix(".txt").write_text("1girl")
    assert one(framed, extractors="tags").quality is None
    assert one(framed, quality={"measure": "never"}, extractors="tags").quality is None
    with pytest.raises(pytest.fail.Exception):
        one(framed, extractors="tags", quality={"measure": "always"})


def test_measuring_costs_no_decode_of_its_own(framed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decodes: list[int] = []
    decode: Callable[..., Any] = __import__("kyara.images.picture", fromlist=["decode"]).decode
    monkeypatch.setattr("kyara.images.picture.decode", lambda *given: decodes.append(1) or decode(*given))
    one(framed)
    assert len(decodes) == 1


def test_a_second_run_measures_from_memory(framed: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {**QUIET, "cache": tmp_path / "c.sqlite", "quality": {"measure": "auto"}}
    runs = [extract(framed, extractors="histogram", **asked) for _ in range(2)]
    assert [run.tally.cache["quality"] for run in runs] == [(0, 1), (1, 0)]
    assert runs[0][0].quality == runs[1][0].quality


@pytest.mark.parametrize(
    ("bound", "said"),
    [({"min_contrast": 0.9}, "contrast 0."), ({"max_aspect": 1.2}, "aspect 1.25"), ({"max_border": 0.5}, "border 0.7")],
)
def test_beyond_a_bound_a_sample_goes_no_further(framed: Path, bound: dict[str, float], said: str) -> None:
    sample = one(framed, quality=bound)
    assert sample.skip is not None
    assert (sample.skip.step, sample.skip.reason) == ("quality", Reason.LOW_QUALITY)
    assert said in sample.skip.detail
    assert sample.quality is not None
    assert one(framed, quality={name: bound[name] / 9 if name[:3] == "min" else 99 if name == "max_aspect" else 0.9
                                for name in bound}).skip is None  # fmt: skip


def test_a_broken_picture_is_skipped_once(tmp_path: Path, framed: Path) -> None:
    broken = tmp_path / "broken.png"
    data = bytearray(framed.read_bytes())
    data[len(data) // 2] ^= 0xFF
    broken.write_bytes(data)
    sample = one(broken)
    assert sample.skip is not None
    assert sample.skip.reason in (Reason.UNDECODABLE, Reason.TRUNCATED)


def test_what_was_prepared_is_noted_and_seen(framed: Path, tmp_path: Path) -> None:
    cache = tmp_path / "c.sqlite"
    plain = one(framed, cache=cache)
    seen = one(framed, cache=cache, preprocess={"trim": True, "style": True})
    assert [note.kind for note in seen.notes] == [NoteKind.TRIMMED, NoteKind.STYLE_NORMALISED]
    assert seen.notes[0].detail == "to 40 40 120 160"
    vectors = [s.sightings[0].embeddings[0].vector for s in (plain, seen)]
    assert not np.array_equal(*vectors), "not answered from what was seen unprepared"
    assert one(framed, cache=cache, preprocess={"trim": True, "style": True}).notes == seen.notes


def test_a_prepared_extractor_has_a_version_of_its_own() -> None:
    def version(**preprocess: bool) -> str:
        settings = Settings(extractors=("histogram",), cache="none", preprocess=preprocess)
        return recipe_of(settings.model_copy(update={"detectors": ()}), Runtime()).extractors[0].version

    assert len({version(), version(trim=True), version(colours=True), version(trim=True, colours=True)}) == 4
