"""Opening inputs: every bad one is a typed skip, ids follow content, and who killed a process is tried apart first."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from types import SimpleNamespace

import pytest
from PIL import Image

from kyara.cache.openings import Openings
from kyara.cache.store import Kind
from kyara.errors import UnreadableImageError
from kyara.flow import Input
from kyara.images import Limits
from kyara.recipes import opening
from kyara.recipes.opening import open_batch, open_input
from kyara.records import Reason, Sighting, Skip


def png(width: int = 40, height: int = 30) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG")
    return buffer.getvalue()


PNG = png()
ID = sha256(PNG).hexdigest()


def picture(data: bytes = PNG, **fields: object) -> Input:
    return Input("a.png", "file:///a.png", lambda: data, **fields)


class Watch:
    def __init__(self, suspects: tuple[str, ...] = (), crashed: tuple[str, ...] = ()) -> None:
        self.suspects, self.crashed = frozenset(suspects), frozenset(crashed)
        self.entered: list[str] = []

    def entering(self, content: str) -> None:
        self.entered.append(content)

    def left(self) -> None:
        self.entered.append("left")

    def confirm(self, content: str) -> None:
        self.crashed |= {content}


def test_a_picture_has_its_size_and_the_id_of_its_bytes() -> None:
    head = Sighting(head=(0.0, 0.0, 9.0, 9.0))
    opened = open_input(picture(tags="red_hair", text="a girl", sightings=(head,)), Limits(), None)
    sample = opened.sample
    assert (sample.key, sample.uri, sample.id) == ("a.png", "file:///a.png", ID)
    assert (sample.width, sample.height, sample.skip) == (40, 30, None)
    assert (sample.tags, sample.text, sample.sightings) == ("red_hair", "a girl", (head,))
    assert opened.picture.crop(None, 8).shape[2] == 3


@pytest.mark.parametrize(
    ("tags", "text", "content"),
    [("x", "y", "y"), ("x", None, "x"), ("x", " \n", "x"), (" ", "y", "y"), (None, "é", "é")],
)
def test_without_a_picture_the_id_is_that_of_the_words(tags: str | None, text: str | None, content: str) -> None:
    opened = open_input(Input("#1", "u", tags=tags, text=text), Limits(), None)
    assert opened.sample.id == sha256(content.encode()).hexdigest()
    assert (opened.sample.skip, opened.picture) == (None, None)


@pytest.mark.parametrize(("tags", "text"), [(None, None), ("", ""), (" ", None)])
def test_nothing_to_read_is_a_skip(tags: str | None, text: str | None) -> None:
    assert open_input(Input("#1", "u", tags=tags, text=text), Limits(), None).sample.skip.reason is Reason.NO_CONTENT


def raising(error: BaseException) -> Input:
    def image() -> bytes:
        raise error

    return Input("a.png", "u", image, tags="kept")


@pytest.mark.parametrize(
    ("item", "reason", "detail"),
    [
        (raising(FileNotFoundError(2, "No such file or directory")), Reason.UNREADABLE_FILE, "No such file"),
        (raising(OSError()), Reason.UNREADABLE_FILE, "OSError"),
        (raising(MemoryError()), Reason.OUT_OF_MEMORY, "memory"),
        (picture(b""), Reason.EMPTY_FILE, ""),
        (picture(b"no picture at all"), Reason.NOT_AN_IMAGE, ""),
        (picture(png(300, 300)), Reason.TOO_LARGE, ""),
        (Input("#1", "u", skip=Skip("read", Reason.BAD_ROW, "no JSON")), Reason.BAD_ROW, "no JSON"),
    ],
    ids=lambda part: str(part)[:20],
)
def test_a_bad_input_is_a_skip(item: Input, reason: Reason, detail: str) -> None:
    opened = open_input(item, Limits(max_pixels=80_000), None)
    assert opened.sample.skip.reason is reason
    assert detail in opened.sample.skip.detail
    assert opened.picture is None
    assert opened.sample.tags == item.tags


def test_skipped_without_content_ids_are_those_of_the_keys() -> None:
    ids = {open_input(Input(key, "u"), Limits(), None).sample.id for key in ("#1", "#2")}
    assert len(ids) == 2, "so they are never taken for duplicates"


def test_what_no_file_can_hold_is_mended_at_the_door() -> None:
    sample = open_input(Input("#1", "u", tags="\udc80x", text="a \ud800 é"), Limits(), None).sample
    assert (sample.tags, sample.text) == ("?x", "a ? é")
    assert sample.id == sha256(sample.text.encode()).hexdigest()


def test_the_content_is_noted_before_it_is_decoded_and_not_before() -> None:
    watch = Watch()
    opened = open_input(picture(), Limits(), watch)
    assert watch.entered == []
    opened.picture.crop(None, 8)
    assert watch.entered == [ID, "left"]


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands in for the child process: counts, and raises `verdict`."""
    state = SimpleNamespace(tried=0, verdict=None)

    def decode_in_child(data: bytes, limits: Limits, timeout_s: float) -> None:
        state.tried += 1
        if state.verdict:
            raise state.verdict

    monkeypatch.setattr(opening, "decode_in_child", decode_in_child)
    return state


def test_only_a_suspect_is_tried_in_a_child(child: SimpleNamespace) -> None:
    assert open_input(picture(), Limits(), Watch(suspects=("another",))).picture
    assert child.tried == 0
    assert open_input(picture(), Limits(), Watch(suspects=(ID,))).picture
    assert child.tried == 1


def test_the_second_death_is_the_last(child: SimpleNamespace) -> None:
    child.verdict = UnreadableImageError(Reason.DECODER_CRASH, "killed by SIGSEGV")
    watch = Watch(suspects=(ID,))
    for _ in range(2):
        opened = open_input(picture(), Limits(), watch)
        assert opened.sample.skip == Skip("open", Reason.DECODER_CRASH, "the decoder killed two processes on this file")
        assert opened.picture is None
    assert watch.crashed == {ID}
    assert child.tried == 1


def test_a_suspect_that_is_merely_broken_is_read_like_any_other(child: SimpleNamespace) -> None:
    child.verdict = UnreadableImageError(Reason.TRUNCATED, "half")
    watch = Watch(suspects=(ID,))
    assert open_input(picture(), Limits(), watch).picture
    assert not watch.crashed


def test_the_crashed_are_not_even_tried(child: SimpleNamespace) -> None:
    opened = open_input(picture(), Limits(), Watch(suspects=(ID,), crashed=(ID,)))
    assert opened.sample.skip.reason is Reason.DECODER_CRASH
    assert child.tried == 0


def test_a_suspect_really_passes_a_real_child() -> None:
    assert open_input(picture(), Limits(), Watch(suspects=(ID,))).picture


class Memory:
    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def get(self, kind: Kind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, kind: Kind, entries: Mapping[bytes, bytes]) -> None:
        self.kept.update(entries)

    def close(self) -> None:
        pass


class File:
    """A file that counts how often it is read."""

    def __init__(self, data: bytes = PNG, stamp: bytes | None = b"s") -> None:
        self.data, self.stamp, self.reads = data, stamp, 0

    def read(self) -> bytes:
        self.reads += 1
        return self.data

    @property
    def item(self) -> Input:
        return Input("a.png", "file:///a.png", self.read, stamp=lambda: self.stamp)


def test_a_file_that_is_known_is_read_only_when_somebody_looks() -> None:
    file, openings = File(), Openings(Memory(), Limits())
    (first,) = open_batch([file.item], Limits(), None, openings)
    (second,) = open_batch([file.item], Limits(), None, openings)
    assert (second.sample, file.reads) == (first.sample, 1)
    assert (second.picture.crop(None, 8) == first.picture.crop(None, 8)).all()
    second.picture.forget()
    second.picture.decode()
    assert file.reads == 2


@pytest.mark.parametrize(
    "change", [lambda file: setattr(file, "stamp", b"t"), lambda file: setattr(file, "stamp", None)]
)
def test_another_stamp_or_none_is_read_again(change: Callable[[File], None]) -> None:
    file, openings = File(), Openings(Memory(), Limits())
    open_batch([file.item], Limits(), None, openings)
    file.data = png(20, 20)
    change(file)
    (second,) = open_batch([file.item], Limits(), None, openings)
    assert (second.sample.width, second.sample.id) == (20, sha256(file.data).hexdigest())


def test_a_file_that_changes_after_its_stamp_was_taken_is_never_looked_at_under_the_old_name() -> None:
    file, openings = File(), Openings(Memory(), Limits())
    open_batch([file.item], Limits(), None, openings)
    file.data = png(20, 20)
    (second,) = open_batch([file.item], Limits(), None, openings)
    with pytest.raises(UnreadableImageError, match="changed while it was read") as failure:
        second.picture.decode()
    assert failure.value.reason == Reason.UNREADABLE_FILE


def test_what_did_not_open_is_not_remembered() -> None:
    file, openings = File(PNG[:20]), Openings(Memory(), Limits())
    for reads in (1, 2):
        (opened,) = open_batch([file.item], Limits(), None, openings)
        assert opened.sample.skip is not None
        assert file.reads == reads


@pytest.mark.parametrize("suspects", [(), (ID,)])
def test_what_crashed_is_not_decoded_though_it_is_known(suspects: tuple[str, ...]) -> None:
    file, openings, watch = File(), Openings(Memory(), Limits()), Watch(crashed=(ID,), suspects=suspects)
    open_batch([file.item], Limits(), None, openings)
    (opened,) = open_batch([file.item], Limits(), watch, openings)
    assert opened.sample.skip.reason is Reason.DECODER_CRASH
