"""Cut-out heads: a picture without a box is a head itself, whatever else the run does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from kyara.identity.gallery import Gallery
from kyara.recipes.crops import is_whole, of_crops
from kyara.recipes.enrolling import enrol
from kyara.recipes.identifying import Wish, identifying
from kyara.recipes.run import Job, prepare, run_here, run_into, source_of
from kyara.records import Sample
from kyara.settings import load_settings

Draw = Callable[..., Path]
WHOLE = (0, 0, 200, 240)


def quiet(done: int, skipped: int) -> None:
    pass


def job(source: Path, tmp_path: Path) -> Job:
    cache = str(tmp_path / "c.sqlite")
    asked = load_settings(extractors="tags,histogram", detectors="none", cache=cache, workers=1)
    return prepare(source_of([source], [], {}), asked)


@pytest.fixture
def source(tmp_path: Path, drawn: Draw) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    drawn(folder / "boxed.png", "ann")
    drawn(folder / "bare.png", "ann", boxes=False)
    drawn(folder / "two.png", "ann", boxes=False, tags="2girls")
    drawn(folder / "nobody.png", "ann", boxes=False, tags="no_humans")
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


def by_key(samples: list[Sample]) -> dict[str, Sample]:
    return {sample.key: sample for sample in samples}


def test_only_a_picture_of_one_without_a_box_is_a_head(source: Path, tmp_path: Path) -> None:
    samples = by_key(list(run_here(of_crops(job(source, tmp_path)), Event(), quiet)))
    plain = by_key(list(run_here(job(source, tmp_path), Event(), quiet)))
    heads = {key: [one.head for one in sample.sightings] for key, sample in samples.items()}
    assert heads == {key: [one.head for one in plain[key].sightings] for key in plain} | {"bare.png": [WHOLE]}
    (bare,) = samples["bare.png"].sightings
    assert bare.head == bare.body == WHOLE
    assert is_whole(samples["bare.png"], bare)
    assert not is_whole(samples["boxed.png"], samples["boxed.png"].sightings[0])
    assert {e.attribute for e in bare.evidence if e.extractor == "histogram"} == {"hair_color"}  # heads only


def test_identities_and_crops_go_together_and_into_the_same_folder_as_before(source: Path, tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "g")
    gallery.add("Ann", enrol(job(source / "boxed.png", tmp_path), None, Event(), quiet).prototypes)
    wish = Wish(threshold=0.0)
    out = tmp_path / "out"
    asked, _ = identifying(of_crops(job(source, tmp_path)), gallery.known(), wish)
    samples = by_key(list(run_into(asked, out, False, Event(), quiet)))
    (bare,) = samples["bare.png"].sightings
    assert (bare.identity, bare.head) == ("Ann", WHOLE)
    assert (out / "inflight").exists()  # the run's own watch reaches the recipe
    asked, _ = identifying(of_crops(job(source, tmp_path)), gallery.known(), wish)
    assert run_into(asked, out, False, Event(), quiet).tally.passed == 5
    plain, _ = identifying(job(source, tmp_path), gallery.known(), wish)
    assert plain.identity != asked.identity
