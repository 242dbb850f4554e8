"""`kyara review next` over a small catalogue of real results: a table, JSON, and the command that decides."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from kyara import extract
from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.cli.main import command_line

Ask = Callable[..., str]
CAST = {"agreed.png": ((200, 30, 30), "1girl, red hair"), "disputed.png": ((20, 30, 220), "1girl, red hair, glasses")}


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a command in a folder with kyara.db and gives what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("KYARA_CATALOGUE", "kyara.db")
    Path("pictures").mkdir()
    for name, (colour, tags) in CAST.items():
        noise = np.random.default_rng(1).integers(0, 25, (64, 64, 3))
        Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(Path("pictures") / name)
        beside = {"tags": tags, "sightings": [{"head": [0, 0, 64, 64]}]}
        (Path("pictures") / name).with_suffix(".json").write_text(json.dumps(beside))
    extract(Path("pictures"), out=Path("out"), extractors="tags,histogram", detectors="none", cache="none")
    with opened("kyara.db", write=True) as catalogue:
        ingest(catalogue, Path("out"))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(command_line(arguments), [*arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    return run


def test_next_shows_who_says_what_and_how_to_decide(ask: Ask) -> None:
    rows = [json.loads(line) for line in ask("review", "next", "--attribute", "hair_color", "--json").splitlines()]
    assert [row["key"] for row in rows] == ["disputed.png", "agreed.png"]
    first = rows[0]
    assert first["disagree"] > 10 * rows[1]["disagree"]
    assert first["uncertain"] == pytest.approx(1 - first["confidence"])
    said = {one["extractor"]: max(one["scores"], key=one["scores"].get) for one in first["evidence"]}
    assert said["tags"] == "red" != said["histogram"]

    shown = ask("review", "next", "hair_color=any", "--attribute", "hair_color")
    assert shown.index("disputed.png") < shown.index("agreed.png")
    assert "tags: red 0." in shown
    assert shown.splitlines()[-1].strip() == first["decide"]

    ask(*shlex.split(first["decide"])[1:])
    assert "disputed.png" not in ask("review", "next", "--attribute", "hair_color")
    assert "nothing is unsure" in ask("review", "next", "key=disputed.png", "--attribute", "hair_color")


def test_the_command_names_another_catalogue(ask: Ask) -> None:
    Path("kyara.db").rename("an other.db")
    assert ask("review", "next", "--catalogue", "an other.db").rstrip().endswith("--catalogue 'an other.db'")
    ask("review", "next", "--limit", "1", "--catalogue", "an other.db")
