"""`kyara cache`, and whole runs over real files while the cache is damaged, full, read-only, killed and restarted."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from PIL import Image

from kyara.results.ledger import Ledger

Run = Callable[..., subprocess.CompletedProcess[str]]
PICTURES = 40
SLOW = """
import time
import numpy as np
from kyara.flow import Reading
class Slow:
    name, version, look_version, inputs, batch_size, cost = "slow", "1", "1", frozenset({"pixels"}), 2, 1.0
    def look(self, views):
        time.sleep(0.03 * len(views))
        return [{"mean": view.pixels().mean(axis=(0, 1))} for view in views]
    def interpret(self, view, raw, attributes):
        return Reading(caption=str(raw["mean"].tolist()))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Small real pictures, and somebody slow who looks at them."""
    (tmp_path / "in").mkdir()
    noise = random.Random(0)
    for i in range(PICTURES):
        colour = tuple(noise.randrange(256) for _ in range(3))
        Image.new("RGB", (90, 120), colour).save(tmp_path / "in" / f"{i:02}.jpg")
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "c.toml").write_text("shard_size = 10\n[caching]\npause_s = 0.2\n")
    return tmp_path / "in"


def extract(out: str, cache: object, *more: str) -> tuple[object, ...]:
    asked = ("--extractors", "slow:Slow,histogram", "--detectors", "none", "--batch-size", "2", "--threads", "2")
    return ("extract", "in", "--out", out, "--cache", cache, "--config", "c.toml", *asked, *more)


def parts(out: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in (out / "parts").iterdir()}


def end(out: Path) -> Any:
    return [entry for entry in Ledger(out / "ledger.jsonl").entries() if entry["event"] == "end"][-1]


def stats(kyara: Run, cache: object) -> dict[str, Any]:
    (line,) = kyara("cache", "stats", cache, "--json").stdout.splitlines()
    return {kind["name"]: kind for kind in json.loads(line)["kinds"]}


def test_a_server_killed_and_restarted_costs_speed_alone(
    kyara: Run, source: Path, tmp_path: Path, redis_server: Callable[..., Any]
) -> None:
    server, folder = redis_server(), source.parent
    assert kyara(*extract("quiet", "none")).returncode == 0
    command = [sys.executable, "-m", "kyara", *map(str, extract("out", server.url))]
    run = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "200"})
    with redis.Redis.from_url(server.url) as client:
        until = time.monotonic() + 60
        while client.dbsize() < 12 and time.monotonic() < until:
            time.sleep(0.005)
    server.kill()
    time.sleep(0.3)
    server.start()
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 0, said
    words = " ".join(said.split())
    assert words.count("no answer") == 2, "once when it happens, once in the end"
    assert words.count("works again") == 1
    assert "entries not read or not kept" in words
    lost = end(folder / "out")["lost"][f"{server.url}: no answer"]
    assert 0 < lost < 2 * 3 * PICTURES  # of pictures, by two who look
    assert parts(folder / "out") == parts(folder / "quiet")
    assert kyara(*extract("again", server.url)).returncode == 0
    hits, looks = end(folder / "again")["cache"]["slow"]
    assert hits > 0
    assert looks > 0, "what it had before the kill is gone with it"
    assert parts(folder / "again") == parts(folder / "quiet")


def test_a_password_is_kept_nowhere(kyara: Run, source: Path, redis_server: Callable[..., Any]) -> None:
    url = redis_server("--requirepass", "sesame").url.replace("//", "//:sesame@")
    done = kyara(*extract("out", url))
    assert done.returncode == 0, done.stderr
    assert kyara("cache", "stats", url).stdout.count("histogram") == 1
    assert "sesame" not in done.stderr + (source.parent / "out" / "ledger.jsonl").read_text()
    assert end(source.parent / "out")["lost"] == {}


def test_two_processes_count_together(kyara: Run, source: Path, tmp_path: Path) -> None:
    for out in ("one", "two"):
        done = kyara(*extract(out, "raw", "--workers", "2"))
        assert done.returncode == 0, done.stderr
    assert "slow: 0 looked at, 40 from the cache (100%)" in done.stderr
    assert end(tmp_path / "two")["hit_rate"] == {"slow": 1.0, "histogram": 1.0}
    slow = stats(kyara, "raw")["slow"]
    assert (slow["entries"], slow["hits"], slow["asked"]) == (PICTURES, PICTURES, 2 * PICTURES)
    done = kyara(*extract("three", "redis://127.0.0.1:1/0", "--workers", "2"))
    assert done.returncode == 0, done.stderr
    asked = 2 * 3 * PICTURES  # opening, slow, histogram: read and put
    assert sum(end(tmp_path / "three")["lost"].values()) == asked
    assert f"no answer: {asked} entries not read or not kept" in " ".join(done.stderr.split())


def test_stats_and_prune(kyara: Run, source: Path) -> None:
    assert "nothing is kept there yet" in kyara("cache", "stats", "raw").stdout
    kyara(*extract("one", "raw"))
    shown = kyara("cache", "stats", "raw").stdout
    for word in ("slow", "histogram", "opening", "40", "of at most 20.0 GB", "in 16 files"):
        assert word in shown
    assert "would remove 40 entries" in kyara("cache", "prune", "raw", "--extractor", "slow", "--dry-run").stdout
    assert stats(kyara, "raw")["slow"]["entries"] == PICTURES
    assert "removed 40 entries" in kyara("cache", "prune", "raw", "--extractor", "slow").stdout
    told = stats(kyara, "raw")
    assert (told["slow"]["entries"], told["histogram"]["entries"]) == (0, PICTURES)
    assert "removed 0 entries" in kyara("cache", "prune", "raw", "--older-than", "1d").stdout
    assert "removed 0 entries" in kyara("cache", "prune", "raw", "--to", "5GB").stdout
    assert "removed 0 entries" in kyara("cache", "prune", "raw").stdout
    assert "removed 80 entries" in kyara("cache", "prune", "raw", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("prune", "raw", "--older-than", "soon"), "days or weeks as 30d or 8w"),
        (("prune", "raw", "--to", "much"), "write a size as 5GB"),
        (("prune", "raw", "--all", "--to", "1GB"), "leave it out"),
        (("stats", "none"), "name a folder or a redis:// address"),
        (("stats", "redis://127.0.0.1:1/0"), "is the server running?"),
        (("prune", "redis://127.0.0.1:1/0", "--all"), "is the server running?"),
        (("stats", "in/00.jpg"), "is a file, and a cache is a folder"),
        (("stats", "redis://:sesame@host:x"), "redis://host:6379/0"),
    ],
)
def test_what_cannot_be_is_one_line(kyara: Run, source: Path, arguments: tuple[str, ...], words: str) -> None:
    done = kyara("cache", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "sesame" not in done.stderr


def test_a_damaged_cache_is_said_counted_and_started_anew(kyara: Run, source: Path, tmp_path: Path) -> None:
    kyara(*extract("one", "raw"))
    for file in (tmp_path / "raw").iterdir():
        if file.name[:2] in ("03", "07", "11"):
            file.write_bytes(b"rubbish" * 5000)
    done = kyara(*extract("two", "raw"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("going on without it") == 1
    assert "file is not a database" in done.stderr
    assert "entries not read or not kept" in done.stderr
    assert parts(tmp_path / "two") == parts(tmp_path / "one")
    assert kyara("cache", "stats", "raw").returncode == 2
    assert kyara("cache", "prune", "raw").stdout.count("started anew") == 3
    kyara(*extract("three", "raw"))
    kyara(*extract("four", "raw"))
    assert end(tmp_path / "four")["hit_rate"] == {"slow": 1.0, "histogram": 1.0}


def test_a_full_disk_for_the_cache_stops_nothing(kyara: Run, source: Path, tmp_path: Path, small_disk: Path) -> None:
    done = kyara(*extract("out", small_disk / "raw"))
    assert done.returncode == 0, done.stderr
    assert "40 described, 0 skipped" in done.stderr
    assert "going on without it" in done.stderr
    assert "entries not read or not kept" in done.stderr


def test_a_read_only_disk_is_read(kyara: Run, source: Path, tmp_path: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    kyara(*extract("one", small_disk / "raw"))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    Image.new("RGB", (50, 60), "red").save(source / "new.jpg")
    done = kyara(*extract("two", small_disk / "raw"))
    assert done.returncode == 0, done.stderr
    assert end(tmp_path / "two")["cache"] == {"slow": [PICTURES, 1], "histogram": [PICTURES, 1]}
    assert "readonly database" in done.stderr
