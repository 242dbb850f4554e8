"""`kyara extract` ends in a catalogue; `kyara catalogue` and `kyara stats` on it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kyara.cli.catalogue import shown

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def posts(tmp_path: Path) -> Path:
    rows = [{"id": "a", "tags": "1girl, blue_hair"}, {"id": "b", "tags": "1boy, red_hair"}, {"id": "c", "tags": ""}]
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.usefixtures("posts")
def test_a_run_ends_in_the_catalogue_of_its_settings(kyara: Run, tmp_path: Path) -> None:
    run = ("extract", "posts.jsonl", "--out", "out", "--extractors", "tags")
    first = kyara(*run, KYARA_CATALOGUE="mine.db")
    assert first.returncode == 0, first.stderr
    assert "catalogue mine.db: 3 new samples" in first.stderr
    assert "everything of this result is there already" in kyara(*run, "--catalogue", "mine.db").stderr
    told = json.loads(kyara("stats", "--catalogue", "mine.db", "--json").stdout)
    assert (told["samples"], told["sightings"], told["skips"]) == (3, 2, {"no_content": 1})
    table = kyara("stats", "--catalogue", "mine.db").stdout
    assert "1 no content" in table
    assert "hair_color" in table
    copied = kyara("catalogue", "copy", "mine.db", "two.db")
    assert "copied 3 samples, 2 sightings, 0 decisions to two.db" in copied.stdout
    assert "postings made anew" in kyara("catalogue", "reindex", "--catalogue", "two.db").stdout
    (tmp_path / "posts.jsonl").unlink()
    assert "1 files: 3 newly gone, 0 back, 0 moved" in kyara("catalogue", "sync", "--catalogue", "two.db").stdout
    assert not (tmp_path / "kyara.db").exists()


@pytest.mark.usefixtures("posts")
def test_none_leaves_it_out_and_ingest_makes_up_for_it(kyara: Run, tmp_path: Path) -> None:
    done = kyara("extract", "posts.jsonl", "--out", "out", "--extractors", "tags", "--catalogue", "none")
    assert "catalogue" not in done.stderr
    refused = kyara("stats")
    assert (refused.returncode, "there is no catalogue (--catalogue none)" in refused.stderr) == (2, True)
    assert "no catalogue at kyara.db" in kyara("stats", "--catalogue", "kyara.db").stderr
    assert "3 new samples" in kyara("catalogue", "ingest", "out", "--catalogue", "kyara.db").stderr
    assert (tmp_path / "kyara.db").exists()


@pytest.mark.usefixtures("posts")
def test_a_catalogue_that_cannot_be_written_is_told_before_the_run(kyara: Run, tmp_path: Path) -> None:
    refused = kyara(
        "extract", "posts.jsonl", "--out", "out", "--extractors", "tags", "--catalogue", "no/such/folder.db"
    )
    assert refused.returncode == 2
    assert "cannot be opened; see that its folder is there" in refused.stderr
    assert not (tmp_path / "out").exists()


def test_a_password_is_not_shown() -> None:
    assert shown("postgresql://me:secret@host/x") == "postgresql://me@host/x"
    assert shown("folder@home/kyara.db") == "folder@home/kyara.db"
