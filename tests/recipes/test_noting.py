"""Notes in the recipe: evidence by source, what each kind leads to, one decode, and switches that switch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kyara import extract
from kyara.noting.look import PageLooking
from kyara.records import Note, NoteKind, Reason, Sample
from kyara.settings import NoteSettings, load_settings

Posted = Callable[..., Sample]


@pytest.fixture
def post(tmp_path: Path) -> Posted:
    """Describe a grey picture with tags beside it."""
    path = tmp_path / "grey.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (120, 90)).astype(np.uint8)).convert("RGB").save(path)

    def post(tags: str, extractors: tuple[str, ...] = ("tags", "histogram"), **notes: Any) -> Sample:
        path.with_suffix(".txt").write_text(tags, encoding="utf-8")
        asked = {"detectors": ("none",), "cache": "none", "extractors": extractors}
        (sample,) = extract(tmp_path, notes=NoteSettings(**{"pixels": "auto", **notes}), **asked)
        return sample

    return post


def test_a_note_holds_its_evidence_by_source(post: Posted) -> None:
    (note,) = post("1girl, Greyscale, (monochrome:1.2), blue eyes").notes
    assert note == Note(NoteKind.MONOCHROME, "tags: greyscale, monochrome; pixels: 0.0% coloured")


def test_pixels_are_measured_only_where_somebody_looks(post: Posted) -> None:
    assert post("1girl, smile", ("tags",)).notes == ()
    assert post("1girl, smile", ("tags",), pixels="always").notes[0].detail == "pixels: 0.0% coloured"
    assert post("1girl, smile", pixels="never").notes == ()
    assert post("1girl, chibi", ("tags",), said=False).notes == ()


def test_what_is_off_stays_away_and_what_is_reviewed_is_marked(post: Posted) -> None:
    assert post("1girl, chibi", ("tags",), chibi="off").notes == ()
    found = post("2girls, rating:explicit", ("tags",), explicit="review", several_characters="review").notes
    assert found[-1] == Note(NoteKind.REVIEW, "several_characters, explicit")
    assert found[1] == Note(NoteKind.EXPLICIT, "tags: rating:explicit")


def test_an_unwanted_kind_goes_no_further(post: Posted) -> None:
    sample = post("1girl, 4koma, comic", ("tags",), comic_page="skip")
    assert sample.skip is not None
    assert (sample.skip.step, sample.skip.reason) == ("note", Reason.UNWANTED)
    assert sample.skip.detail == "comic_page: tags: 4koma, comic"
    assert sample.sightings == ()
    assert post("no_humans", ("tags",), no_character="skip").skip is not None
    assert post("1girl", ("tags",), comic_page="skip").skip is None


def test_settings_name_every_kind_that_is_told() -> None:
    told = set(NoteSettings.model_fields) - {"said", "pixels"}
    made = {"trimmed", "colours_normalised", "style_normalised", "review"}
    assert told == {kind.value for kind in NoteKind} - made


def test_notes_are_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KYARA_NOTES__CHIBI", "skip")
    assert load_settings().notes.actions == {"chibi": "skip"}


def test_a_second_run_measures_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "blank.png")
    asked: dict[str, Any] = {"detectors": ("none",), "extractors": ("histogram",), "cache": tmp_path / "raw.sqlite"}
    asked["notes"] = NoteSettings(pixels="auto")
    first = list(extract(tmp_path, **asked))
    assert {note.kind for note in first[0].notes} == {NoteKind.MONOCHROME, NoteKind.NEAR_EMPTY}

    def look(self: PageLooking, views: object) -> list[object]:
        raise AssertionError("a second look")

    monkeypatch.setattr(PageLooking, "look", look)
    assert [sample.notes for sample in extract(tmp_path, **asked)] == [first[0].notes]
    (unseen,) = extract(tmp_path, **(asked | {"cache": "none"}))
    assert [one.step for one in unseen.missed] == ["note pixels"]


def test_a_broken_picture_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (120, 90, 3)).astype(np.uint8)).save(path)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(500) + data[middle + 500 :])
    asked = {"detectors": ("none",), "extractors": ("tags",), "cache": "none"}
    (sample,) = extract(tmp_path, **asked, notes=NoteSettings(pixels="always"))
    assert sample.skip is not None
    assert sample.skip.step == "decode"
