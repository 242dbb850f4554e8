"""The cast as data: every label exists, everybody is seen often enough, pairs and faults are there."""

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from kyara.demo.cast import characters, moods, pictures
from kyara.demo.colours import HAIR, IRIS, SKIN
from kyara.demo.light import LIGHTS
from kyara.demo.outfits import CUTS
from kyara.demo.scenes import SCENES


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, set[str]]:
    table = tomllib.loads(files("kyara").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    return {name: set(row["labels"]) for name, row in table.items() if isinstance(row, dict) and "labels" in row}


def test_every_label_is_in_the_vocabulary(vocabulary: dict[str, set[str]]) -> None:
    said = [
        (attribute, label)
        for who in characters().values()
        for attribute, labels in who.labels.items()
        for label in labels
    ]
    said += [("accessories", label) for who in characters().values() for label in who.accessories]
    said += [("expression", label) for mood in moods().values() for label in mood.labels]
    assert [pair for pair in said if pair[1] not in vocabulary[pair[0]]] == []


def test_no_tag_of_the_cast_says_what_is_not_true() -> None:
    """Faults are planted by pictures.toml alone: by the vocabulary's own map the tags say nothing but the labels."""
    table = tomllib.loads(files("kyara").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    rows = [(name, row["labels"]) for name, row in table.items() if isinstance(row, dict) and "labels" in row]
    meant = {tag: (name, label) for name, labels in rows for label in labels for tag in labels[label]["tags"]}
    for who in characters().values():
        true = {(name, label) for name, labels in who.labels.items() for label in labels}
        true |= {("accessories", label) for label in who.accessories}
        assert {meant[tag] for tag in who.tags if tag in meant} <= true, who.id
    for mood in moods().values():
        assert {meant[tag] for tag in mood.tags if tag in meant} <= {("expression", label) for label in mood.labels}


def test_hair_and_eyes_are_drawn_in_the_colour_that_is_labelled() -> None:
    for who in characters().values():
        assert who.labels["hair_color"] == (who.hair.color,)
        assert set(who.labels["eye_color"]) == set(who.eyes)
        assert who.hair.color in HAIR
        assert set(who.eyes) <= set(IRIS)
        assert who.skin in SKIN
        assert who.outfit.cut in CUTS


def test_ten_characters_in_three_pictures_each_and_four_pairs() -> None:
    seen = Counter(pose.who for picture in pictures() for pose in picture.poses)
    assert set(seen) == set(characters())
    assert len(seen) >= 10
    assert min(seen.values()) >= 3
    assert sum(len(picture.poses) == 2 for picture in pictures()) >= 4


def test_pictures_differ_in_format_crop_scene_and_size() -> None:
    assert {picture.file.rsplit(".", 1)[1] for picture in pictures()} == {"png", "jpg", "webp"}
    assert {picture.crop for picture in pictures()} == {"portrait", "bust", "knee", "full"}
    assert {picture.scene.partition(":")[0] for picture in pictures()} == {*SCENES, "studio"}
    assert {picture.light for picture in pictures()} <= set(LIGHTS)
    assert all(512 <= side <= 768 for picture in pictures() for side in picture.size)
    assert len({picture.file.rsplit(".", 1)[0] for picture in pictures()}) == len(pictures())


def test_one_characters_pictures_differ_in_mood_and_scene() -> None:
    for name in characters():
        shown = [
            (picture.scene, pose.mood, picture.crop)
            for picture in pictures()
            for pose in picture.poses
            if pose.who == name
        ]
        assert len(set(shown)) == len(shown)


def test_every_kind_of_fault_is_planted() -> None:
    kinds = Counter(fault.kind for picture in pictures() for fault in picture.faults)
    assert set(kinds) == {"dropped", "wrong", "extra", "misspelt", "one_only", "empty"}
    assert sum(kinds.values()) >= 12
