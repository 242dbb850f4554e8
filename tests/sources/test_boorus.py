"""Sidecars as gallery-dl's metadata postprocessor and waifuc write them beside a picture."""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path

import pytest

from kyara.flow import Input
from kyara.records import Reason
from kyara.sources import open_source

POST = {  # a post of Danbooru, as gallery-dl keeps it: the API's fields, and its own lists
    "category": "danbooru",
    "subcategory": "tag",
    "extension": "png",
    "id": 7,
    "rating": "g",
    "tag_string": "1girl aqua_hair hatsune_miku highres solo someone vocaloid",
    "tag_string_artist": "someone",
    "tag_string_character": "hatsune_miku",
    "tag_string_copyright": "vocaloid",
    "tag_string_general": "1girl aqua_hair solo",
    "tag_string_meta": "highres",
    "tags": ["1girl", "aqua_hair", "hatsune_miku", "highres", "solo", "someone", "vocaloid"],
    "tags_general": ["1girl", "aqua_hair", "solo"],
    "tags_character": ["hatsune_miku"],
}
SAID = "1girl aqua_hair solo character:hatsune_miku copyright:vocaloid artist:someone meta:highres rating:g"


def read(folder: Path, sidecar: str, content: object, picture: bytes) -> Input:
    (folder / "danbooru_7_ab.png").write_bytes(picture)
    (folder / sidecar).write_text(json.dumps(content, indent=4))
    (shard,) = open_source(folder).shards(9)
    (item,) = shard.inputs()
    return item


def test_gallery_dl_from_danbooru(tmp_path, picture) -> None:
    assert read(tmp_path, "danbooru_7_ab.png.json", POST, picture()).tags == SAID


def test_gallery_dl_from_boorus_with_the_option_tags(tmp_path, picture) -> None:
    """Gelbooru, yande.re …: strings of tags, those by category under `tags_…`."""
    post = {
        "tags": "1girl hat miku someone",
        "tags_general": "1girl hat",
        "tags_character": "miku",
        "rating": "general",
    }
    item = read(tmp_path, "danbooru_7_ab.png.json", post, picture())
    assert item.tags == "1girl hat character:miku rating:general"


def test_gallery_dl_from_e621_and_from_a_site_with_text(tmp_path, picture) -> None:
    tags = {"general": ["hat", "smile"], "species": ["fox"], "character": ["amy"], "artist": ["b c"], "rating": []}
    item = read(tmp_path, "danbooru_7_ab.png.json", {"tags": tags, "description": "A fox."}, picture())
    assert (item.tags, item.text) == ("hat smile fox character:amy artist:b_c", "A fox.")


def test_waifuc(tmp_path, picture) -> None:
    meta = {
        "danbooru": {name: value for name, value in POST.items() if isinstance(value, str | int)},
        "group_id": "danbooru_7",
        "filename": "danbooru_7.png",
        "tags": {"1girl": 1.0, "aqua_hair": 1.0},
    }
    item = read(tmp_path, ".danbooru_7_ab_meta.json", meta, picture())
    assert item.tags == SAID
    tagged = {"tags": {"1girl": 0.98, "long hair": 0.7}, "source": None}
    assert read(tmp_path, ".danbooru_7_ab_meta.json", tagged, picture()).tags == "1girl long_hair"


class Boom:
    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("something was unpickled",)


def test_nothing_is_ever_unpickled(tmp_path, picture) -> None:
    """A key that is read is refused where it holds a pickle, and others are not looked at."""
    pickled = {"__type": "numpy.ndarray", "base64": base64.b64encode(pickle.dumps(Boom())).decode()}
    item = read(tmp_path, ".danbooru_7_ab_meta.json", {"tags": {"hat": 1.0}, "ccip": pickled}, picture())
    assert (item.tags, item.skip) == ("hat", None)
    for meta in ({"tags": pickled}, {"tags": ["hat"], "text": pickled}, {"tags": "hat", "sightings": [pickled]}):
        refused = read(tmp_path, ".danbooru_7_ab_meta.json", meta, picture()).skip
        assert refused is not None
        assert refused.reason is Reason.BAD_SIDECAR
        assert "a pickled numpy.ndarray, which is never loaded" in refused.detail


def test_a_change_of_a_hidden_sidecar_is_seen(tmp_path, picture) -> None:
    read(tmp_path, ".danbooru_7_ab_meta.json", {"tags": {"hat": 1.0}}, picture())
    before = [shard.fingerprint for shard in open_source(tmp_path).shards(9)]
    read(tmp_path, ".danbooru_7_ab_meta.json", {"tags": {"bow": 1.0}}, picture())
    assert [shard.fingerprint for shard in open_source(tmp_path).shards(9)] != before
