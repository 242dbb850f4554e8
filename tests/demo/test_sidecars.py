"""Sidecars say what is true, save for the faults planted in them, and the truth names every fault."""

import json
from dataclasses import replace

import pytest

from kyara.demo.cast import Fault, Picture, pictures
from kyara.demo.sidecars import sidecars, tags, truth

BOXES = [((1, 2, 30, 40), (0, 2, 60, 90)), ((50, 2, 80, 40), (50, 2, 99, 90))]


def picture(file: str) -> Picture:
    return next(found for found in pictures() if found.file == file)


def test_tags_come_in_three_spellings() -> None:
    texts = [sidecars(picture(file), BOXES[:1]) for file in ("aoi_blossom.jpg", "rin_angry.png", "kai_full.jpg")]
    assert texts[0]["aoi_blossom.txt"].startswith("1girl, solo, blue_hair, very_long_hair")
    assert texts[1]["rin_angry.txt"].startswith("1girl, solo, red hair, twintails")
    assert texts[2]["kai_full.txt"].startswith("1boy solo orange_hair")


def test_json_carries_tags_caption_and_boxes() -> None:
    said = json.loads(sidecars(picture("pair_aoi_rin.png"), BOXES)["pair_aoi_rin.json"])
    assert said["sightings"] == [{"head": list(head), "body": list(body)} for head, body in BOXES]
    assert {"2girls", "blue_hair", "red_hair"} <= set(said["tags"])
    assert "solo" not in said["tags"]
    assert said["caption"].startswith("Two schoolfriends")


@pytest.mark.parametrize(
    ("file", "absent", "present"),
    [
        ("aoi_night.png", "blue_hair", "hime_cut"),
        ("rin_street.jpg", "green_eyes", "blue_eyes"),
        ("haruto_dusk.jpg", "no such tag", "brown_hair"),
        ("elise_shy.jpg", "blonde_hair", "blond_hiar"),
        ("nyx_night.jpg", "high_ponytail", "pnytail"),
    ],
)
def test_a_fault_spoils_the_tags_and_is_recorded(file: str, absent: str, present: str) -> None:
    assert absent not in tags(picture(file))
    assert present in tags(picture(file))
    recorded = truth(picture(file), BOXES[:1])["faults"]
    assert any(present == fault.get("put") or absent == fault.get("tag") for fault in recorded)


def test_one_only_speaks_of_one_of_two_and_empty_of_nobody() -> None:
    assert "1boy" in tags(picture("pair_genzo_momo.jpg"))
    assert "pink_hair" not in tags(picture("pair_genzo_momo.jpg"))
    assert sidecars(picture("haruto_portrait.png"), BOXES[:1])["haruto_portrait.txt"] == ""


def test_a_fault_that_spoils_nothing_is_refused() -> None:
    wrong = replace(picture("aoi_night.png"), faults=(Fault("dropped", tag="green_hair"),))
    with pytest.raises(ValueError, match=r"green_hair.*correct pictures\.toml"):
        tags(wrong)


def test_what_the_crop_cuts_off_is_neither_tagged_nor_true() -> None:
    whole, cut = picture("elise_parlour.png"), picture("elise_shy.jpg")
    assert "gloves" in tags(whole)
    assert "gloves" not in tags(cut)
    assert "gloves" in truth(whole, BOXES[:1])["characters"][0]["attributes"]["accessories"]
    assert "gloves" not in truth(cut, BOXES[:1])["characters"][0]["attributes"]["accessories"]
    assert "tail" not in truth(picture("pair_zahra_nyx.jpg"), BOXES)["characters"][0]["attributes"]["accessories"]


def test_closed_eyes_are_true_but_unseen() -> None:
    who = truth(picture("sora_park.jpg"), BOXES[:1])["characters"][0]
    assert who["attributes"]["eye_color"] == ["purple"]
    assert who["unseen"] == ["eye_color"]
    assert "purple_eyes" not in tags(picture("sora_park.jpg"))
