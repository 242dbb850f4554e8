"""A written training set, read the way sd-scripts reads it: its globs, its caption rules, its options' defaults."""

from __future__ import annotations

import glob
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kyara.exports.captions import Captions, Style
from kyara.exports.kohya import Plan, dataset_toml, write_beside, write_kohya
from kyara.exports.pieces import Pieces
from kyara.records import Sample
from kyara.vocabulary import load_vocabulary

PLAN = Plan(repeats=10, separator="|||", name='Hana "the/cat"')


def pieces(samples: list[Sample], **how: Any) -> Pieces:
    captions = Captions(
        load_vocabulary(), lambda text: [tag.strip() for tag in text.split(",")], Style(separator="|||")
    )
    return Pieces(samples, captions, captioned=True, **how)


def images(folder: str) -> list[str]:
    """glob_images of library/train_util.py."""
    found: list[str] = []
    for extension in (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".PNG", ".JPG", ".JPEG", ".WEBP", ".BMP"):
        found += glob.glob(os.path.join(glob.escape(folder), "*" + extension))
    return sorted(set(found))


def caption_of(path: str, extension: str) -> str | None:
    """read_caption of library/train_util.py, without wildcards."""
    base = os.path.splitext(path)[0]
    if not os.path.isfile(base + extension):
        return None
    with open(base + extension, encoding="utf-8") as file:
        lines = file.readlines()
    assert lines, "caption file is empty"
    return lines[0].strip()


def shuffled_parts(caption: str, separator: str) -> tuple[list[str], list[str]]:
    """What process_caption keeps in place and what it shuffles."""
    fixed, _, flexible = caption.partition(separator) if separator in caption else ("", "", caption)
    return [t.strip() for t in fixed.split(",") if t.strip()], [t.strip() for t in flexible.split(",") if t.strip()]


def trained_on(config: Path) -> list[tuple[str, str, int]]:
    """(picture, caption, repeats) as `--dataset_config` gives them to the trainer."""
    content = tomllib.loads(config.read_text(encoding="utf-8"))
    assert set(content) == {"general", "datasets"}
    found = []
    for dataset in content["datasets"]:
        for subset in dataset["subsets"]:
            options = {"caption_extension": ".caption", "num_repeats": 1} | content["general"] | subset
            assert options["shuffle_caption"] is True  # else the separator stays in the caption
            for path in images(options["image_dir"]):
                caption = caption_of(path, options["caption_extension"])
                assert caption, path
                found.append((path, caption, options["num_repeats"]))
    return found


def test_the_trainer_finds_every_picture_with_its_caption(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    stream = pieces(samples)
    write_kohya(stream, folder, PLAN, folder)
    found = trained_on(folder / "dataset.toml")
    assert len(found) == stream.written == 2
    for path, caption, repeats in found:
        assert repeats == 10
        fixed, flexible = shuffled_parts(caption, "|||")
        assert fixed == ["hana (drawn cast)"]
        assert "pink hair" in flexible
        assert "|||" not in flexible
        assert Path(path).read_bytes() in [(tmp_path / name).read_bytes() for name in ("both.png", "one.png")]
    assert sum(stream.left_out.values()) == len(samples) - 2
    assert set(stream.left_out) >= {"moved or deleted since the run", "changed since the run"}
    assert {path.name for path in folder.iterdir()} == {"dataset.toml", "10_Hana the cat"}


def test_heads_have_captions_of_their_own(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    write_kohya(pieces(samples[:1], part="head"), folder, PLAN, folder)
    [(path, caption, _)] = trained_on(folder / "dataset.toml")  # of the boy nothing is decided but what he lacks
    assert caption == "hana (drawn cast) ||| 1girl, solo, pink hair, green eyes"
    assert path.endswith("-head1.png")


def test_beside_the_pictures_nothing_is_lost(samples: list[Sample], tmp_path: Path) -> None:
    own = tmp_path / "one.txt"
    own.write_text("my own words")
    assert write_beside(pieces(samples), PLAN) == {"new": 1, "replaced": 1}
    assert (tmp_path / "one.txt.bak").read_text() == "my own words"
    (tmp_path / "changed.png").unlink()  # the trainer would find it, without a caption
    assert len(trained_on(tmp_path / "dataset.toml")) == 2
    assert write_beside(pieces(samples), PLAN) == {"same": 2}
    own.write_text("again my own words")
    assert write_beside(pieces(samples), PLAN) == {"same": 1, "replaced": 1}
    assert (tmp_path / "one.txt.bak1").read_text() == "again my own words"
    assert (tmp_path / "one.txt.bak").read_text() == "my own words"


def test_two_pictures_of_one_name_share_no_caption_file(samples: list[Sample], tmp_path: Path) -> None:
    twin = tmp_path / "one.webp"
    twin.write_bytes((tmp_path / "one.png").read_bytes())
    both = [samples[1], Sample("one.webp", samples[1].id, twin.as_uri(), 640, 600, "smile")]
    stream = pieces(both)
    assert write_beside(stream, PLAN) == {"new": 1}
    assert stream.written == 1
    assert "whose caption file it would share" in next(iter(stream.left_out))


@pytest.mark.parametrize("name", ['a"b\\c', "tab\there", "\x7f\x01", "名前 😀", "C:\\new"])
def test_the_toml_names_any_folder(name: str) -> None:
    content = tomllib.loads(dataset_toml([Path(name)], Plan(3)))
    assert content["datasets"][0]["subsets"] == [{"image_dir": name, "num_repeats": 3}]
    assert "keep_tokens_separator" not in content["general"]
