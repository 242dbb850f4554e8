"""Sets as trainers meet them: real ones, ones just written, and every way captions are missed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from kyara.errors import SourceError
from kyara.exports.training_sets import Subset, read_training_set


def picture(path: Path, caption: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(path)
    if caption is not None:
        path.with_suffix(".txt").write_text(caption, encoding="utf-8", newline="")


def only(subsets: list[Subset]) -> Subset:
    assert len(subsets) == 1
    return subsets[0]


def problems(path: Path, **how: str) -> dict[str, str | None]:
    return {one.file: one.problem for subset in read_training_set(path, **how) for one in subset.seen}


def test_a_real_set(shared_data: Callable[[str], Path]) -> None:
    found = only(read_training_set(shared_data("kohya_sample/img_train")))
    assert (found.captioned, len(found.seen), found.repeats) == (14, 14, 5)
    assert (found.seen[0].caption or "").startswith("tk, 1girl, solo, looking_at_viewer, blush, smile")
    bare = only(read_training_set(shared_data("kohya_sample/img_reg")))
    assert (bare.captioned, len(bare.seen), bare.repeats) == (0, 20, 1)
    missed = only(read_training_set(shared_data("kohya_sample/img_train"), extension=".caption"))
    assert missed.captioned == 0


def test_a_real_set_by_its_toml(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(shared_data("kohya_sample"), tmp_path / "set")
    config = tmp_path / "set" / "dataset.toml"
    config.parent.chmod(0o755)
    folders = [next((tmp_path / "set" / name).iterdir()) for name in ("img_train", "img_reg")]
    subsets = [
        f"[[datasets.subsets]]\nimage_dir = '{folder}'\nnum_repeats = {n}"
        for folder, n in zip(folders, (5, 1), strict=True)
    ]
    general = "[general]\ncaption_extension = '.txt'\n[[datasets]]\n"
    config.write_text(general + "\n".join([*subsets, "is_reg = true", "class_tokens = 'girl'"]))
    trained, excused = read_training_set(tmp_path / "set")
    assert (trained.captioned, trained.repeats, trained.excused) == (14, 5, False)
    assert (excused.captioned, excused.seen[0].caption, excused.excused) == (20, "girl", True)
    config.write_text("[[datasets]]\n" + subsets[0])  # no extension named: sd-scripts looks for .caption
    assert only(read_training_set(tmp_path / "set")).captioned == 0


def test_every_way_a_caption_is_missed(tmp_path: Path) -> None:
    folder = tmp_path / "3_x"
    picture(folder / "good.png", "a, b\nsecond line")
    picture(folder / "none.png")
    picture(folder / "blank.png", "\n a, b")
    picture(folder / "empty.png", "")
    picture(folder / "latin.png")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    picture(folder / "broken.png", "a")
    (folder / "broken.png").write_bytes(b"no picture")
    picture(folder / "moving.gif", "a")
    picture(folder / "odd.Png", "a")
    picture(folder / "face_1_2_3_4.png")
    (folder / "face.txt").write_text("shared by crops")
    found = only(read_training_set(tmp_path))
    said = {one.file: one.problem for one in found.seen}
    assert said["good.png"] is None
    assert said["face_1_2_3_4.png"] is None
    assert said["none.png"] == "no none.txt"
    assert said["blank.png"] == "blank.txt is empty"  # the trainer reads the first line
    assert said["empty.png"] == "empty.txt has no byte: the trainer stops here"
    assert said["latin.png"] == "latin.txt is no UTF-8: the trainer stops here"
    assert (said["broken.png"] or "").startswith("not_an_image")
    assert set(found.passed_over) == {"moving.gif", "odd.Png"}
    assert {one.caption for one in found.seen if one.problem is None} == {"a, b", "shared by crops"}
    assert found.captioned == 2


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_metadata_must_name_every_picture(kind: str, tmp_path: Path) -> None:
    for name in ("a.png", "deep/b.png", "c.png", "d.png"):
        picture(tmp_path / name)
    rows = [
        {"file_name": "a.png", "text": "red, square"},
        {"file_name": "deep/b.png", "text": "red"},
        {"file_name": "c.png", "text": ""},
        {"file_name": "gone.png", "text": "x"},
    ]
    if kind == "jsonl":
        (tmp_path / "metadata.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    elif kind == "csv":
        lines = [f'{row["file_name"]},"{row["text"]}"' for row in rows]
        (tmp_path / "metadata.csv").write_text("\n".join(["file_name,text", *lines]))
    else:
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "metadata.parquet")
    assert problems(tmp_path) == {
        "a.png": None,
        "deep/b.png": None,
        "c.png": f"no caption in metadata.{kind}",
        "d.png": f"no row in metadata.{kind}",
        "gone.png": f"named in metadata.{kind} and not there",
    }


def test_pictures_alone_are_a_set_too(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", "red")
    assert problems(tmp_path) == {"a.png": None}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.md", "x", "is no training set"),
        ("dataset.toml", "[[datasets]\n", "cannot be read"),
        ("dataset.toml", "[[datasets]]\n[[datasets.subsets]]\n", "name an image_dir"),
        ("metadata.jsonl", "{", "cannot be read"),
        ("a.tar", "no tar", "cannot be read"),
    ],
)
def test_what_is_no_set_is_refused_in_a_line(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=said):
        read_training_set(tmp_path)
    with pytest.raises(SourceError, match="is not there"):
        read_training_set(tmp_path / "nowhere")
