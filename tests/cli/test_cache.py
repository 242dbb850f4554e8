"""`kyara cache`, and whole runs over real files while the cache is damaged, full, read-only, killed and restarted."""

from __future__ import annotations

import json
import logging
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from PIL import Image
from typer.testing import CliRunner

from kyara import extract
from kyara.cli.main import command_line
from kyara.errors import KyaraError
from kyara.results.ledger import Ledger

Run = Callable[..., subprocess.CompletedProcess[str]]
Asked = Callable[..., str]
PICTURES = 40
SLOW = """
import os
import time
import numpy as np
from kyara.flow import Reading
class Slow:
    name, version, look_version, inputs, batch_size, cost = "slow", "1", "1", frozenset({"pixels"}), 2, 1.0
    def look(self, views):
        time.sleep(float(os.environ.get("PACE_S", "0.03")) * len(views))
        return [{"mean": view.pixels().mean(axis=(0, 1))} for view in views]
    def interpret(self, view, raw, attributes):
        return Reading(caption=str(raw["mean"].tolist()))
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small real pictures, and somebody slow who looks at them."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow", raising=False)
    (tmp_path / "in").mkdir()
    noise = random.Random(0)
    for i in range(PICTURES):
        colour = tuple(noise.randrange(256) for _ in range(3))
        Image.new("RGB", (90, 120), colour).save(tmp_path / "in" / f"{i:02}.jpg")
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "c.toml").write_text("shard_size = 10\n[caching]\npause_s = 0.2\n")
    return tmp_path / "in"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What `kyara cache ARGUMENTS` prints, in this process: most of a command is the start of Python."""
    monkeypatch.chdir(tmp_path)
    log = logging.getLogger("kyara.cache")
    monkeypatch.setattr(log, "level", log.level)

    def run(*arguments: object) -> str:
        done = CliRunner(env={"COLUMNS": "160"}).invoke(command_line(("cache",)), ["cache", *map(str, arguments)])
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return run


def described(source: Path, out: str, cache: Path) -> dict[str, Any]:
    """A whole run in this process; the last entry of its ledger."""
    settings = {"extractors": "slow:Slow,histogram", "detectors": "none", "batch_size": 2, "threads": 2}
    extract(source, out=source.parent / out, cache=cache, caching={"pause_s": 0.2}, **settings)
    return end(source.parent / out)


def command(out: str, cache: object, *more: str) -> tuple[object, ...]:
    asked = ("--extractors", "slow:Slow,histogram", "--detectors", "none", "--batch-size", "2", "--threads", "2")
    return ("extract", "in", "--out", out, "--cache", cache, "--config", "c.toml", *asked, *more)


def parts(out: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in (out / "parts").iterdir()}


def end(out: Path) -> Any:
    return [entry for entry in Ledger(out / "ledger.jsonl").entries() if entry["event"] == "end"][-1]


def stats(asked: Asked, cache: object) -> dict[str, Any]:
    (line,) = asked("stats", cache, "--json").splitlines()
    return {kind["name"]: kind for kind in json.loads(line)["kinds"]}


def test_a_server_killed_and_restarted_costs_speed_alone(
    kyara: Run, source: Path, tmp_path: Path, redis_server: Callable[..., Any]
) -> None:
    server, folder = redis_server(), source.parent
    assert kyara(*command("quiet", "none")).returncode == 0
    words = [sys.executable, "-m", "kyara", *map(str, command("out", server.url))]
    env = os.environ | {"COLUMNS": "200", "PACE_S": "0.15"}  # there is work left when the server is back
    run = subprocess.Popen(words, cwd=folder, stderr=subprocess.PIPE, text=True, env=env)
    with redis.Redis.from_url(server.url) as client:
        until = time.monotonic() + 60
        while client.dbsize() < 12 and time.monotonic() < until:
            time.sleep(0.005)
    server.kill()
    time.sleep(0.3)
    server.start()
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 0, said
    said = " ".join(said.split())
    assert said.count("no answer") == 2, "once when it happens, once in the end"
    assert said.count("works again") == 1
    assert "entries not read or not kept" in said
    lost = end(folder / "out")["lost"][f"{server.url}: no answer"]
    assert 0 < lost < 2 * 3 * PICTURES  # of pictures, by two who look
    assert parts(folder / "out") == parts(folder / "quiet")
    assert kyara(*command("again", server.url)).returncode == 0
    hits, looks = end(folder / "again")["cache"]["slow"]
    assert hits > 0
    assert looks > 0, "what it had before the kill is gone with it"
    assert parts(folder / "again") == parts(folder / "quiet")


def test_a_password_is_kept_nowhere(kyara: Run, asked: Asked, source: Path, redis_server: Callable[..., Any]) -> None:
    url = redis_server("--requirepass", "sesame").url.replace("//", "//:sesame@")
    done = kyara(*command("out", url))
    assert done.returncode == 0, done.stderr
    shown = asked("stats", url)
    assert "histogram" in shown
    assert "sesame" not in shown + done.stderr + (source.parent / "out" / "ledger.jsonl").read_text()
    assert end(source.parent / "out")["lost"] == {}


def test_two_processes_count_together(kyara: Run, asked: Asked, source: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        done = kyara(*command(out, "raw", "--workers", "2"))
        assert done.returncode == 0, done.stderr
    assert "slow: 0 looked at, 40 from the cache (100%)" in done.stderr
    assert end(tmp_path / "two")["hit_rate"] == {"slow": 1.0, "histogram": 1.0}
    slow = stats(asked, "raw")["slow"]
    assert (slow["entries"], slow["hits"], slow["asked"]) == (PICTURES, PICTURES, 2 * PICTURES)
    done = kyara(*command("three", "redis://127.0.0.1:1/0", "--workers", "2"))
    assert done.returncode == 0, done.stderr
    lost = 2 * 3 * PICTURES  # opening, slow, histogram: neither read nor kept
    assert sum(end(tmp_path / "three")["lost"].values()) == lost
    assert f"no answer: {lost} entries not read or not kept" in " ".join(done.stderr.split())


def test_stats_and_prune(asked: Asked, source: Path) -> None:
    assert "nothing is kept there yet" in asked("stats", "raw")
    described(source, "one", source.parent / "raw")
    shown = asked("stats", "raw")
    for word in ("slow", "histogram", "40", "of at most 20.0 GB", "in 16 files"):
        assert word in shown
    assert "would remove 40 entries" in asked("prune", "raw", "--extractor", "slow", "--dry-run")
    assert stats(asked, "raw")["slow"]["entries"] == PICTURES
    assert "removed 40 entries" in asked("prune", "raw", "--extractor", "slow")
    told = stats(asked, "raw")
    assert (told["slow"]["entries"], told["histogram"]["entries"]) == (0, PICTURES)
    for nothing in (("--older-than", "1d"), ("--to", "5GB"), ()):
        assert "removed 0 entries" in asked("prune", "raw", *nothing)
    left = sum(kind["entries"] for kind in told.values())
    assert f"removed {left} entries" in asked("prune", "raw", "--all")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prune", "raw", "--older-than", "soon"), "days or weeks as 30d or 8w"),
        (("prune", "raw", "--to", "much"), "write a size as 5GB"),
        (("prune", "raw", "--all", "--to", "1GB"), "leave it out"),
        (("stats", "none"), "name a folder or a redis:// address"),
        (("stats", "redis://127.0.0.1:1/0"), "is the server running?"),
        (("prune", "redis://127.0.0.1:1/0", "--all"), "is the server running?"),
        (("stats", "c.toml"), "is a file, and a cache is a folder"),
        (("stats", "redis://:sesame@host:x"), "redis://host:6379/0"),
    ],
)
def test_what_cannot_be_is_an_error(asked: Asked, source: Path, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(KyaraError) as said:
        asked(*arguments)
    assert words in str(said.value)
    assert "sesame" not in str(said.value)


def test_a_server_minds_its_size_itself(asked: Asked, redis_server: Callable[..., Any]) -> None:
    url = redis_server().url
    assert "minds its size itself" in asked("prune", url, "--to", "1GB")
    assert "with no limit (set maxmemory)" in asked("stats", url)


def test_a_damaged_cache_is_counted_and_started_anew(asked: Asked, source: Path, tmp_path: Path) -> None:
    described(source, "one", tmp_path / "raw")
    for file in (tmp_path / "raw").iterdir():
        if file.name[:2] in ("03", "07", "11"):
            file.write_bytes(b"rubbish" * 5000)
    lost = described(source, "two", tmp_path / "raw")["lost"]
    assert list(lost) == [f"{tmp_path / 'raw'}: file is not a database"]
    assert parts(tmp_path / "two") == parts(tmp_path / "one")
    with pytest.raises(KyaraError, match=r"file is not a database \(and 2 more\); `kyara cache prune`"):
        asked("stats", "raw")
    assert asked("prune", "raw").count("started anew") == 3
    described(source, "three", tmp_path / "raw")
    assert described(source, "four", tmp_path / "raw")["hit_rate"] == {"slow": 1.0, "histogram": 1.0}


def test_a_full_disk_for_the_cache_stops_nothing(kyara: Run, source: Path, tmp_path: Path, small_disk: Path) -> None:
    done = kyara(*command("out", small_disk / "raw"))
    assert done.returncode == 0, done.stderr
    assert "40 described, 0 skipped" in done.stderr
    assert "going on without it" in done.stderr
    assert "entries not read or not kept" in done.stderr


def test_a_read_only_disk_is_read(source: Path, small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    described(source, "one", small_disk / "raw")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    Image.new("RGB", (50, 60), "red").save(source / "new.jpg")
    counts = described(source, "two", small_disk / "raw")["cache"]
    assert counts == {"slow": [PICTURES, 1], "histogram": [PICTURES, 1]}
    assert "readonly database" in caplog.text


def test_a_locked_cache_is_read(source: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    described(source, "one", tmp_path / "raw")
    other = sqlite3.connect(tmp_path / "raw" / "05-of-16.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert described(source, "two", tmp_path / "raw")["hit_rate"] == {"slow": 1.0, "histogram": 1.0}
    assert parts(tmp_path / "two") == parts(tmp_path / "one")
    other.close()
