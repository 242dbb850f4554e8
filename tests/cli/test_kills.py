"""kill -9 at any moment, twenty times and more: the same command goes on, and the bytes are those of a quiet run."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

KILLS = 20


def source(folder: Path) -> Path:
    """60 small pictures with sidecars: decoding, cache, parts and marks are all at work when the kill comes."""
    folder.mkdir()
    noise = random.Random(0)
    for i in range(60):
        colour = tuple(noise.randrange(256) for _ in range(3))
        Image.new("RGB", (160, 200), colour).save(folder / f"{i:02}.jpg")
        head = [10.0, 10.0, 120.0, 120.0]
        (folder / f"{i:02}.json").write_text(json.dumps({"tags": "1girl, blue_hair", "sightings": [{"head": head}]}))
    return folder


def command(out: Path, cache: Path) -> list[str]:
    options = ["--out", str(out), "--cache", str(cache), "--batch-size", "2", "--config", "c.toml", "--jsonl"]
    return [sys.executable, "-m", "kyara", "extract", "in", "--extractors", "tags,text,histogram,slow:Slow", *options]


def result_bytes(out: Path) -> dict[str, bytes]:
    names = ("parts", "done")
    files = [*(p for name in names for p in (out / name).iterdir()), out / "duplicates.parquet"]
    return {str(p.relative_to(out)): p.read_bytes() for p in files}


def test_twenty_random_kills_change_no_byte(tmp_path: Path) -> None:
    source(tmp_path / "in")
    (tmp_path / "c.toml").write_text("shard_size = 3\n")
    (tmp_path / "slow.py").write_text(  # long enough in all that twenty kills hit it at work
        "import time\nfrom kyara.flow import Reading\n"
        "class Slow:\n    name, version, inputs, batch_size, cost = 'slow', '1', frozenset({'tags'}), 2, 1.0\n"
        "    def read(self, views, attributes):\n        time.sleep(0.12)\n        return [Reading() for _ in views]\n"
    )
    quiet, killed = tmp_path / "quiet", tmp_path / "killed"
    subprocess.run(command(quiet, tmp_path / "a.sqlite"), cwd=tmp_path, check=True, capture_output=True, timeout=120)
    wanted = result_bytes(quiet)
    assert len(wanted) == 20 * 3 + 1

    rng = random.Random(20)
    kills, at_work = 0, 0
    while kills < KILLS:
        run = subprocess.Popen(
            [*command(killed, tmp_path / "b.sqlite"), "--workers", str(1 + kills % 2)],
            cwd=tmp_path,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = marks(killed)
        until_work(run, killed, before)
        time.sleep(rng.uniform(0.0, 0.2))
        if run.poll() is None:
            if rng.random() < 0.5:
                os.killpg(run.pid, signal.SIGKILL)
            else:
                run.kill()  # the parent alone: its child must notice and die too
            kills += 1
            at_work += marks(killed) > before
        run.wait(timeout=60)
        if run.returncode == 0:  # finished before the kill: begin again
            for path in (killed / "done").iterdir():
                path.unlink()
    subprocess.run(command(killed, tmp_path / "b.sqlite"), cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert at_work >= KILLS // 4  # else the kills only ever hit the start
    assert result_bytes(killed) == wanted


def marks(out: Path) -> int:
    return len(list((out / "done").glob("*.json"))) if (out / "done").exists() else 0


def until_work(run: subprocess.Popen[bytes], out: Path, before: int) -> None:
    """Wait until the run has finished a shard, or for ten seconds after the start: a busy machine starts slowly."""
    until = time.monotonic() + 10.0
    while time.monotonic() < until and run.poll() is None and marks(out) <= before:
        time.sleep(0.01)
