"""A cast in groups, the CSV that says so, and a group enrolled from it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from kyara.identity.journal import GalleryError
from kyara.recipes import grouping
from kyara.recipes.grouping import COLUMNS, FILE, from_clusters, grouped, write_clusters
from kyara.recipes.run import prepare, run_into, source_of
from kyara.results.folder import ResultFolder
from kyara.settings import load_settings

Draw = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path, drawn: Draw) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(5):
        drawn(folder / f"a{i}.png", "ann", tags="1girl, 1boy, ann_(block), block")
    for i in range(3):
        drawn(folder / f"ab{i}.png", "bea", "ann")
    drawn(folder / "c.png", "cid")
    return folder


def described(source: Path, out: Path, extractors: str = "tags,histogram") -> ResultFolder:
    settings = load_settings(extractors=extractors, detectors="none", cache="none", workers=1)
    run_into(prepare(source_of([source], [], {}), settings), out, False, Event(), lambda done, skipped: None)
    return ResultFolder(out)


def test_the_cast_is_found_and_a_stranger_stays_alone(source: Path, tmp_path: Path) -> None:
    cast = grouped(described(source, tmp_path / "out"), None, 3)
    assert (cast.space, cast.count, cast.without) == ("histogram", 2, 0)
    assert {m.key for m in cast.cluster(1)} == {*(f"a{i}.png" for i in range(5)), *(f"ab{i}.png" for i in range(3))}
    assert {(m.key, m.number) for m in cast.cluster(2)} == {(f"ab{i}.png", 1) for i in range(3)}
    assert [m.key for m in cast.members if m.cluster is None] == ["c.png"]


def test_copies_of_a_picture_are_no_further_witnesses(tmp_path: Path, drawn: Draw) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    first = drawn(folder / "0.png", "ann")
    for i in range(1, 6):
        shutil.copy(first, folder / f"{i}.png")
        shutil.copy(first.with_suffix(".json"), folder / f"{i}.json")
    cast = grouped(described(folder, tmp_path / "out"), None, 3)
    assert (cast.count, len(cast.members)) == (0, 6)


def test_a_group_is_enrolled_from_the_csv(source: Path, tmp_path: Path) -> None:
    folder = described(source, tmp_path / "out")
    path = tmp_path / "out" / FILE
    write_clusters(path, grouped(folder, None, 3), "look 1")
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert tuple(rows[0]) == COLUMNS
    assert [row["cluster"] for row in rows] == ["1"] * 8 + ["2"] * 3 + [""]
    assert rows[0]["hints"] in ("ann_(block)", "")
    prototypes = from_clusters(path, 2)
    assert [p.key for p in prototypes] == ["ab0.png", "ab1.png", "ab2.png"]
    assert {p.head for p in prototypes} == {(20, 20, 180, 130)}
    assert {(r.space, r.look, r.vector.shape) for p in prototypes for r in p.references} == {
        ("histogram", "look 1", (192,))
    }
    with pytest.raises(GalleryError, match="no cluster 3; they are numbered 1 to 2"):
        from_clusters(path, 3)


def test_what_is_no_cluster_file_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match=r"cannot be read.*kyara cluster"):
        from_clusters(tmp_path / "absent.csv", 1)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(GalleryError, match=r"is no clusters\.csv"):
        from_clusters(tmp_path / "other.csv", 1)
    folder = described(source, tmp_path / "out")
    path = tmp_path / "out" / FILE
    write_clusters(path, grouped(folder, None, 3), "1")
    text = path.read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        text = text.replace(row["id"], "0" * 64)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GalleryError, match="older than the result beside it"):
        from_clusters(path, 1)


def test_nothing_to_group_is_said_with_the_next_step(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GalleryError, match="holds no embedding"):
        grouped(described(source, tmp_path / "tags", "tags"), None, 3)
    folder = described(source, tmp_path / "out")
    with pytest.raises(GalleryError, match="in space 'clip'; choose one of histogram"):
        grouped(folder, "clip", 3)
    monkeypatch.setattr(grouping, "MOST", 5)
    with pytest.raises(GalleryError, match=r"12 sightings found, 5 are the most.*--limit"):
        grouped(folder, None, 3)
