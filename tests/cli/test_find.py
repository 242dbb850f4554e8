"""`kyara find`, `kyara similar` and `kyara review` over one small catalogue of real results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from kyara import extract
from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import QueryError
from kyara.cli.main import command_line
from kyara.errors import CatalogueError, KyaraError, SettingsError, SourceError

Ask = Callable[..., Result]
CAST = {
    "a.png": ((200, 30, 30), "1girl, red hair, hatsune_miku"),
    "b.png": ((190, 40, 35), "1girl, red hair, glasses"),
    "c.png": ((20, 30, 220), "1boy, blue hair"),
}


def draw(path: Path, colour: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(sum(colour)).integers(0, 25, (64, 64, 3))
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(path)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a command in a folder with kyara.db; an error comes out as it is raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("KYARA_CATALOGUE", "kyara.db")
    (tmp_path / "pictures").mkdir()
    for name, (colour, tags) in CAST.items():
        draw(tmp_path / "pictures" / name, colour)
        (tmp_path / "pictures" / name).with_suffix(".txt").write_text(tags)
    (tmp_path / "pictures" / "empty.png").touch()
    extract(tmp_path / "pictures", out=tmp_path / "out", extractors="tags,histogram", detectors="none", cache="none")
    with opened("kyara.db", write=True) as catalogue:
        ingest(catalogue, tmp_path / "out")

    def run(*arguments: str, **kwargs: str) -> Result:
        result = CliRunner().invoke(command_line(arguments), [*arguments], **kwargs)
        if isinstance(result.exception, KyaraError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


def rows(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_find_shows_numbers_facets_and_skips(ask: Ask) -> None:
    shown = ask("find", "hair_color=red", "--facets", "--limit", "1").stdout
    assert "#1 a.png" in shown
    assert "b.png" not in shown
    assert "2 found, 1 of them here" in shown
    assert "hair color  red 2" in shown
    (row,) = rows(ask("find", "accessories=glasses", "--json"))
    assert (row["key"], row["attributes"]["hair_color"]["labels"]) == ("b.png", ["red"])
    assert rows(ask("find", "hair_color=red", "--facets", "--json"))[0]["gender"] == {"female": 2}
    assert "empty_file" in ask("find", "skip=any").stdout
    assert rows(ask("find", "skip=empty_file", "--json"))[0]["skip"]["reason"] == "empty_file"
    assert "0 found" in ask("find", "hair_color=green").stdout
    with pytest.raises(QueryError, match="did you mean 'hair_color'"):
        ask("find", "hair_colr=red")


def test_similar_takes_numbers_and_pictures_known_or_new(ask: Ask) -> None:
    by_number = rows(ask("similar", "1", "--json"))
    assert [row["key"] for row in by_number] == ["b.png", "c.png"], "itself is not shown"
    assert by_number[0]["similarity"] > by_number[1]["similarity"]
    assert rows(ask("similar", "pictures/a.png", "--json")) == by_number
    draw(Path("new.png"), (25, 35, 200))
    best, *_ = rows(ask("similar", "new.png", "--json", "--space", "histogram"))
    assert best["key"] == "c.png"
    assert [row["key"] for row in rows(ask("similar", "3", "--within", "accessories=glasses", "--json"))] == ["b.png"]
    assert "#2 " in ask("similar", "1").stdout
    for wrong, error, said in (
        (("similar", "99"), CatalogueError, "no sighting 99"),
        (("similar", "nowhere.png"), SourceError, "give a picture, or the number"),
        (("similar", "1", "--space", "clip"), CatalogueError, "no space 'clip'"),
        (("similar", "1", "--character", "2"), SettingsError, "has 1 that can be compared"),
    ):
        with pytest.raises(error, match=said):
            ask(*wrong)


def test_review_previews_asks_decides_and_takes_back(ask: Ask) -> None:
    preview = ask("review", "set", "hair_color=red", "hair_color=pink", "--preview").stdout
    assert [word for word in preview.split() if word in ("red", "pink", "2")] == ["red", "pink", "2"]
    assert "decide this of 2" in ask("review", "set", "hair_color=red", "hair_color=pink", input="n\n").stdout
    assert "no decisions yet" in ask("review", "list").stdout
    assert "2 decided" in ask("review", "set", "hair_color=red", "hair_color=pink", "--who", "ann", "-y").stdout
    assert "1 decided" in ask("review", "set", "3", "identity=Ayanami, Rei", "--who", "ann").stdout
    assert len(rows(ask("find", "hair_color=pink", "--json"))) == 2
    last = ask("review", "list").stdout
    assert "hair_color = pink" in last
    assert "Ayanami, Rei" in last
    told = rows(ask("review", "export"))
    assert [(row["key"], row["attribute"], row["before"], row["who"]) for row in told] == [
        ("a.png", "hair_color", ["red"], "ann"),
        ("b.png", "hair_color", ["red"], "ann"),
        ("c.png", "identity", None, "ann"),
    ]
    assert "identity=Ayanami, Rei of 1" in ask("review", "undo").stdout
    ask("review", "undo", str(told[0]["number"]))
    ask("review", "export", "decisions.jsonl")
    assert len(Path("decisions.jsonl").read_text().splitlines()) == 1
    assert len(rows(ask("find", "hair_color=pink", "--json"))) == 1
    for wrong, said in ((("1", "pink"), "is no answer"), (("hair_color=green", "hair_color=pink"), "finds nobody")):
        with pytest.raises(SettingsError, match=said):
            ask("review", "set", *wrong)


def test_nothing_is_made_where_there_is_no_catalogue(ask: Ask, tmp_path: Path) -> None:
    for command in (("find", "hair_color=red"), ("similar", "1"), ("review", "undo"), ("review", "list")):
        with pytest.raises(CatalogueError, match="no catalogue at other"):
            ask(*command, "--catalogue", "other.db")
    assert not (tmp_path / "other.db").exists()
