"""`kyara show` and `kyara report` on a real result."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def result(kyara: Run, tmp_path: Path) -> Path:
    rows = [{"id": "a", "tags": "1girl, blue_hair, green_eyes, hatsune_miku_(vocaloid)"}, {"id": "b", "tags": ""}]
    rows += [{"id": "c", "text": "An old man without glasses.", "tags": "1boy, glasses"}]
    (tmp_path / "posts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = kyara("extract", "posts.jsonl", "--out", "out", "--json")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def keys(kyara: Run) -> list[str]:
    return [json.loads(line)["key"] for line in kyara("show", "out", "--json").stdout.splitlines()]


@pytest.mark.usefixtures("result")
def test_the_table_has_a_row_a_sample_and_says_why_one_was_skipped(kyara: Run) -> None:
    shown = kyara("show", "out").stdout
    assert "blue 0.9" in shown
    assert "hatsune" in shown
    assert "skipped: no_content" in shown


@pytest.mark.usefixtures("result")
def test_only_the_skipped(kyara: Run) -> None:
    shown = kyara("show", "out", "--skipped").stdout
    assert "no_content" in shown
    assert "blue" not in shown


@pytest.mark.usefixtures("result")
def test_one_sample_in_full_shows_who_said_what_and_why(kyara: Run) -> None:
    shown = kyara("show", "out", keys(kyara)[2]).stdout
    assert "An old man without glasses." in shown
    assert "tags: glasses 0.9" in shown
    assert "text: glasses 0.0" in shown


@pytest.mark.usefixtures("result")
def test_an_unknown_key_names_the_nearest(kyara: Run) -> None:
    key = keys(kyara)[0]
    refused = kyara("show", "out", key + "x")
    assert refused.returncode == 2
    assert repr(key) in refused.stderr


def test_a_folder_that_is_no_result_is_refused(kyara: Run, tmp_path: Path) -> None:
    for command in ("show", "report"):
        refused = kyara(command, tmp_path)
        assert refused.returncode == 2
        assert "not a result" in refused.stderr


def test_the_report_is_one_page(kyara: Run, result: Path) -> None:
    assert kyara("report", result).returncode == 0
    page = (result.parent / "out.html").read_text()
    assert "blue" in page
    assert "no content" in page or "no_content" in page
