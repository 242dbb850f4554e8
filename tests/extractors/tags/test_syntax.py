"""Every way tags are written in the wild comes out in Danbooru's spelling, and no text makes the parser raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyara.extractors.tags.syntax import MAX_CHARS, Written, clean, parse


def tags(text: str) -> list[str]:
    return [written.tag for written in parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1girl long_hair blue_eyes", ["1girl", "long_hair", "blue_eyes"]),
        ("1girl, long hair, blue_eyes", ["1girl", "long_hair", "blue_eyes"]),
        ("1girl,long hair ,  blue eyes,", ["1girl", "long_hair", "blue_eyes"]),
        ("1girl\nlong hair\nblue eyes\n", ["1girl", "long_hair", "blue_eyes"]),
        ("1girl solo\nlong_hair", ["1girl", "solo", "long_hair"]),
        ("1girl, solo ||| blue hair, smile", ["1girl", "solo", "blue_hair", "smile"]),
        ("long_hair blue_eyes, smile", ["long_hair", "blue_eyes", "smile"]),
        (r"miyo \(blue archive\), hat", ["miyo_(blue_archive)", "hat"]),
        (r"1girl miyo_\(blue_archive\)", ["1girl", "miyo_(blue_archive)"]),
        ("miyo_(blue_archive) hat", ["miyo_(blue_archive)", "hat"]),
        ("(long hair:1.2), ((hat)), [smile], {{red eyes}}", ["long_hair", "hat", "smile", "red_eyes"]),
        ("(red hair, hat:1.3), solo", ["red_hair", "hat", "solo"]),
        (r"(miyo \(blue archive\):1.1), hat", ["miyo_(blue_archive)", "hat"]),
        ("1girl, <lora:some_style:0.8>, hat", ["1girl", "hat"]),
        ("1girl <lora:some_style:0.8> hat", ["1girl", "hat"]),
        ("1girl, BREAK, hat", ["1girl", "hat"]),
        ("Long Hair, BLUE_EYES", ["long_hair", "blue_eyes"]),
        ("", []),
        (" , ,, ", []),
    ],
)
def test_formats(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


@pytest.mark.parametrize(
    "face", [":d", ">:(", ";)", "^_^", ":3", ":o", ">_<", "o_o", "+_+", ":<", "=_=", "@_@", "<o>_<o>", "d:"]
)
def test_emoticons_survive_every_format(face: str) -> None:
    assert tags(f"1girl {face} hat") == ["1girl", face, "hat"]
    assert tags(f"1girl, {face}, long hair") == ["1girl", face, "long_hair"]


def test_weighted_emoticon() -> None:
    assert tags("(:d:1.2), (:3:0.9)") == [":d", ":3"]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("artist:some name", Written("some_name", "artist")),
        ("character:hatsune_miku", Written("hatsune_miku", "character")),
        ("copyright:touhou", Written("touhou", "series")),
        ("rating:safe", Written("safe", "rating")),
        ("meta:highres", Written("highres", "meta")),
        ("re:zero_kara_hajimeru", Written("re:zero_kara_hajimeru")),
    ],
)
def test_category_prefixes(piece: str, expected: Written) -> None:
    assert clean(piece) == expected


@given(st.text())
def test_never_raises(text: str) -> None:
    assert all(isinstance(written.tag, str) and written.tag for written in parse(text))


@given(st.lists(st.sampled_from(list("()[]{}<>:|\\,_ \n1.ad")), max_size=30).map("".join))
def test_never_raises_on_brackets(text: str) -> None:
    parse(text)


def test_ten_megabytes_are_cut() -> None:
    assert len(parse("a " * 5_000_000)) == MAX_CHARS // 2
