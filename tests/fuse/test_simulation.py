"""Profiles spoil at the rates they name, from data set to data set, and the same seed does it again."""

from __future__ import annotations

from collections import Counter

import pytest

from kyara.fuse.simulation import Profile, Profiles, profiles

TRUTHS = [{"hair_color": ("gray",), "eye_color": ("red",)}, {"hair_color": ("pink",), "eye_color": ("blue",)}] * 1000
OTHERS = [
    {"hair_color": (label,), "eye_color": ("green",)} for label in ("white", "black", "brown", "blue", "aqua", "red")
]
COMPANY = [("1girl", "solo")] * len(TRUTHS + OTHERS)


def told(name: str, there: Profiles | None = None) -> list[Counter[str]]:
    """For each sample what its tags say of hair, that is the label, or nothing."""
    spoiled = (there or profiles()).spoil(name, TRUTHS + OTHERS, COMPANY, 1)
    return [Counter(tag for tag in one.tags.split(", ") if tag.endswith("hair")) for one in spoiled[: len(TRUTHS)]]


@pytest.mark.parametrize("name", [name for name, one in profiles().by_name.items() if not one.shifted])
def test_rates_are_kept(name: str) -> None:
    profile = profiles().by_name[name]
    hair = told(name)
    there = [next(iter(one)) for one in hair if one]
    truth = [next(iter(t["hair_color"])) + " hair" for t, one in zip(TRUTHS, hair, strict=True) if one]
    assert 1 - len(there) / len(hair) == pytest.approx(profile.drop, abs=0.03)
    if there:
        wrong = sum(said != true for said, true in zip(there, truth, strict=True)) / len(there)
        assert wrong == pytest.approx(profile.wrong, abs=0.03)


def test_shifted_tags_are_the_neighbours_and_the_text_is_its_own() -> None:
    spoiled = profiles().spoil("shifted", TRUTHS, COMPANY[:2000], 1)
    shifted = ["pink hair" in one.tags for one in spoiled[::2]]
    assert sum(shifted) / len(shifted) == pytest.approx(0.3, abs=0.04)
    for one, moved in zip(spoiled[::2], shifted, strict=True):
        assert ("blue eyes" in one.tags) == moved  # both attributes move together
        assert "gray" in one.text


def test_machines_take_gray_for_white() -> None:
    wrong = [next(iter(one)) for one in told("machine")[::2] if one and "gray hair" not in one]
    assert wrong
    assert set(wrong) == {"white hair"}
    assert len({next(iter(one)) for one in told("machine")[1::2] if one}) > 5  # pink is confused with nothing


def test_a_wrong_label_is_one_that_occurs() -> None:
    said = {next(iter(one)).removesuffix(" hair") for name in ("careless", "machine") for one in told(name) if one}
    assert said == {"gray", "pink"} | {next(iter(one["hair_color"])) for one in OTHERS}


def test_nothing_is_said_where_all_is_dropped() -> None:
    assert {(one.tags, one.text) for one in profiles().spoil("none", TRUTHS, COMPANY[:2000], 1)} == {("", "")}


def test_what_stands_beside_is_dropped_at_the_same_rate() -> None:
    count = sum("solo" in one.tags for one in profiles().spoil("sparse", TRUTHS, COMPANY[:2000], 1))
    assert count / len(TRUTHS) == pytest.approx(0.4, abs=0.03)


def test_the_same_seed_spoils_alike() -> None:
    one, again, other = (profiles().spoil("careless", TRUTHS[:50], COMPANY[:50], seed) for seed in (1, 1, 2))
    assert one == again != other


def test_an_unlabelled_attribute_is_not_told() -> None:
    there = Profiles({"all": Profile("all")}, ())
    (one,) = there.spoil("all", [{"hair_color": (), "eye_color": ("red",)}], [()], 1)
    assert one.tags == "red eyes"
    assert "red eyes" in one.text


def test_every_profile_is_left_out_once() -> None:
    left_out = [name for pair in profiles().left_out for name in pair]
    assert sorted(left_out) == sorted(profiles().by_name)
