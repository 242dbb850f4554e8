"""From pictures to prototypes: one character a picture, the others named with what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from kyara.flow import Source
from kyara.identity.gallery import Gallery, Prototype, Reference
from kyara.identity.journal import GalleryError
from kyara.recipes.enrolling import Enrolment, enrol, renewed, spread_over
from kyara.recipes.run import Job, prepare, source_of
from kyara.settings import load_settings

Draw = Callable[..., Path]


def job(source: Source, extractors: str = "tags,histogram") -> Job:
    return prepare(source, load_settings(extractors=extractors, detectors="none", cache="none", workers=1))


def enrolled(*paths: Path, head: int | None = None, extractors: str = "tags,histogram") -> Enrolment:
    return enrol(job(source_of(paths, [], {}), extractors), head, Event(), quiet)


def quiet(done: int, skipped: int) -> None:
    pass


def test_one_head_is_enrolled_with_its_boxes_and_the_look(tmp_path: Path, drawn: Draw) -> None:
    found = enrolled(drawn(tmp_path / "ann.png", "ann"))
    (one,) = found.prototypes
    assert (one.key, one.head, one.body) == ("ann.png", (20, 20, 180, 130), (20, 20, 180, 240))
    assert one.uri == (tmp_path / "ann.png").as_uri()
    (reference,) = one.references
    assert (reference.space, reference.vector.shape) == ("histogram", (192,))
    assert reference.look.startswith("2 pillow")
    assert (found.whole, found.left_out) == ((), ())


def test_a_picture_of_several_is_left_out_unless_one_is_named(tmp_path: Path, drawn: Draw) -> None:
    pair, single = drawn(tmp_path / "ab.png", "ann", "bea"), drawn(tmp_path / "a.png", "ann")
    found = enrolled(pair, single)
    assert [one.key for one in found.prototypes] == ["a.png"]
    ((key, why),) = found.left_out
    assert key == "ab.png"
    assert why == "it shows 2 (1: x 20–180, y 20–130; 2: x 220–380, y 20–130); add it by itself with --head N"
    (second,) = enrolled(pair, head=2).prototypes
    assert second.head == (220, 20, 380, 130)
    assert enrolled(pair, head=3).left_out == (("ab.png", "it shows 2, so there is no 3"),)
    with pytest.raises(GalleryError, match="--head 2 is of one picture, 2 are given"):
        enrolled(pair, single, head=2)


def test_without_a_head_the_whole_picture_stands_for_one_character(tmp_path: Path, drawn: Draw) -> None:
    found = enrolled(drawn(tmp_path / "a.png", "ann", boxes=False))
    assert found.whole == ("a.png",)
    assert found.prototypes[0].head == found.prototypes[0].body == (0, 0, 200, 240)


@pytest.mark.parametrize(
    ("tags", "why"),
    [("2girls", "2 characters are announced and no head was found"), ("no_humans", "nobody is in it")],
)
def test_without_a_head_the_words_decide(tmp_path: Path, drawn: Draw, tags: str, why: str) -> None:
    found = enrolled(drawn(tmp_path / "a.png", "ann", boxes=False, tags=tags))
    assert found.prototypes == ()
    assert found.left_out[0][1].startswith(why)


def test_what_cannot_be_read_is_left_out_with_its_reason(tmp_path: Path, drawn: Draw) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    found = enrolled(tmp_path / "bad.png", drawn(tmp_path / "a.png", "ann"))
    assert [one.key for one in found.prototypes] == ["a.png"]
    assert found.left_out[0][1].startswith("not an image: ")


def test_words_and_extractors_that_do_not_see_make_no_prototype(tmp_path: Path, drawn: Draw) -> None:
    picture = drawn(tmp_path / "a.png", "ann", tags="1girl")
    ((_, why),) = enrolled(picture, extractors="tags").left_out
    assert why == "tags made no embedding of it; add histogram, builtin or clip"
    (tmp_path / "t.txt").write_text("a girl\n")
    assert enrolled(tmp_path / "t.txt").left_out[0][1] == "no picture"


def test_renewing_looks_in_the_same_boxes_and_keeps_other_spaces(tmp_path: Path, drawn: Draw) -> None:
    gallery = Gallery(tmp_path / "g")
    pair = drawn(tmp_path / "ab.png", "ann", "bea")
    clip = Reference("clip", "7", np.ones(4, np.float32))
    for name, head in (("Ann", 1), ("Bea", 2)):
        (one,) = enrolled(pair, head=head).prototypes
        seen = replace(one.references[0], look="old", vector=np.zeros(192, np.float32))
        gallery.add(name, [replace(one, references=(seen, clip))])
    before = gallery.known()
    fresh, failed = renewed(before, job, Event(), quiet)
    assert failed == []
    gallery.replace(fresh)
    for name, head in (("Ann", 1), ("Bea", 2)):
        (one,), (was,) = gallery.known().of(name), before.of(name)
        (wanted,) = enrolled(pair, head=head).prototypes[0].references
        assert (one.mark, one.key, one.uri) == (was.mark, was.key, was.uri)
        assert one.reference("histogram").look == wanted.look
        np.testing.assert_array_equal(one.reference("histogram").vector, wanted.vector)
        assert one.reference("clip").look == "7"
    gallery.undo()
    assert gallery.known().digest == before.digest


def test_what_cannot_be_renewed_is_named(tmp_path: Path, drawn: Draw) -> None:
    gallery = Gallery(tmp_path / "g")
    gone, changed = drawn(tmp_path / "gone.png", "ann"), drawn(tmp_path / "changed.png", "bea")
    gallery.add("Ann", enrolled(gone).prototypes)
    gallery.add("Bea", enrolled(changed).prototypes)
    row = replace(gallery.known().of("Ann")[0], id="row", uri="file:///posts.parquet#3", key="#3")
    gallery.add("Cid", [row])
    gone.unlink()
    drawn(changed, "cid")
    fresh, failed = renewed(gallery.known(), job, Event(), quiet)
    assert fresh == {}
    said = dict(failed)
    assert said["gone.png"].startswith("unreadable file")
    assert said["changed.png"] == "the file is another picture now"
    assert "is no file" in said["#3"]
    fresh, failed = renewed(gallery.known(), lambda source: job(source, "tags"), Event(), quiet)
    assert (fresh, len(failed)) == ({}, 3)


def test_spread_over_keeps_every_look() -> None:
    looks = np.eye(3, dtype=np.float32)
    many = [
        Prototype(f"{i}", "k", "u", None, None, (Reference("clip", "1", looks[i % 3] + np.float32(i) / 1000),))
        for i in range(30)
    ]
    assert sorted(int(one.id) % 3 for one in spread_over(many, 3)) == [0, 1, 2]
    assert spread_over(many, 30) == many
