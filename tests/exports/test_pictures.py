"""Pictures are handed on byte for byte; what trainers would misread is written anew; parts are cut where they are."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kyara.exports.originals import LeftOutError, original
from kyara.exports.pictures import Cut, Names, as_sample, cuts, encoded
from kyara.images import Limits
from kyara.records import Sample, Sighting

LIMITS = Limits()
LEFT, RIGHT = (10.0, 20.0, 40.0, 60.0), (50.0, 20.0, 90.0, 60.0)


def stored(path: Path, sightings: tuple[Sighting, ...] = (), **how: object) -> Sample:
    """A picture of 100 x 80: red, and blue in the box LEFT."""
    image = Image.new("RGB", (100, 80), (200, 30, 30))
    image.paste((30, 30, 200), (10, 20, 40, 60))
    image.save(path, **how)
    return Sample(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.as_uri(), 100, 80, sightings=sightings)


def opened(cut: Cut) -> Image.Image:
    return Image.open(io.BytesIO(encoded(cut, LIMITS, original).data))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp"])
def test_a_whole_picture_keeps_its_bytes(name: str, tmp_path: Path) -> None:
    sample = stored(tmp_path / name)
    found = encoded(next(cuts(sample, "whole")), LIMITS, original)
    assert found.data == (tmp_path / name).read_bytes()
    assert (found.extension, found.width, found.height) == (Path(name).suffix, 100, 80)


def test_the_extension_is_what_the_picture_is(tmp_path: Path) -> None:
    sample = stored(tmp_path / "lie.jpg", format="PNG")
    assert encoded(Cut(sample), LIMITS, original).extension == ".png"


def test_a_format_trainers_do_not_read_becomes_a_png(tmp_path: Path) -> None:
    found = encoded(Cut(stored(tmp_path / "a.gif")), LIMITS, original)
    assert found.extension == ".png"
    assert Image.open(io.BytesIO(found.data)).format == "PNG"


def test_a_picture_that_lies_on_its_side_is_set_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sample = stored(tmp_path / "turned.jpg", exif=exif)
    image = opened(Cut(sample))
    assert image.size == (80, 100)
    assert image.getexif().get(0x0112, 1) == 1


def test_heads_are_cut_where_they_are(tmp_path: Path) -> None:
    sample = stored(tmp_path / "a.png", (Sighting(head=LEFT), Sighting(head=RIGHT)))
    first, second = cuts(sample, "head")
    assert np.unique(np.asarray(opened(first)).reshape(-1, 3), axis=0).tolist() == [[30, 30, 200]]
    assert opened(first).size == (30, 40)
    assert np.unique(np.asarray(opened(second)).reshape(-1, 3), axis=0).tolist() == [[200, 30, 30]]
    assert (first.sightings, second.number) == (sample.sightings[:1], 2)


def test_a_margin_ends_at_the_border_and_boxes_move_with_it(tmp_path: Path) -> None:
    sample = stored(tmp_path / "a.png", (Sighting(head=LEFT, body=(5, 10, 60, 80)),))
    cut = next(cuts(sample, "head", margin=0.5))  # 15 to each side, 20 above and below: 5 too far to the left
    picture = encoded(cut, LIMITS, original)
    assert (picture.width, picture.height) == (55, 80)
    seen = as_sample(cut, picture)
    assert (seen.width, seen.height) == (55, 80)
    assert seen.sightings[0].head == (10, 20, 40, 60)
    tight = next(cuts(sample, "head"))
    assert as_sample(tight, encoded(tight, LIMITS, original)).sightings[0].head == (0, 0, 30, 40)


def test_a_body_that_only_a_head_tells_of_is_guessed_around_it(tmp_path: Path) -> None:
    sample = stored(tmp_path / "a.png", (Sighting(head=(40, 0, 50, 10)),))
    assert next(cuts(sample, "body")).box == (30, 0, 60, 70)


def test_what_cannot_be_handed_on_says_why(tmp_path: Path) -> None:
    sample = stored(tmp_path / "a.png", (Sighting(head=(200, 200, 300, 300)),))
    with pytest.raises(LeftOutError, match="not to be decoded"):
        encoded(next(cuts(sample, "head")), LIMITS, original)
    with pytest.raises(LeftOutError, match="changed since the run"):
        encoded(Cut(replace(sample, id="0" * 64)), LIMITS, original)
    with pytest.raises(LeftOutError, match="never there"):
        list(cuts(replace(sample, width=None), "whole"))
    (tmp_path / "a.png").unlink()
    with pytest.raises(LeftOutError, match="moved or deleted"):
        encoded(Cut(sample), LIMITS, original)


def test_names_are_plain_and_no_two_are_the_same() -> None:
    names = Names()
    keys = [
        "deep/a_b.c.png",
        "deep/A-B.C.png",
        "../../etc/pass wd",
        "\u202e" + "名" * 200 + ".png",
        "///",
        "con\0\r\n.txt",
    ]
    given = [names.name(Cut(Sample(key, "0123456789", "", 1, 1))) for key in keys]
    assert given[:3] == ["deep-a-b-c-01234567", "deep-A-B-C-01234567-2", "etc-pass-wd-01234567"]
    assert given[4] == "01234567"
    for name in given:
        assert not set(name) & set("/\\._\0\r\n ")
        assert len(name.encode()) < 200
    assert names.name(Cut(Sample("x.png", "0123456789", "", 1, 1), "head", 2)) == "x-01234567-head2"
