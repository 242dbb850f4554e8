"""kohya's dataset TOML, written as its documentation has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kyara.errors import SourceError
from kyara.flow import Input, Source
from kyara.sources import open_source

CONFIG = """
[general]
shuffle_caption = true
caption_extension = '.txt'
secondary_separator = ';;;'

[[datasets]]
resolution = 512
keep_tokens = 2

  [[datasets.subsets]]
  image_dir = 'miku'
  num_repeats = 10
  keep_tokens_separator = '|||'
  class_tokens = 'mk girl'

  [[datasets.subsets]]
  image_dir = 'reg'
  is_reg = true
  class_tokens = 'girl'
  caption_extension = '.tags'

[[datasets]]
resolution = [768, 768]
  [[datasets.subsets]]
  image_dir = 'miku'
"""


@pytest.fixture
def training_set(tmp_path: Path, picture) -> Path:
    for name in ("miku/1.png", "miku/2.png", "miku/deeper/3.png", "reg/4.png", "reg/5.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(picture())
    (tmp_path / "miku" / "1.txt").write_text("mk girl ||| long hair;;;aqua hair, smile")
    (tmp_path / "miku" / "1.caption").write_text("not this one")
    (tmp_path / "reg" / "4.tags").write_text("1girl, hat")
    (tmp_path / "reg" / "5.txt").write_text("not this one either")
    (tmp_path / "dataset.toml").write_text(CONFIG)
    return tmp_path / "dataset.toml"


def inputs(source: Source, size: int = 100) -> list[Input]:
    return [item for shard in source.shards(size) for item in shard.inputs()]


def test_subsets_as_the_trainer_reads_them(training_set: Path, monkeypatch) -> None:
    monkeypatch.chdir(training_set.parent)
    source = open_source("dataset.toml")
    assert [(item.key, item.tags, item.text) for item in inputs(source)] == [
        ("miku/1.png", "mk girl ||| long hair, aqua hair, smile", None),
        ("miku/2.png", "mk girl", None),
        ("reg/4.png", "1girl, hat", None),
        ("reg/5.png", "girl", None),
    ]
    assert source.count() == 4


def test_class_tokens_are_part_of_the_fingerprint(training_set: Path) -> None:
    before = [shard.fingerprint for shard in open_source(training_set).shards(9)]
    training_set.write_text(CONFIG.replace("mk girl", "sks girl").replace("num_repeats = 10", "num_repeats = 2"))
    after = [shard.fingerprint for shard in open_source(training_set).shards(9)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True]


def test_captions_in_a_metadata_file(training_set: Path) -> None:
    metadata = {
        "1": {"caption": "a girl", "tags": "1girl, hat"},
        "miku/2.png": {"tags": "smile"},
        "gone": {"tags": "x"},
    }
    folder = training_set.parent
    (folder / "md.json").write_text(json.dumps(metadata))
    subset = f"[[datasets]]\n[[datasets.subsets]]\nmetadata_file = 'md.json'\nimage_dir = '{folder / 'miku'}'\n"
    training_set.write_text(subset.replace("miku/2", "2"))
    one, two, gone = inputs(open_source(training_set))
    assert (one.tags, one.text) == ("1girl, hat", "a girl")
    assert one.image is not None
    assert one.image()
    assert two.tags == "smile"
    assert gone.image is not None
    with pytest.raises(FileNotFoundError):
        gone.image()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("[[datasets]", "cannot be read as TOML"),
        ("a = 1", r"names no subset; write \[\[datasets\]\]"),
        ("datasets = 3", "names no subset"),
        ("[[datasets]]\n[[datasets.subsets]]\nis_reg = true", "neither image_dir nor metadata_file"),
        ("[[datasets]]\n[[datasets.subsets]]\nimage_dir = 'nowhere'", "nowhere: No such file"),
        ("[[datasets]]\n[[datasets.subsets]]\nmetadata_file = 'dataset.toml'", "not valid JSON"),
    ],
)
def test_refused_with_a_remedy(training_set: Path, config: str, words: str) -> None:
    training_set.write_text(config)
    with pytest.raises(SourceError, match=words):
        open_source(training_set)
