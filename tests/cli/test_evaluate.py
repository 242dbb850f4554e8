"""`kyara evaluate` as a person runs it: a table of truths in, a board, JSON, CSV and pictures out; mistakes named."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from tests.fuse.policy.toy import VOCABULARY, examples, fixed

from kyara.fuse.cards import Card
from kyara.fuse.learned.fitting import fit
from kyara.fuse.versions import Versions

Run = Callable[..., subprocess.CompletedProcess[str]]
HAIR = ("pink", "blue", "black", "green")
FIXED = ("--extractors", "tags,text", "--cache", "none", "--no-plots")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Forty texts and tags; every fourth tag is wrong, every fifth text says nothing."""
    rows = []
    for i in range(40):
        true, wrong = HAIR[i % 4], HAIR[(i + 1) % 4]
        text = "somebody" if i % 5 == 0 else f"a girl with {true} hair, number {i}"
        tags = f"1girl, {wrong if i % 4 == 1 else true}_hair, tag_{i}"
        rows.append({"tags": tags, "text": text, "hair_color": true, "gender": "female" if i else None})
    path = tmp_path / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_from_labels_to_a_report(kyara: Run, labels: Path, tmp_path: Path) -> None:
    done = kyara(
        "evaluate", labels.name, *FIXED, "--ab", "tags:tag-priority", COLUMNS="120", KYARA_MIN_CONFIDENCE="0.3"
    )
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 120
    assert "…" not in done.stdout.replace(" … ", ""), "no cell is cut"
    for word in ("tags", "text", "average", "tag-priority", "AURC", "hair color", "best alone", "only A", "own half"):
        assert word in done.stdout
    assert "judged on 79 labels of 40 samples" in done.stderr
    out = tmp_path / "kyara-out" / "labels-evaluation"
    assert "kyara-out/labels-evaluation/evaluation.json" in done.stderr
    told = orjson.loads((out / "evaluation.json").read_bytes())
    rows = {row["name"]: row["attributes"]["hair_color"]["scores"] for row in told["judged"]}
    assert rows["tags"]["accuracy"]["value"] == pytest.approx(0.75)
    assert rows["text"]["accuracy"]["value"] == pytest.approx(0.8)
    assert rows["text"]["selective"]["value"] == 1.0
    assert told["extractors"]["tags"]["views"] == 40
    assert told["extractors"]["tags"]["seconds"] > 0
    assert (told["seed"], told["bootstrap"], told["pair"]) == (0, 1000, ["tags", "tag-priority"])
    assert told["comparison"]["hair_color"]["labelled"] == 40
    with (out / "evaluation.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3 * len(told["judged"])


def test_the_same_command_gives_the_same_scores(kyara: Run, labels: Path) -> None:
    both = [kyara("evaluate", labels.name, *FIXED, "--json", "--seed", "7", "--fusion", "average") for _ in range(2)]
    first, second = (orjson.loads(done.stdout) for done in both)
    for told in (first, second):
        for one in told["extractors"].values():
            del one["seconds"]
        for row in told["judged"]:
            del row["cost"]
    assert first == second
    assert [row["name"] for row in first["judged"]] == ["tags", "text", "average"]


def test_what_was_learned_is_judged_beside_the_others(kyara: Run, labels: Path, tmp_path: Path) -> None:
    versions = Versions(tmp_path / "share" / "kyara" / "fusion")
    policy = fixed(tmp_path / "p.onnx", {"ask tags": 2.0, "stop pooling": 1.0}, {"tags": 0.01}, stops=("pooling",))
    learned = fit(examples(300, seed=0), VOCABULARY)
    versions.use(versions.add(learned, Card({"made up": 300}), policy.read_bytes()).name)
    done = kyara(
        "evaluate", labels.name, *FIXED, "--json", "--ab", "policy:auto", XDG_DATA_HOME=str(tmp_path / "share")
    )
    assert done.returncode == 0, done.stderr
    told = orjson.loads(done.stdout)
    costs = {row["name"]: row["cost"]["calls"] for row in told["judged"] if row["kind"] == "learned"}
    assert costs == {"pooling": 2.0, "stacking": 2.0, "auto": 2.0, "policy": 1.0}, "it asks tags alone"
    assert told["learned"]["version"] == learned.version
    assert told["policy"]
    assert told["comparison"]["all"]["labelled"] == 79


def test_plots_are_drawn(kyara: Run, labels: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra [plots]")
    done = kyara("evaluate", labels.name, *FIXED[:-1], "--fusion", "average", "--out", "report", "--bootstrap", "0")
    assert done.returncode == 0, done.stderr
    drawn = sorted(path.name for path in (tmp_path / "report" / "plots").iterdir())
    assert drawn == [
        "reliability-average.png",
        "reliability-tags.png",
        "reliability-text.png",
        "reliability.png",
        "risk-coverage.png",
    ]
    assert "plots in plots/" in done.stderr


def test_wrong_rows_are_counted_and_said(kyara: Run, labels: Path, tmp_path: Path) -> None:
    more = [
        '{"tags": "1girl", "hair_color": "pink|blue"}',
        "not json",
        '{"tags": "1girl"}',
        '{"image": "gone.png", "tags": "1girl", "hair_color": "red", "hair_colour": "red"}',
    ]
    labels.write_text(labels.read_text() + "\n".join(more) + "\n")
    done = kyara("evaluate", labels.name, *FIXED, "--out", "report")
    assert done.returncode == 0, done.stderr
    assert (
        "2 faulty rows left out, the first is row 41: hair_color is 'pink|blue': its labels exclude one" in done.stderr
    )
    assert "1 samples have no label" in done.stderr
    assert "1 labelled samples not judged: unreadable file" in done.stderr
    assert "column 'hair_colour' was not read; did you mean 'hair_color'?" in done.stderr
    told = orjson.loads((tmp_path / "report" / "evaluation.json").read_bytes())
    assert (sorted(told["faults"]), told["unlabelled"], told["skipped"]) == (["41", "42"], 1, {"unreadable_file": 1})


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        (
            {"tags": "1girl", "hair_color": "pnk"},
            (),
            "labels.jsonl: row 1: label 'pnk' of hair_color is unknown; did you",
        ),
        ({"tags": "1girl"}, (), "no true attribute in it; found columns tags; write one a column"),
        ({"hair_color": "pink"}, (), "no column to read"),
        ({"tags": "1girl", "age": "teen"}, ("--ab", "average"), "--ab 'average' found; write two different names"),
        (
            {"tags": "1girl", "age": "teen"},
            ("--ab", "tags:tagz"),
            "'tagz' cannot be judged: it is unknown; choose from",
        ),
        ({"tags": "1girl", "age": "teen"}, ("--fusion", "mean"), "'mean' cannot be judged: it is unknown; choose from"),
        ({"tags": "1girl", "age": ""}, (), "no row has a label (1 without, 0 faulty); label some"),
        ({"image": "gone.png", "age": "teen"}, (), "no labelled sample could be described (1 unreadable file)"),
    ],
)
def test_mistakes_are_one_line(kyara: Run, tmp_path: Path, row: dict[str, str], options: tuple[str], said: str) -> None:
    (tmp_path / "labels.jsonl").write_text(json.dumps(row) + "\n")
    done = kyara("evaluate", "labels.jsonl", *FIXED, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kyara-out" / "labels-evaluation" / "evaluation.json").exists()
