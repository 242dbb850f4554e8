"""`kyara extract` from outside: what it prints, what it refuses, what it leaves behind."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]
DOCS = Path(__file__).parents[2] / "docs"


def rows(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """One line that says what and what to do, exit code 2, no traceback."""
    assert result.returncode == 2, result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    for word in words:
        assert word in line
    assert "Traceback" not in result.stderr


def table(path: Path, *tags: str) -> Path:
    path.write_text("".join(json.dumps({"tags": t}) + "\n" for t in tags))
    return path


def test_a_text_is_answered_at_once(kyara: Run) -> None:
    result = kyara("extract", "--text", "A girl with long red hair and green eyes.", "--json")
    assert result.returncode == 0, result.stderr
    (row,) = rows(result)
    (sighting,) = row["sightings"]
    attributes = sighting["attributes"]
    assert attributes["hair_color"]["labels"] == ["red"]
    assert attributes["eye_color"]["labels"] == ["green"]
    assert 0.5 <= attributes["hair_color"]["confidence"] <= 1
    assert row["processing_time"] > 0
    assert row["error"] is None
    assert len(row["id"]) == 64


def test_a_table_goes_to_a_folder_that_show_reads(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", "1girl, blue_hair, glasses", "1boy black_hair")
    result = kyara("extract", "posts.jsonl", "--out", "out")
    assert result.returncode == 0, result.stderr
    assert "2 in, 2 described, 0 skipped" in result.stderr
    assert "kyara show out" in result.stderr
    shown = kyara("show", "out")
    assert re.search(r"female .*blue .*glasses", shown.stdout)
    assert [row["processing_time"] > 0 for row in rows(kyara("show", "out", "--json"))] == [True, True]


def test_the_same_command_passes_what_is_done(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", "1girl", "1boy")
    kyara("extract", "posts.jsonl")
    (out,) = (tmp_path / "kyara-out").iterdir()
    before = {p: p.stat().st_mtime_ns for p in (out / "parts").iterdir()}
    again = kyara("extract", "posts.jsonl")
    assert "2 were done before" in again.stderr
    assert {p: p.stat().st_mtime_ns for p in (out / "parts").iterdir()} == before


def test_an_output_folder_of_another_run_is_refused_and_kept(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", "1girl")
    kyara("extract", "posts.jsonl", "--out", "out")
    before = (tmp_path / "out" / "parts" / "00000.parquet").read_bytes()
    refused(kyara("extract", "posts.jsonl", "--out", "out", "--fusion", "average"), "fusion", "--force")
    assert (tmp_path / "out" / "parts" / "00000.parquet").read_bytes() == before
    assert kyara("extract", "posts.jsonl", "--out", "out", "--fusion", "average", "--force").returncode == 0


def test_a_folder_that_is_not_ours_is_refused(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", "1girl")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").write_text("years of work")
    refused(kyara("extract", "posts.jsonl", "--out", "out", "--force"), "thesis.doc", "--out")
    assert (tmp_path / "out" / "thesis.doc").read_text() == "years of work"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--text",)),
        (("nowhere",), ("nowhere", "does not exist")),
        (("--text", "x", "--extractors", "tagz"), ("tagz", "tags")),
        (("--text", "x", "--extractors", "no_such_module:X"), ("no_such_module",)),
        (("--text", "x", "--fusion", "voting"), ("voting", "average")),
        (("--text", "x", "--min-confidence", "3"), ("--min-confidence",)),
        (("--text", "x", "--config", "absent.toml"), ("absent.toml",)),
        (("--text", "x", "--vocabulary", "absent.toml"), ("absent.toml",)),
        (("--text", "x", "--column", "tag=a"), ("tag=a", "ROLE=NAME")),
    ],
)
def test_what_cannot_be_done_is_refused_before_the_run(
    kyara: Run, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused(kyara("extract", *arguments), *words)


def test_unknown_columns_name_those_there_are(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", "1girl")
    refused(kyara("extract", "posts.jsonl", "--column", "tags=tagz"), "tagz", "tags")


def test_empty_sources_are_refused(kyara: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.jsonl").write_text("")
    refused(kyara("extract", "empty"), "empty")
    refused(kyara("extract", "empty.jsonl"), "empty.jsonl")


def test_bad_pictures_are_skips_with_reasons_and_good_ones_are_described(kyara: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("RGB", (64, 64), "red").save(folder / "good.png")
    (folder / "good.txt").write_text("1girl, red_hair")
    whole = (folder / "good.png").read_bytes()
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("not a picture at all")
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (64, 64), "blue").save(folder / "mislabelled.jpg", format="PNG")
    Image.new("1", (20_000, 20_000)).save(folder / "bomb.png")
    (folder / "latin.png").write_bytes(whole)
    (folder / "latin.txt").write_bytes("1girl, café".encode("latin-1"))
    (folder / "huge.png").write_bytes(whole)
    (folder / "huge.txt").write_text("1girl, " * 1_500_000)
    result = kyara("extract", "in", "--json")
    assert result.returncode == 0, result.stderr
    errors = {row["key"]: row["error"] and row["error"]["reason"] for row in rows(result)}
    assert errors == {
        "bomb.png": "too_large",
        "empty.png": "empty_file",
        "good.png": None,
        "huge.png": "bad_sidecar",
        "latin.png": "bad_sidecar",
        "mislabelled.jpg": None,
        "text.png": "not_an_image",
        "truncated.png": "truncated",
    }
    assert "8 in, 2 described, 6 skipped" in result.stderr


def test_the_extractor_of_the_docs_runs_as_the_docs_say(kyara: Run, tmp_path: Path) -> None:
    text = (DOCS / "extractors.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    (tmp_path / "mood.py").write_text(code)
    (command,) = re.findall(r'run `kyara (extract --text "What a day!!".*?)`', text)
    arguments = command.replace('"What a day!!"', "TEXT").split()
    result = kyara(*["What a day!!" if a == "TEXT" else a for a in arguments], "--json")
    assert result.returncode == 0, result.stderr
    (row,) = rows(result)
    assert row["sightings"][0]["attributes"]["expression"]["labels"] == ["surprised"]


def test_a_vocabulary_of_ones_own_adds_an_attribute_with_no_code(kyara: Run, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[species]\nkind = "one-of"\n[species.labels.elf]\nprompts = ["an elf"]\ntags = ["elf"]\nphrases = ["elf"]\n'
        '[species.labels.human]\nprompts = ["a human"]\ntags = ["human"]\nphrases = ["human"]\n'
    )
    table(tmp_path / "posts.jsonl", "1girl, elf")
    for source in (("posts.jsonl",), ("--text", "An elf with green eyes.")):
        (row,) = rows(kyara("extract", *source, "--vocabulary", "own.toml", "--json"))
        assert row["sightings"][0]["attributes"]["species"]["labels"] == ["elf"]


def test_ctrl_c_finishes_the_batch_and_the_same_command_goes_on(kyara: Run, tmp_path: Path) -> None:
    table(tmp_path / "posts.jsonl", *(f"1girl, blue_hair, tag_{i}" for i in range(300)))
    (tmp_path / "slow.py").write_text(
        "import time\nfrom kyara.flow import Reading\n"
        "class Slow:\n    name, version, inputs, batch_size, cost = 'slow', '1', frozenset({'tags'}), 5, 1.0\n"
        "    def read(self, views, attributes):\n        time.sleep(0.1)\n        return [Reading() for _ in views]\n"
    )
    command = ["extract", "posts.jsonl", "--extractors", "tags,slow:Slow", "--out", "out", "--threads", "1"]
    arguments = [sys.executable, "-m", "kyara", *command]
    shards = ["--config", "c.toml"]
    (tmp_path / "c.toml").write_text("shard_size = 20\n")
    with subprocess.Popen([*arguments, *shards], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        done = tmp_path / "out" / "done"
        until = time.monotonic() + 60
        while not (done.exists() and any(done.iterdir())) and time.monotonic() < until:
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)  # what a terminal's Ctrl-C does to the child, and a service manager to all
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert "run the same command again" in said
    finished = len(list(done.iterdir()))
    assert 0 < finished < 15
    again = kyara(*command, *shards)
    assert f"{finished * 20} were done before" in again.stderr
    assert "300 in, 300 described" in again.stderr
