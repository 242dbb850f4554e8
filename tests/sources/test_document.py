"""JSON files with all rows in them: Danbooru's API, arrays, objects by picture."""

from __future__ import annotations

import json

import pytest

from kyara.errors import SourceError
from kyara.records import Reason
from kyara.sources import open_source

POST = {  # as posts.json has it, fields that say nothing here left out
    "id": 7,
    "created_at": "2024-01-02T03:04:05.678-05:00",
    "rating": "g",
    "image_width": 850,
    "tag_string": "1girl absurdres hatsune_miku long_hair someone smile twintails vocaloid",
    "tag_string_general": "1girl long_hair smile twintails",
    "tag_string_artist": "someone",
    "tag_string_copyright": "vocaloid",
    "tag_string_character": "hatsune_miku",
    "tag_string_meta": "absurdres",
    "file_url": "https://example.org/original/a.jpg",
    "md5": "0123456789abcdef",
}


def test_posts_of_danbooru(tmp_path) -> None:
    (tmp_path / "posts.json").write_text(json.dumps([POST, {**POST, "id": 8, "tag_string_character": ""}]))
    source = open_source(tmp_path / "posts.json")
    (shard,) = source.shards(10)
    first, second = shard.inputs()
    said = "1girl long_hair smile twintails {}copyright:vocaloid artist:someone meta:absurdres rating:g"
    assert (first.key, first.tags) == ("7#1", said.format("character:hatsune_miku "))
    assert second.tags == said.format("")
    assert first.image is None
    assert source.count() == 2


def test_other_shapes(tmp_path, picture) -> None:
    (tmp_path / "a.png").write_bytes(picture())
    shapes = {"e621.json": {"posts": [{"id": 1, "tags": {"general": ["hat"], "character": ["amy rose"]}}]}}
    shapes["by_picture.json"] = {"a.png": {"caption": "a girl"}}
    for name, content in shapes.items():
        (tmp_path / name).write_text(json.dumps(content))
    (shard,) = open_source(tmp_path / "e621.json").shards(9)
    assert next(shard.inputs()).tags == "hat character:amy_rose"
    (shard,) = open_source(tmp_path / "by_picture.json").shards(9)
    (item,) = shard.inputs()
    assert item.text == "a girl"
    assert item.image is not None
    assert item.image() == picture()


def test_fingerprints_see_rows_and_pictures(tmp_path, picture) -> None:
    def fingerprints() -> list[str]:
        return [shard.fingerprint for shard in open_source(tmp_path / "t.json").shards(1)]

    (tmp_path / "t.json").write_text('[{"image": "a.png"}, {"tags": "smile"}]')
    first = fingerprints()
    (tmp_path / "a.png").write_bytes(picture())
    seen = fingerprints()
    assert [a == b for a, b in zip(first, seen, strict=True)] == [False, True]
    (tmp_path / "t.json").write_text('[{"image": "a.png"}, {"tags": "SMILE"}]')
    assert [a == b for a, b in zip(seen, fingerprints(), strict=True)] == [True, False]


def test_bad_rows_are_skips(tmp_path) -> None:
    (tmp_path / "t.json").write_text('[{"tags": "smile"}, 3, {"tags": 3}]')
    (shard,) = open_source(tmp_path / "t.json").shards(9)
    reasons = [item.skip and item.skip.reason for item in shard.inputs()]
    assert reasons == [None, Reason.BAD_ROW, Reason.BAD_ROW]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[", "not valid JSON"),
        ("[]", "holds no rows"),
        ("[1, 2]", "holds no rows"),
        ('"x"', "holds no rows"),
        ('[{"a": 1}]', "no column to read"),
    ],
)
def test_refused_with_a_remedy(tmp_path, content: str, words: str) -> None:
    (tmp_path / "t.json").write_text(content)
    with pytest.raises(SourceError, match=words):
        open_source(tmp_path / "t.json")
