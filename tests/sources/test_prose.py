import csv
import json
import random
from pathlib import Path

import pytest

from kyara.sources.prose import split

REPO = Path(__file__).parents[2]
POSTS = REPO.parent / "shared" / "data" / "tags" / "danbooru_posts.csv"


@pytest.mark.parametrize(
    "caption",
    [
        "1girl, solo, long hair, blue eyes",
        "1girl solo long_hair blue_eyes",
        "1girl solo smile",
        "smile",
        "1girl, the legend of zelda, pointy ears",
        "1girl, (smile:1.2), hair over one eye, looking at viewer",
        "love live!, 1girl, solo",
        "1girl ||| black hair, solo",
        r"artoria \(fate\), BREAK, <lora:x:1>",
    ],
)
def test_tags(caption: str) -> None:
    assert split(caption) == (caption, None)


@pytest.mark.parametrize(
    "caption",
    [
        "A girl with long black hair, blue eyes and a red dress.",
        "a girl, long hair, blue eyes",
        "black hair blue eyes",
        "Tall, dark and handsome, he walks in",
        "In spring, under blossoms, she smiles at her friend",
        "長い髪の女の子。",
        "Hair: brown, Eyes: hazel, Height: tall",
        "Brown hair, blue eyes, very tall.",
    ],
)
def test_text(caption: str) -> None:
    assert split(caption) == (None, caption)


def test_mixed_goes_to_both() -> None:
    sentence = "A girl with long hair stands in the rain, holding an umbrella."
    assert split(f"1girl, solo, long hair, {sentence}") == ("1girl, solo, long hair", sentence)
    assert split(f"1girl, solo, long hair\n{sentence}") == ("1girl, solo, long hair", sentence)
    assert split(f"{sentence} 1girl, solo, smile") == ("1girl, solo, smile", sentence)


def test_one_tag_a_line_becomes_a_list() -> None:
    assert split("1girl\nlong hair\r\n\r\nsmile\n") == ("1girl, long hair, smile", None)


@pytest.mark.parametrize("caption", ["", "  \n\t", ",", "|||"])
def test_nothing(caption: str) -> None:
    tags, text = split(caption)
    assert text is None
    assert not tags or not tags.strip(" ,|")


@pytest.mark.skipif(not POSTS.exists(), reason="shared/data/tags/danbooru_posts.csv is not here")
def test_real_tag_strings_are_tags_in_any_spelling() -> None:
    rng = random.Random(1)
    posts = [row["tags"].split() for row in csv.DictReader(POSTS.read_text(encoding="utf-8").splitlines())]
    spellings = {
        "danbooru": [" ".join(post) for post in posts],
        "kohya": [", ".join(tag.replace("_", " ") for tag in rng.sample(post, len(post))) for post in posts],
        "few": [", ".join(tag.replace("_", " ") for tag in rng.sample(post, min(4, len(post)))) for post in posts],
    }
    for name, captions in spellings.items():
        wrong = [caption for caption in captions if split(caption)[1]]
        assert len(wrong) <= 0.01 * len(captions), (name, wrong[:3])


def test_descriptions_are_text() -> None:
    path = REPO / "benchmarks" / "data" / "descriptions.jsonl"
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    wrong = [text for text in texts if split(text)[0]]
    print(f"{len(wrong)} of {len(texts)} descriptions have a part read as tags")
    assert len(wrong) <= 0.1 * len(texts), wrong[:5]
