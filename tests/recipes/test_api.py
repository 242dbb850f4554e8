"""`from kyara import extract`, as a person writes it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara import extract
from kyara.demo import draw_cast
from kyara.errors import SettingsError, SourceError
from kyara.flow import Input
from kyara.recipes.run import prepare
from kyara.records import Reason
from kyara.settings import load_settings
from kyara.sources import files, given


def test_one_text() -> None:
    (sample,) = extract(text="A boy with short green hair.")
    assert sample.sightings[0].value("hair_color").labels == ("green",)


def test_one_picture_in_memory_with_its_tags() -> None:
    pixels = np.full((64, 48, 3), 200, np.uint8)
    (sample,) = extract(pixels, tags="1girl, pink_hair", cache="none", extractors="tags,histogram")
    assert (sample.width, sample.height) == (48, 64)
    assert sample.sightings[0].value("hair_color").labels == ("pink",)
    assert sample.sightings[0].embeddings


def test_pil_bytes_and_array_of_one_picture_give_the_same_pixels(tmp_path: Path) -> None:
    image = Image.new("RGB", (32, 32), (10, 200, 90))
    image.save(tmp_path / "a.png")
    as_array, as_pil, as_bytes = (
        extract(given, cache="none", extractors="histogram")[0].sightings[0].embeddings[0].vector
        for given in (np.asarray(image), image, (tmp_path / "a.png").read_bytes())
    )
    assert np.array_equal(as_array, as_pil)
    assert np.array_equal(as_array, as_bytes)


def test_a_path_and_a_list_of_paths(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    assert len(extract(tmp_path, cache="none")) == 2
    assert [s.key for s in extract([tmp_path / "b.png"], cache="none")] == ["b.png"]


def test_a_broken_picture_is_a_skip_not_an_exception() -> None:
    (sample,) = extract(b"no picture", cache="none")
    assert sample.skip is not None
    assert sample.skip.reason is Reason.NOT_AN_IMAGE


def test_with_out_a_second_call_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A girl with red hair.\nA bald man.\n")
    first = extract(tmp_path / "a.txt", out=tmp_path / "out")
    again = extract(tmp_path / "a.txt", out=tmp_path / "out")
    assert (first.tally.passed, again.tally.passed) == (0, 2)
    assert list(first) == list(again)
    assert again[1].sightings[0].value("hair_length").labels == ("bald",)
    assert [seconds >= 0 for _, seconds in again.timed()] == [True, True]


def test_settings_are_those_of_the_command_line() -> None:
    (sample,) = extract(text="A girl with red hair.", min_confidence=0.99, extractors="text")
    assert not sample.sightings[0].value("hair_color").decided


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (extract, "holds nothing"),
        (lambda: extract("nowhere"), "does not exist"),
        (lambda: extract("nowhere", text="x"), "belong to one picture"),
        (lambda: extract(3.14), "no picture"),
    ],
)
def test_what_cannot_be_read_is_refused(wrong: Callable[[], object], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        wrong()


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="min_confidence"):
        extract(text="x", min_confidense=0.3)


def test_the_second_run_reads_no_picture_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SETTLES_S", 0)
    pictures, cache = tmp_path / "pictures", str(tmp_path / "cache.sqlite")
    draw_cast(pictures)
    first = list(extract(pictures, cache=cache))
    read = []
    monkeypatch.setattr(files, "read", partial(_noted, read, files.read))
    assert [s.values for x in extract(pictures, cache=cache) for s in x.sightings] == [
        s.values for x in first for s in x.sightings
    ]
    assert read
    assert not [path for path in read if path.endswith(".png")]  # the sidecars alone


def _noted(read: list[str], really: Callable[..., bytes], path: str, *limit: int) -> bytes:
    read.append(path)
    return really(path, *limit)


def test_batches_are_easy_while_the_cache_answers(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (32, 32), (10 * i, 200, 90)) for i in range(3)]
    recipe = prepare(given(*pictures, name="three"), load_settings(extractors="histogram")).recipe
    inputs = list(next(given(*pictures, name="three").shards(3)).inputs())
    told = []
    for some in (inputs[:2], inputs[:2], inputs, inputs):
        recipe(some)
        told.append(recipe.easy)
    recipe.close()
    assert told == [False, True, False, True]


def test_batches_are_not_easy_where_nobody_looks() -> None:
    source = given(Input("one", "memory:one", tags="1girl"))
    recipe = prepare(source, load_settings(extractors="tags", detectors="none")).recipe
    recipe(list(next(source.shards(1)).inputs()))
    assert not recipe.easy
