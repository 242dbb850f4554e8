"""Identities in results: the main job with one more step, whatever the space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyara.errors import OutputError
from kyara.identity.gallery import Gallery, Known, Prototype, Reference
from kyara.identity.hints import Opinion
from kyara.identity.journal import GalleryError
from kyara.identity.matching import Prototypes
from kyara.identity.threshold import Threshold
from kyara.recipes.enrolling import enrol
from kyara.recipes.identifying import Identification, Wish, identifying, looks_of, shipped_with
from kyara.recipes.run import Job, Result, prepare, run_here, run_into, source_of
from kyara.records import Embedding, Sample, Sighting
from kyara.settings import load_settings

Draw = Callable[..., Path]
GIVEN = Wish(threshold=0.9)


def job(source: Path, cache: Path, extractors: str = "tags,histogram") -> Job:
    asked = load_settings(extractors=extractors, detectors="none", cache=str(cache), workers=1)
    return prepare(source_of([source], [], {}), asked)


def quiet(done: int, skipped: int) -> None:
    pass


@pytest.fixture
def source(tmp_path: Path, drawn: Draw) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    drawn(folder / "a1.png", "ann")
    drawn(folder / "a2.png", "ann", tags="1girl, 1other, ann_(block), bea_(block), block")
    drawn(folder / "ab.png", "bea", "ann")
    drawn(folder / "aa.png", "ann", "ann")
    drawn(folder / "c.png", "cid", tags="1boy, cid_(block), block")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "words.txt").write_text("1girl")
    return folder


@pytest.fixture
def gallery(tmp_path: Path, drawn: Draw) -> Gallery:
    known = tmp_path / "known"
    known.mkdir()
    store = Gallery(tmp_path / "gallery")
    for name in ("ann", "bea"):
        found = enrol(job(drawn(known / f"{name}.png", name), tmp_path / "c.sqlite"), None, Event(), quiet)
        store.add(name, found.prototypes)
    return store


def run(source: Path, known: Known, wish: Wish, tmp_path: Path, out: str = "out") -> Result:
    asked, _ = identifying(job(source, tmp_path / "c.sqlite"), known, wish)
    return run_into(asked, tmp_path / out, False, Event(), quiet)


def names(result: Result) -> dict[str, list[str | None]]:
    return {sample.key: [sighting.identity for sighting in sample.sightings] for sample in result}


def test_identities_land_in_the_results(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    result = run(source, gallery.known(), GIVEN, tmp_path)
    found = names(result)
    assert found["a1.png"] == found["a2.png"] == ["ann"]
    assert found["ab.png"] == ["bea", "ann"]
    assert sorted(found["aa.png"], key=str) == [None, "ann"]  # twice in one picture: one of them is somebody else
    assert found["c.png"] == [None]
    assert found["broken.png"] == []
    skipped = next(sample for sample in result if sample.key == "broken.png")
    assert skipped.skip is not None


def test_the_second_run_looks_at_nothing_and_a_changed_gallery_looks_at_nothing_either(
    source: Path, gallery: Gallery, tmp_path: Path
) -> None:
    first = run(source, gallery.known(), GIVEN, tmp_path)
    assert run(source, gallery.known(), GIVEN, tmp_path).tally.passed == len(first)
    gallery.remove("ann")
    changed = run(source, gallery.known(), GIVEN, tmp_path, out="other")
    assert changed.tally.cache["histogram"][1] == 0
    assert names(changed)["ab.png"] == ["bea", None]
    gallery.undo()
    again = run(source, gallery.known(), GIVEN, tmp_path)
    assert again.tally.passed == len(first)


def test_a_result_with_other_identities_is_not_overwritten(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    run(source, gallery.known(), GIVEN, tmp_path)
    gallery.remove("ann")
    with pytest.raises(OutputError, match=r"identities was .*--force"):
        run(source, gallery.known(), GIVEN, tmp_path)


def test_matches_tell_the_nearest_and_what_the_tags_say(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    asked, step = identifying(job(source, tmp_path / "c.sqlite"), gallery.known(), GIVEN)
    samples = {sample.key: sample for sample in run_here(asked, Event(), quiet)}
    (agreed,) = step.matches(samples["a2.png"])
    assert (agreed.identity, agreed.opinion) == ("ann", Opinion.AGREES)
    assert agreed.similarity == pytest.approx(1, abs=0.05)
    (hinted,) = step.matches(samples["c.png"])
    assert (hinted.identity, hinted.opinion) == (None, Opinion.HINT_ONLY)
    assert hinted.nearest in ("ann", "bea")
    assert hinted.similarity < 0.9


def test_an_empty_gallery_and_a_space_that_is_not_there(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    plain = job(source, tmp_path / "c.sqlite")
    with pytest.raises(GalleryError, match="empty; kyara gallery add"):
        identifying(plain, Gallery(tmp_path / "none").known(), Wish())
    with pytest.raises(GalleryError, match="nothing in space 'clip'; choose one of histogram"):
        identifying(plain, gallery.known(), Wish("clip"))
    with pytest.raises(GalleryError, match="extractors of this run make none"):
        identifying(job(source, tmp_path / "c.sqlite", "tags"), gallery.known(), Wish())
    with pytest.raises(GalleryError, match="no extractor of this run makes space 'histogram'"):
        identifying(job(source, tmp_path / "c.sqlite", "tags"), gallery.known(), Wish("histogram"))


def test_what_another_network_enrolled_is_refused_with_the_next_step(
    source: Path, gallery: Gallery, tmp_path: Path
) -> None:
    known = gallery.known()
    aged = {name: tuple(map(_aged, some)) for name, some in known.identities.items()}
    with pytest.raises(GalleryError, match=r"2 of 2 pictures .* by another histogram \(0\.9; .*gallery renew"):
        identifying(job(source, tmp_path / "c.sqlite"), replace(known, identities=aged), Wish())


def _aged(prototype: Prototype) -> Prototype:
    return replace(prototype, references=tuple(replace(r, look="0.9") for r in prototype.references))


def test_a_small_gallery_borrows_the_threshold_of_its_space(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    _, step = identifying(job(source, tmp_path / "c.sqlite"), gallery.known(), Wish())
    shipped = shipped_with("histogram")
    assert shipped is not None
    assert step.space == "histogram"
    assert shipped.at_1pct < step.threshold.value < 1
    assert shipped.measured_on in step.threshold.basis


def test_looks_are_those_of_what_sees(tmp_path: Path, source: Path) -> None:
    looks = looks_of(job(source, tmp_path / "c.sqlite").recipe.extractors)
    assert list(looks) == ["histogram"]
    assert looks["histogram"].startswith("2 pillow")


Vectors = st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=6)


@settings(deadline=None, max_examples=60)
@given(Vectors, st.floats(0.1, 1.0), st.integers(1, 4))
def test_no_two_sightings_of_a_sample_get_one_identity(
    seen: list[tuple[int, bool]], threshold: float, names: int
) -> None:
    rng = np.random.default_rng(0)
    known = Prototypes({f"n{i}": list(rng.normal(size=(2, 8))) for i in range(names)})
    step = Identification("builtin", known, Threshold(threshold, None, "", 0, 0))
    vectors = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)
    vectors[:names] = known._matrix[::2]
    sightings = tuple(
        Sighting(head=(i, 0.0, i + 1.0, 1.0) if boxed else None, embeddings=(Embedding("builtin", vectors[v]),))
        for i, (v, boxed) in enumerate(seen)
    )
    sample = Sample("k", "i", "u", 9, 9, sightings=sightings)
    identities = [sighting.identity for sighting in step(sample).sightings]
    named = [identity for identity in identities if identity is not None]
    assert len(set(named)) == len(named)
    assert sum(not boxed and one is not None for (_, boxed), one in zip(seen, identities, strict=True)) <= 1
    for match in step.matches(sample):
        assert match.identity is None or match.similarity >= threshold


def test_a_sighting_without_the_embedding_stays_unknown() -> None:
    step = Identification("builtin", Prototypes({"a": [np.ones(2)]}), Threshold(0.5, None, "", 0, 0))
    other = Sighting(embeddings=(Embedding("clip", np.ones(2, np.float32)),), hints=("a",))
    broken = Sighting(embeddings=(Embedding("builtin", np.full(2, np.nan, np.float32)),))
    sample = Sample("k", "i", "u", sightings=(other, broken))
    assert step(sample) is sample
    assert [(m.nearest, m.similarity, m.opinion) for m in step.matches(sample)] == [
        (None, None, Opinion.HINT_ONLY),
        (None, None, Opinion.SILENT),
    ]


def test_the_best_space_of_a_gallery_is_one_this_run_makes(source: Path, gallery: Gallery, tmp_path: Path) -> None:
    known = gallery.known()
    extra = {
        name: tuple(
            replace(p, references=(*p.references, Reference("builtin", "1", np.ones(3, np.float32)))) for p in some
        )
        for name, some in known.identities.items()
    }
    _, step = identifying(job(source, tmp_path / "c.sqlite"), replace(known, identities=extra), Wish())
    assert step.space == "histogram"
