"""The gallery: adding, removing, and taking back, exactly."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyara.identity.gallery import MOST, Gallery, Known, Prototype, Reference
from kyara.identity.journal import GalleryError


def prototype(name: str, *vector: float, head: tuple[float, float, float, float] | None = None) -> Prototype:
    reference = Reference("builtin", "1", np.asarray(vector or (1.0, 0.0), np.float32))
    return Prototype(name, f"{name}.png", f"file:///{name}.png", head, None, (reference,))


def ids(known: Known) -> dict[str, list[str]]:
    return {name: [p.id for p in some] for name, some in known.identities.items()}


def test_what_is_added_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    first = prototype("a", 0.1, -2e-7, head=(0.1, 2.0, 33.3, 4.0))
    Gallery(tmp_path).add("Rem", [first])
    (back,) = Gallery(tmp_path).known().of("Rem")
    assert (back.id, back.key, back.uri, back.head, back.body) == ("a", "a.png", "file:///a.png", first.head, None)
    assert back.mark == first.mark
    (reference,) = back.references
    assert (reference.space, reference.look) == ("builtin", "1")
    assert reference.vector.tobytes() == first.references[0].vector.tobytes()


def test_a_picture_counts_once_for_a_character_and_never_for_two(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    a, b = prototype("a"), prototype("b")
    gallery.add("Rem", [a, a])
    added = gallery.add("Rem", [a, b])
    assert ([p.id for p in added.new], [p.id for p in added.already]) == (["b"], ["a"])
    with pytest.raises(GalleryError, match=r"enrolled as 'Rem'.*kyara gallery remove Rem --picture a"):
        gallery.add("Ram", [a])
    gallery.add("Ram", [prototype("a", head=(0.0, 0.0, 9.0, 9.0))])  # another head in the same picture
    assert ids(gallery.known()) == {"Rem": ["a", "b"], "Ram": ["a"]}


def test_an_addition_of_nothing_new_is_no_change_to_undo(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add("Rem", [prototype("a")])
    gallery.add("Rem", [prototype("a")])
    assert gallery.undo().change["said"] == "added 1 picture to 'Rem'"
    assert gallery.known().identities == {}


def test_removing_a_character_or_one_picture_and_undoing_it(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add("Rem", [prototype("abc"), prototype("abd"), prototype("x")])
    before = gallery.known().digest
    with pytest.raises(GalleryError, match="2 pictures of 'Rem' have an id beginning with 'ab'"):
        gallery.remove("Rem", "ab")
    with pytest.raises(GalleryError, match="0 pictures"):
        gallery.remove("Rem", "y")
    assert [p.id for p in gallery.remove("Rem", "x")] == ["x"]
    assert ids(gallery.known()) == {"Rem": ["abc", "abd"]}
    gallery.undo()
    assert gallery.known().digest == before
    assert ids(gallery.known()) == {"Rem": ["abc", "abd", "x"]}
    gallery.remove("Rem")
    with pytest.raises(GalleryError, match="'Rem' is unknown: the gallery is empty"):
        gallery.known().of("Rem")


def test_unknown_and_removed_names_say_what_to_do(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add("Hatsune Miku", [prototype("a")])
    gallery.add("Rem", [prototype("b")])
    gallery.remove("Rem")
    with pytest.raises(GalleryError, match="did you mean 'Hatsune Miku'"):
        gallery.known().of("miku")
    with pytest.raises(GalleryError, match=r"'Rem' was removed.*undo"):
        gallery.known().of("Rem")
    with pytest.raises(GalleryError, match="did you mean"):
        gallery.remove("Ram")


@pytest.mark.parametrize("name", ["", "  ", "a\x07b", "\u200b"])
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(GalleryError, match="is no name"):
        Gallery(tmp_path).add(name, [prototype("a")])


def test_names_are_one_however_they_are_typed(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add(" Zoë  Ann ", [prototype("a")])
    gallery.add("Zoe\u0308 Ann", [prototype("b")])
    assert ids(gallery.known()) == {"Zoë Ann": ["a", "b"]}
    with pytest.raises(GalleryError, match="write 'Zoë Ann'"):
        gallery.add("zoë ann", [prototype("c")])


def test_there_is_a_most(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add("Rem", [prototype(str(i)) for i in range(MOST)])
    with pytest.raises(GalleryError, match=f"{MOST + 1} pictures, {MOST} are the most"):
        gallery.add("Rem", [prototype("more")])


def test_a_damaged_addition_stays_lost_when_another_one_is_undone(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for name in ("a", "b"):
        gallery.add(name, [prototype(name)])
    gallery.add("c", [prototype("c")])
    gallery.undo()
    file = tmp_path / "journal.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1].replace(b"added", b"ad#ed") + b"".join(lines[2:]))
    assert gallery.known().damaged == (2,)
    assert ids(gallery.known()) == {"a": ["a"]}  # the undo still takes back c, not a
    gallery.undo()
    assert gallery.known().identities == {}
    with pytest.raises(GalleryError, match="no change is left"):
        gallery.undo()


FRESH = count(10)
Change = st.tuples(st.sampled_from(["add", "remove", "picture", "replace"]), st.sampled_from("ABC"), st.integers(0, 5))


@settings(max_examples=40, deadline=None)
@given(st.lists(Change, max_size=8), st.integers(1, 8))
def test_undo_restores_exactly_what_was(changes: list[tuple[str, str, int]], back: int) -> None:
    with TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder) / "g")
        states = [ids(gallery.known())]
        digests = [gallery.known().digest]
        for kind, name, number in changes:
            try:
                _change(gallery, kind, name, number)
            except GalleryError:
                continue
            if gallery.known().digest != digests[-1]:
                states.append(ids(gallery.known()))
                digests.append(gallery.known().digest)
        for _ in range(min(back, len(states) - 1)):
            states.pop()
            digests.pop()
            gallery.undo()
            assert ids(gallery.known()) == states[-1]
            assert gallery.known().digest == digests[-1]


def _change(gallery: Gallery, kind: str, name: str, number: int) -> None:
    if kind == "add":
        gallery.add(name, [prototype(f"{name}{i}", 1.0, i) for i in range(number + 1)])
    elif kind == "replace":
        gallery.replace({name: [prototype(gallery.known().of(name)[0].id, 2.0, next(FRESH))]})
    else:
        gallery.remove(name, f"{name}{number}" if kind == "picture" else None)
