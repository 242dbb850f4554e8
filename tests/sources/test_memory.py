import numpy as np
import pytest
from PIL import Image

from kyara.errors import SourceError
from kyara.flow import Input
from kyara.sources.memory import given


def test_texts_bytes_pictures_and_inputs() -> None:
    ready = Input("mine", "x:mine", tags="smile")
    source = given("a girl", b"png", Image.new("RGB", (4, 4)), np.zeros((4, 4, 3), np.uint8), ready)
    (shard,) = source.shards(10)
    found = list(shard.inputs())
    assert [item.key for item in found] == ["#1", "#2", "#3", "#4", "mine"]
    assert found[0].text == "a girl"
    assert found[4] is ready
    images = [item.image() for item in found[1:4] if item.image]
    assert images[0] == b"png"
    assert images[1].startswith(b"\x89PNG") or len(images[1]) > 0
    assert (source.count(), [shard.count for shard in source.shards(2)]) == (5, [2, 2, 1])


def test_fingerprints_hold_texts_and_picture_bytes() -> None:
    marks = {next(given(*items).shards(9)).fingerprint for items in (["a"], ["b"], [b"a"], [b"b"], ["a", "b"], [b""])}
    assert len(marks) == 6
    assert next(given("a").shards(9)).fingerprint in marks


def test_a_picture_that_cannot_be_read_still_has_a_fingerprint() -> None:
    def absent() -> bytes:
        raise FileNotFoundError(2, "No such file")

    (shard,) = given(Input("a", "x:a", absent)).shards(9)
    assert shard.count == 1


def test_lone_surrogates_are_survived() -> None:
    (shard,) = given("\ud800 girl").shards(9)
    assert next(shard.inputs()).text == "\ud800 girl"


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "holds nothing"),
        ([5], "item 1 is int"),
        (["a", None], "item 2 is NoneType"),
        ([Input("k", "u", text="a"), Input("k", "u", text="b")], "'k' is there twice"),
    ],
)
def test_refused(items: list[object], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        given(*items)
