"""`kyara fusion`: learned from what was reviewed, listed, looked at, used and left again."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import Result
from pyroaring import BitMap
from typer.testing import CliRunner

from kyara.catalogue import opened
from kyara.catalogue.ingest import ingest
from kyara.catalogue.query import found
from kyara.catalogue.review import Verdict, decide
from kyara.cli.main import command_line
from kyara.errors import CatalogueError, FusionError, KyaraError, SettingsError
from kyara.fuse import Fuser
from kyara.fuse.trust import trust
from kyara.fuse.versions import Versions
from kyara.records import Evidence, Sample, Sighting, ranked
from kyara.results.folder import ResultFolder
from kyara.vocabulary import load_vocabulary

Ask = Callable[..., str]
VOCABULARY = load_vocabulary()
COLOURS = ("black", "blonde", "blue", "pink")


def picture(number: int, rng: random.Random) -> tuple[Sample, str]:
    """Tags are sure and often wrong, clip is modest and mostly right."""
    truth = rng.choice(COLOURS)
    tagged, looked = (truth if rng.random() < right else rng.choice(COLOURS) for right in (0.5, 0.9))
    evidence = (
        Evidence("tags", "1", "hair_color", ((tagged, 0.95),)),
        Evidence("clip", "1", "hair_color", ranked({c: 0.61 if c == looked else 0.13 for c in COLOURS})),
    )
    sighting = Sighting(evidence=evidence, values=Fuser(VOCABULARY)(evidence))
    digest = sha256(str(number).encode()).hexdigest()
    return Sample(f"{number}.png", digest, f"file:///{number}.png", 64, 64, "1girl", sightings=(sighting,)), truth


def reviewed(folder: Path, count: int) -> str:
    """A catalogue of `count` pictures whose hair somebody has looked at."""
    pictures = [picture(number, random.Random(number)) for number in range(count)]
    results = ResultFolder(folder / f"results{count}")
    results.claim({"source": "pictures"})
    results.commit(0, "", [sample for sample, _ in pictures], jsonl=False)
    results.close()
    where = folder / f"{count}.db"
    with opened(where, write=True) as catalogue:
        ingest(catalogue, results.path)
        everybody = list(found(catalogue, "number>0"))
        for colour in COLOURS:
            meant = BitMap(n for n, (_, truth) in zip(everybody, pictures, strict=True) if truth == colour)
            decide(catalogue, meant, Verdict("hair_color", [colour]), "ann")
    return str(where)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs `kyara fusion …`, versions in a folder of its own, none shipped; an error comes out as it is raised."""
    monkeypatch.setattr(Versions, "shipped", None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def run(*arguments: str) -> str:
        result: Result = CliRunner().invoke(command_line(["fusion"]), ["fusion", *arguments])
        if isinstance(result.exception, KyaraError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_learned_listed_shown_and_left_again(ask: Ask, tmp_path: Path) -> None:
    where = reviewed(tmp_path, 250)
    dry = ask("learn", "--catalogue", where, "--dry-run")
    assert "fusion: nothing was kept (--dry-run); it would be used" in dry
    assert "no version yet" in ask("list")
    said = ask("learn", "--catalogue", where)
    (version,) = Versions().list()
    assert f"fusion {version.name} is in use from the next run on; kyara fusion use none goes back" in said
    assert version.card is not None
    assert version.card.figures is not None
    learning, held = version.card.examples["reviewed"], version.card.figures.own.values
    assert learning + held == 250
    assert f"learned from {learning} reviewed values: hair_color {learning}" in said
    assert f"held out {held}: hair_color {held}" in said
    assert "p = " in said

    own, other = version.card.figures.own.errors, version.card.figures.other.errors
    (line,) = [line for line in ask("list").splitlines() if version.name in line]
    assert line.split()[0] == "→"
    assert f"{own} of {held}" in line
    assert f"{other} (confidence-weighted)" in line
    shown = ask("show")
    assert shown == ask("show", version.name[:5])
    learned, _ = Versions().load(version.name, VOCABULARY)
    for one in trust(learned, "hair_color", VOCABULARY):
        (line,) = [line for line in shown.splitlines() if f" {one.extractor} " in line]
        for told in (one.calibration, f"{one.alone:.2f}", f"{one.agreed:.2f}", f"{one.opposed:.2f}"):
            assert told in line
    assert ask("use", "none").startswith("values are pooled by confidence-weighted from the next run on; kyara fusion")
    assert "none is in use" in ask("list")
    assert "none is in use" in ask("show")
    again = ask("learn", "--catalogue", where)
    assert f"fusion {version.name} is in use" in again, "the same decisions teach the same"
    assert len(Versions().list()) == 1


def test_a_version_that_is_no_better_is_kept_and_said_so(ask: Ask, tmp_path: Path) -> None:
    said = ask("learn", "--catalogue", reviewed(tmp_path, 130))
    (version,) = Versions().list()
    held = said.split("held out ")[1].split(":")[0]
    why = f"{held} held-out values are too few to judge it by; 50 are needed"
    assert f"fusion {version.name} is kept, not used: {why}; kyara fusion use {version.name} takes it all" in said
    assert "none is in use" in ask("list")
    said = ask("learn", "--catalogue", str(tmp_path / "130.db"), "--policy")
    assert "the policy is left as it is: no policy is in use to go on from" in said
    assert f"fusion {version.name} is in use from the next run on; kyara fusion use none goes back" in ask(
        "use", version.name
    )


def test_a_damaged_version_is_said_to_be(ask: Ask, tmp_path: Path) -> None:
    where = reviewed(tmp_path, 250)
    ask("learn", "--catalogue", where)
    (version,) = Versions().list()
    (version.folder / "fusion.json").write_text("{}")
    assert "damaged: fusion.json is not as it was written" in ask("list")
    with pytest.raises(FusionError, match="is damaged"):
        ask("show")
    said = ask("learn", "--catalogue", where)
    assert "values are pooled by confidence-weighted: fusion" in said
    assert Versions().list()[0].fault is None, "learned again, it is whole again"


def test_what_to_do_next_is_in_every_error(ask: Ask, tmp_path: Path) -> None:
    few = reviewed(tmp_path, 20)
    for error, message, arguments in (
        (FusionError, "'abcd' is not here; there are none yet; kyara fusion learn", ["use", "abcd"]),
        (FusionError, "'abcd' is not here", ["show", "abcd"]),
        (FusionError, "'shipped' is not here", ["use", "shipped"]),
        (SettingsError, "name a file or an address", ["learn"]),
        (CatalogueError, "no catalogue at absent.db", ["learn", "--catalogue", "absent.db"]),
        (FusionError, "20 reviewed values are too few .*kyara review next", ["learn", "--catalogue", few]),
    ):
        with pytest.raises(error, match=message):
            ask(*arguments)


def test_as_a_person_runs_it(kyara: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    home = {"XDG_DATA_HOME": str(tmp_path / "data")}
    listed = kyara("fusion", "list", **home).stdout
    (line,) = [line for line in listed.splitlines() if "→" in line]
    assert "shipped" in line
    assert "simulated" in line
    refused = kyara("fusion", "use", "mine", **home)
    assert (refused.returncode, "error: fusion 'mine' is not here" in refused.stderr) == (2, True)
