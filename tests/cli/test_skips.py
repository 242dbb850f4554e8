"""`kyara skips`: what it lists and how it refuses; test_drills.py has what failed and is tried again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from kyara import extract

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_skip_is_listed_with_its_detail_and_kyaras_version(kyara: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "[bold]empty.png").write_bytes(b"")
    extract(tmp_path / "in", extractors="tags", out=tmp_path / "out", catalogue="none")
    listed = kyara("skips", "out")
    assert listed.returncode == 0, listed.stderr
    for word in ("[bold]empty.png", "empty file", "open", "kyara 0.", "kyara skips out --retry --reason empty_file"):
        assert word in listed.stdout
    assert "[bold]empty.png" not in kyara("skips", "out", "--limit", "0").stdout


def test_refusals(kyara: Run, tmp_path: Path) -> None:
    extract(tags="red_hair", extractors="tags", out=tmp_path / "out", catalogue="none")
    assert "nothing was skipped" in kyara("skips", "out").stdout
    for words, said in (
        (("nowhere",), "not a result of kyara extract"),
        (("out", "--reason", "emty"), "did you mean 'empty_file'"),
        (("out", "--retry"), "was not made by the command line"),
    ):
        refused = kyara("skips", *words)
        assert refused.returncode == 2
        assert said in refused.stderr
